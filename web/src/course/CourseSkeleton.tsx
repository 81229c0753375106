import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";

import { Loading } from "../layout/Loading.tsx";
import { Page } from "../layout/Page.tsx";
import classes from "./Course.module.css";

/** What a course will look like, so that nothing moves when it arrives. */
export function CourseSkeleton(): ReactNode {
  return (
    <Page
      title={undefined}
      placeholder={<Skeleton component="span" display="block" height="1.2em" width="min(24rem, 80%)" />}
      before={<Skeleton height={24} width={90} mb="sm" />}
    >
      <Loading className={classes.columns}>
        <div className={classes.modules}>
          {[3, 2, 2].map((steps, index) => (
            <Skeleton key={index} height={70 + steps * 44} radius="md" />
          ))}
        </div>
        <Skeleton height={260} radius="md" className={classes.aside} />
      </Loading>
    </Page>
  );
}
