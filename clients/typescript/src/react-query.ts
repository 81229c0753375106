// Options for TanStack Query, one function per operation: `useQuery(showCatalogOptions({ client }))`.
export * from "./generated/@tanstack/react-query.gen.js";
