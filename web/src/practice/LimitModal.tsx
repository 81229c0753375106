import type { CatalogResponse, MeterResponse } from "@tuition/client";
import type { ReactNode } from "react";

import { useCurrency } from "../catalog/currency.tsx";
import { offersWithMore } from "../catalog/offers.ts";
import { useBuy } from "../checkout/useBuy.ts";
import courseClasses from "../course/Course.module.css";
import { PlanOffers } from "../course/PlanOffers.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Dialog } from "../layout/Dialog.tsx";
import { usedText } from "./usedText.ts";

export interface LimitModalProps {
  meter: string;
  used: MeterResponse;
  catalog: CatalogResponse;
  onClose: () => void;
}

/** A meter is used up: how much that was, when it begins anew, and which plans have more. */
export default function LimitModal({ meter, used, catalog, onClose }: LimitModalProps): ReactNode {
  const { text, format } = useI18n();
  const { currency } = useCurrency(catalog);
  const buying = useBuy();
  const plans = offersWithMore(meter, used.limit ?? 0, catalog, currency);
  return (
    <Dialog title={text.limit.title} onClose={onClose}>
      <p>
        {usedText(used, meter, text, format)}. {text.limit.resets(format.dateTime(used.resets_at))}
      </p>
      {plans.length === 0 ? (
        <p>{text.limit.none}</p>
      ) : (
        <>
          <h3>{text.limit.more}</h3>
          <ul className={courseClasses.ways}>
            <PlanOffers plans={plans} buying={buying} meter={meter} />
          </ul>
        </>
      )}
    </Dialog>
  );
}
