import type { CatalogResponse } from "@tuition/client";

import type { Messages } from "../i18n/en.ts";

/** What a payment was for, in the catalog's words. */
export function productName(id: string | null, catalog: CatalogResponse | undefined, text: Messages): string {
  const found = catalog && [...catalog.products, ...catalog.plans].find((product) => product.id === id);
  return found?.name ?? id ?? text.payments.unknownProduct;
}
