import {
  useInfiniteQuery,
  useQuery,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type {
  AccessResponse,
  CatalogResponse,
  CertificateResponse,
  CourseEnrollmentResponse,
  CourseListItemResponse,
  CourseResponse,
  EntitlementResponse,
  InvoiceResponse,
  InvoiceResponsePage,
  TuitionError,
  UsageResponse,
} from "@tuition/client";
import {
  checkAccessQueryKey,
  listCoursesQueryKey,
  listEnrollmentsQueryKey,
  listEntitlementsQueryKey,
  listInvoicesInfiniteQueryKey,
  showCatalogQueryKey,
  showCertificateQueryKey,
  showCourseQueryKey,
  showUsageQueryKey,
} from "@tuition/client/react-query";

import { retry } from "./cache.js";
import { useTuitionClient } from "./provider.js";

/** Everything that is offered. It needs nobody signed in. */
export function useCatalog(): UseQueryResult<CatalogResponse, TuitionError> {
  const client = useTuitionClient();
  return useQuery({
    queryKey: showCatalogQueryKey({ client }),
    queryFn: ({ signal }) => client.showCatalog({ signal }),
    retry,
  });
}

/** Every course with the learner's access. */
export function useCourses(): UseQueryResult<CourseListItemResponse[], TuitionError> {
  const client = useTuitionClient();
  return useQuery({
    queryKey: [...listCoursesQueryKey({ client }), "all"],
    queryFn: ({ signal }) => all(client.courses({ limit: 100, signal })),
    retry,
  });
}

/** A course with its modules, each locked or open. */
export function useCourse(courseId: string): UseQueryResult<CourseResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { id: courseId };
  return useQuery({
    queryKey: showCourseQueryKey({ client, path }),
    queryFn: ({ signal }) => client.showCourse({ path, signal }),
    retry,
  });
}

/** Whether the learner may open a course, and why. */
export function useAccess(courseId: string): UseQueryResult<AccessResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { id: courseId };
  return useQuery({
    queryKey: checkAccessQueryKey({ client, path }),
    queryFn: ({ signal }) => client.checkAccess({ path, signal }),
    retry,
  });
}

/** Every course that the learner has or had, with how far the learner is. The one that was worked on last is the first. */
export function useEnrollments(): UseQueryResult<CourseEnrollmentResponse[], TuitionError> {
  const client = useTuitionClient();
  return useQuery({
    queryKey: [...listEnrollmentsQueryKey({ client }), "all"],
    queryFn: ({ signal }) => all(client.enrollments({ limit: 100, signal })),
    retry,
  });
}

/** A certificate by its id, and whether it counts. It needs nobody signed in. */
export function useCertificate(certificateId: string): UseQueryResult<CertificateResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { id: certificateId };
  return useQuery({
    queryKey: showCertificateQueryKey({ client, path }),
    queryFn: ({ signal }) => client.showCertificate({ path, signal }),
    retry,
  });
}

/** Every product that the learner has to do with, open or not. */
export function useEntitlements(): UseQueryResult<EntitlementResponse[], TuitionError> {
  const client = useTuitionClient();
  return useQuery({
    queryKey: [...listEntitlementsQueryKey({ client }), "all"],
    queryFn: ({ signal }) => all(client.entitlements({ limit: 100, signal })),
    retry,
  });
}

/** The learner's invoices, the newest first. `fetchNextPage` adds older ones. */
export function useInvoices(options: { limit?: number } = {}): UseInfiniteQueryResult<InvoiceResponse[], TuitionError> {
  const client = useTuitionClient();
  const { limit } = options;
  return useInfiniteQuery({
    queryKey: listInvoicesInfiniteQueryKey({ client, query: { limit } }),
    queryFn: ({ pageParam, signal }) => client.listInvoices({ query: { limit, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: InvoiceResponsePage) => page.next_cursor,
    select: ({ pages }: InfiniteData<InvoiceResponsePage>) => pages.flatMap(({ items }) => items),
    retry,
  });
}

/** Every meter: what the learner has used, and may use. */
export function useUsage(): UseQueryResult<UsageResponse["meters"], TuitionError> {
  const client = useTuitionClient();
  return useQuery({
    queryKey: showUsageQueryKey({ client }),
    queryFn: ({ signal }) => client.showUsage({ signal }),
    select: ({ meters }: UsageResponse) => meters,
    retry,
  });
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
