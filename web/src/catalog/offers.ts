import type {
  CatalogPlanResponse,
  CatalogProductResponse,
  CatalogResponse,
  RecurringPriceResponse,
} from "@tuition/client";

export interface ProductOffer {
  product: CatalogProductResponse;
  price: { price_id: string; amount: number; currency: string };
}

export interface PlanOffer {
  plan: CatalogPlanResponse;
  price: RecurringPriceResponse;
}

/** Every way to open a course, in one currency. */
export interface Offers {
  /** The course on its own. */
  single: ProductOffer | undefined;
  bundles: ProductOffer[];
  /** By the month. */
  plans: PlanOffer[];
}

export function offersFor(courseId: string, catalog: CatalogResponse, currency: string): Offers {
  const products = catalog.products
    .filter(({ courses }) => courses.includes(courseId))
    .flatMap((product) => productOffer(product, currency) ?? []);
  const plans = catalog.plans
    .filter(({ tier, courses }) => tier === "paid" && courses.includes(courseId))
    .flatMap((plan) => planOffer(plan, currency) ?? []);
  return {
    single: products.find(({ product }) => product.courses.length === 1),
    bundles: products.filter(({ product }) => product.courses.length > 1),
    plans,
  };
}

export function productOffer(product: CatalogProductResponse, currency: string): ProductOffer | undefined {
  const price = product.prices.find((candidate) => candidate.currency === currency);
  return price && { product, price };
}

/** The plans by which more of a meter may be used than `limit`. */
export function offersWithMore(meter: string, limit: number, catalog: CatalogResponse, currency: string): PlanOffer[] {
  return catalog.plans
    .filter(({ tier, limits }) => {
      const offered = limits[meter];
      return tier === "paid" && offered !== undefined && (offered.limit === null || offered.limit > limit);
    })
    .flatMap((plan) => planOffer(plan, currency) ?? []);
}

function planOffer(plan: CatalogPlanResponse, currency: string): PlanOffer | undefined {
  const price = plan.prices.find((candidate) => candidate.currency === currency && candidate.interval === "month");
  return price && { plan, price };
}
