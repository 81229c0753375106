import { IconPackages } from "@tabler/icons-react";
import type { CatalogProductResponse } from "@tuition/client";
import type { ReactNode } from "react";

import type { Buying } from "../checkout/useBuy.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Catalog.module.css";
import { ProductButton } from "./ProductButton.tsx";
import type { ProductOffer } from "./offers.ts";

export interface BundleCardProps {
  product: CatalogProductResponse;
  /** Of the courses that it opens. */
  titles: string[];
  /** `undefined` when there is nothing to buy. */
  offer: ProductOffer | undefined;
  buying: Buying;
}

export function BundleCard({ product, titles, offer, buying }: BundleCardProps): ReactNode {
  const { text } = useI18n();
  return (
    <li>
      <article className={classes.card} aria-labelledby={`product-${product.id}`}>
        <div className={classes.cover} aria-hidden>
          <IconPackages size={40} className={classes.symbol} />
        </div>
        <div className={classes.body}>
          <h3 className={classes.title} id={`product-${product.id}`}>
            {product.name}
          </h3>
          <p className={classes.text}>{product.description}</p>
          <div>
            <p className={classes.text}>{text.catalog.opens}</p>
            <ul className={classes.opens}>
              {titles.map((title) => (
                <li key={title}>{title}</li>
              ))}
            </ul>
          </div>
          <div className={classes.actions}>{offer && <ProductButton offer={offer} buying={buying} />}</div>
        </div>
      </article>
    </li>
  );
}
