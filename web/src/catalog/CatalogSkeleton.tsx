import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";

import { Loading } from "../layout/Loading.tsx";
import classes from "./Catalog.module.css";

/** What the catalog will look like, so that nothing moves when it arrives. */
export function CatalogSkeleton(): ReactNode {
  return (
    <Loading>
      <div className={classes.toolbar}>
        <Skeleton height={60} className={classes.search} />
        <Skeleton height={60} width={90} />
      </div>
      <p className={classes.status} />
      {[1, 3].map((cards) => (
        <div key={cards} className={classes.section}>
          <Skeleton height={30} width={140} mb="md" />
          <div className={classes.grid}>
            {Array.from({ length: cards }, (_, index) => (
              <div key={index} className={classes.card}>
                <Skeleton height={120} radius={0} />
                <div className={classes.body}>
                  <Skeleton height={26} width={90} radius="xl" />
                  <Skeleton height={22} width="70%" />
                  <Skeleton height={50} />
                  <Skeleton height={36} />
                  <Skeleton height={36} />
                </div>
              </div>
            ))}
          </div>
        </div>
      ))}
    </Loading>
  );
}
