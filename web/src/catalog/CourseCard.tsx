import { Button } from "@mantine/core";
import { IconCompass, IconGift, IconLock, IconRoute, IconSchool } from "@tabler/icons-react";
import type { AccessResponse, CatalogCourseResponse, Category } from "@tuition/client";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { AccessBadge } from "../access/AccessBadge.tsx";
import { accessState, canBuy } from "../access/accessState.ts";
import type { Buying } from "../checkout/useBuy.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Catalog.module.css";
import { ProductButton } from "./ProductButton.tsx";
import type { Offers } from "./offers.ts";

const SYMBOLS: Record<Category, typeof IconLock> = {
  free: IconGift,
  curriculum: IconSchool,
  track: IconRoute,
  alacarte: IconCompass,
};

export interface CourseCardProps {
  course: CatalogCourseResponse;
  /** `undefined` when nobody is signed in. */
  access: AccessResponse | undefined;
  offers: Offers;
  buying: Buying;
}

export function CourseCard({ course, access, offers, buying }: CourseCardProps): ReactNode {
  const { text, format } = useI18n();
  const isOpen = access?.has_access ?? course.category === "free";
  const address = `/courses/${course.id}`;
  return (
    <li>
      <article className={classes.card} aria-labelledby={`course-${course.id}`}>
        <Cover course={course} isOpen={isOpen} />
        <div className={classes.body}>
          {access && (
            <div className={classes.badges}>
              <AccessBadge access={access} />
            </div>
          )}
          <h3 className={classes.title} id={`course-${course.id}`}>
            <Link to={address}>{course.title}</Link>
          </h3>
          <p className={classes.text}>{course.summary}</p>
          <p className={classes.text}>
            {text.catalog.modules(course.modules.length)}
            {course.starts_at !== null && <> · {text.learning.startsOn(format.date(course.starts_at))}</>}
          </p>
          <div className={classes.actions}>
            {!isOpen && canBuy(access) && <Offer offers={offers} access={access} buying={buying} />}
            <Button component={Link} to={address} variant={isOpen ? "filled" : "default"}>
              {isOpen ? text.catalog.open : text.catalog.look}
            </Button>
          </div>
        </div>
      </article>
    </li>
  );
}

/** What it costs, alone and with a plan. */
function Offer({ offers: { single, plans }, access, buying }: Omit<CourseCardProps, "course">): ReactNode {
  const { text, format } = useI18n();
  // Whoever has a subscription with a problem mends that one.
  const hasProblem = access?.because.reason.startsWith("subscription_") === true && accessState(access) === "problem";
  const plan = hasProblem ? undefined : plans[0];
  return (
    <>
      {plan && (
        <p className={classes.text}>
          {text.offer.plan(plan.plan.name)}: {text.offer.perMonth(format.money(plan.price.amount, plan.price.currency))}
        </p>
      )}
      {single && <ProductButton offer={single} buying={buying} />}
    </>
  );
}

/** Of a locked course, one sees through a veil what is inside. */
function Cover({ course, isOpen }: { course: CatalogCourseResponse; isOpen: boolean }): ReactNode {
  const Symbol = SYMBOLS[course.category];
  return (
    <div className={classes.cover} aria-hidden>
      {!isOpen && (
        <ul className={classes.glimpse}>
          {course.modules.map(({ id, title }) => (
            <li key={id}>{title}</li>
          ))}
        </ul>
      )}
      {isOpen ? <Symbol size={40} className={classes.symbol} /> : <IconLock size={32} className={classes.symbol} />}
    </div>
  );
}
