import { Button } from "@mantine/core";
import type { CatalogResponse, ModuleResponse } from "@tuition/client";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Course.module.css";
import type { Course } from "./CourseLoader.tsx";
import { OfferPanel } from "./OfferPanel.tsx";

export interface LockedStepProps {
  course: Course;
  catalog: CatalogResponse;
  module: ModuleResponse;
}

/** Over a veiled lesson: why it is closed, and how to open it. There is nothing behind the veil. */
export function LockedStep({ course, catalog, module }: LockedStepProps): ReactNode {
  const { text } = useI18n();
  const { learner, signIn } = useSession();
  const isPreview = module.preview && learner === undefined;
  return (
    <div className={classes.locked}>
      <div aria-hidden className={classes.veiled}>
        {[92, 78, 96, 84, 60, 0, 90, 95, 70].map((width, index) => (
          <div key={index} className={width === 0 ? undefined : classes.line} data-width={width} />
        ))}
      </div>
      <div className={classes.overlay}>
        {isPreview ? (
          <section className={classes.offer} aria-labelledby="preview">
            <h2 id="preview" className={classes.offerTitle}>
              {text.course.signInForPreview}
            </h2>
            <p>{text.course.signInForPreviewWhy}</p>
            <Button onClick={() => void signIn()}>{text.app.signIn}</Button>
          </section>
        ) : (
          <OfferPanel course={course} catalog={catalog} />
        )}
      </div>
    </div>
  );
}
