import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import { BuyError } from "../checkout/BuyError.tsx";
import type { Buying } from "../checkout/useBuy.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { CreditPrice } from "../referrals/CreditPrice.tsx";
import classes from "./Catalog.module.css";
import type { ProductOffer } from "./offers.ts";

export interface ProductButtonProps {
  offer: ProductOffer;
  buying: Buying;
  /** Beside a button that matters more. */
  isSecondary?: boolean;
}

/** Leads to the payment page. */
export function ProductButton({
  offer: { product, price },
  buying,
  isSecondary = false,
}: ProductButtonProps): ReactNode {
  const { text, format } = useI18n();
  const amount = format.money(price.amount, price.currency);
  return (
    <>
      <CreditPrice
        amount={price.amount}
        currency={price.currency}
        canBeFree={buying.canBeFree}
        className={classes.credit}
      />
      <Button
        variant={isSecondary ? "default" : "filled"}
        onClick={() => buying.buy({ price_id: price.price_id, product: product.id })}
        loading={buying.opening === price.price_id}
        disabled={buying.opening !== undefined}
        // It begins with what is to be seen (WCAG 2.5.3).
        aria-label={`${text.offer.buy(amount)}: ${product.name}`}
      >
        {text.offer.buy(amount)}
      </Button>
      <BuyError buying={buying} priceId={price.price_id} />
    </>
  );
}
