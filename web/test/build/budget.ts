/** The most JavaScript that a first page may load, in bytes as gzip sends them. */
export const MOST_JAVASCRIPT = 200_000;
