/** The price that is being paid is in the page's address, so it survives the sign-in, a reload, and the way to a bank. */
export const PAY = "pay";

/** The path and the query of an address, without a payment that was begun there. */
export function withoutPayment({ pathname, search }: Pick<Location, "pathname" | "search">): string {
  const parameters = new URLSearchParams(search);
  parameters.delete(PAY);
  return parameters.size === 0 ? pathname : `${pathname}?${parameters}`;
}
