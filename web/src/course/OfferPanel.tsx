import { Button, Skeleton } from "@mantine/core";
import type { CatalogResponse } from "@tuition/client";
import { lazy, Suspense, type ReactNode } from "react";

import { accessReason, accessState, canBuy } from "../access/accessState.ts";
import { useSession } from "../auth/SessionProvider.tsx";
import { useCurrency } from "../catalog/currency.tsx";
import { offersFor, type Offers } from "../catalog/offers.ts";
import { ProductButton } from "../catalog/ProductButton.tsx";
import { useBuy, type Buying } from "../checkout/useBuy.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { usePaymentOnPage } from "../payment/usePaymentOnPage.ts";
import classes from "./Course.module.css";
import type { Course } from "./CourseLoader.tsx";
import { PlanOffers } from "./PlanOffers.tsx";

/** With Stripe's package, which only those need who pay. */
const Payment = lazy(() => import("../payment/Payment.tsx"));

export interface OfferPanelProps {
  course: Course;
  catalog: CatalogResponse;
}

/** Why a course is closed, and every way to open it. */
export function OfferPanel({ course, catalog }: OfferPanelProps): ReactNode {
  const { text, format } = useI18n();
  const { learner, signIn } = useSession();
  const { currency } = useCurrency(catalog);
  const buying = useBuy();
  const onPage = usePaymentOnPage(buying);
  const { access } = course;
  const offers = offersFor(course.id, catalog, currency);
  const paying = [offers.single, ...offers.bundles].find((offer) => offer?.price.price_id === onPage.price);
  const isFree = course.category === "free";
  return (
    <section aria-labelledby="offer" className={classes.offer}>
      <h2 id="offer" className={classes.offerTitle}>
        {access && !canBuy(access) ? text.access[accessState(access)] : text.offer.title}
      </h2>
      {access && <p>{accessReason(access, text, format)}</p>}
      {isFree && (
        <>
          <p>{text.reasons.free_course()}</p>
          <Button onClick={() => void signIn()}>{text.app.signIn}</Button>
        </>
      )}
      {!isFree && canBuy(access) && paying && (
        <Suspense
          fallback={
            <Loading>
              <Skeleton height={200} />
            </Loading>
          }
        >
          <Payment offer={paying} courseId={course.id} checkout={buying} onClose={onPage.close} />
        </Suspense>
      )}
      {!isFree && canBuy(access) && !paying && (
        <Ways offers={offers} buying={onPage.buying} checkout={buying} catalog={catalog} />
      )}
      {!isFree && learner === undefined && (
        <p className={classes.note}>{onPage.buying === buying ? text.offer.signInFirst : text.offer.signInFirstHere}</p>
      )}
    </section>
  );
}

interface WaysProps {
  offers: Offers;
  /** For products. */
  buying: Buying;
  /** For plans, which are paid on Stripe's page. */
  checkout: Buying;
  catalog: CatalogResponse;
}

function Ways({ offers, buying, checkout, catalog }: WaysProps): ReactNode {
  const { text, format } = useI18n();
  const { single, bundles, plans } = offers;
  const titles = new Map(catalog.courses.map(({ id, title }) => [id, title]));
  if (!single && bundles.length + plans.length === 0) return <p>{text.offer.notSold}</p>;
  return (
    <ul className={classes.ways}>
      {single && (
        <li className={classes.way}>
          <ProductButton offer={single} buying={buying} />
          <p className={classes.note}>{text.offer.once}</p>
        </li>
      )}
      {bundles.map((offer) => (
        <li key={offer.product.id} className={classes.way}>
          <h3 className={classes.wayTitle}>{text.offer.bundle(offer.product.name)}</h3>
          <p className={classes.note}>
            {text.offer.opensCourses(format.list(offer.product.courses.map((id) => titles.get(id) ?? id)))}
          </p>
          <ProductButton offer={offer} buying={buying} isSecondary />
        </li>
      ))}
      <PlanOffers plans={plans} buying={checkout} />
    </ul>
  );
}
