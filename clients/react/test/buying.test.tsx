// A learner buys a course, and the page knows of it.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, renderHook, screen, waitFor } from "@testing-library/react";
import { createTuitionClient } from "@tuition/client";
import { showCatalogQueryKey } from "@tuition/client/react-query";
import { useState, type ReactNode } from "react";
import { beforeEach, expect, inject, test } from "vitest";

import { pay } from "../../stack/learner.js";
import {
  Paywall,
  TuitionProvider,
  useAccess,
  useCatalog,
  useCheckout,
  useCheckoutResult,
  useCourse,
  useCourses,
  useEntitlements,
  useTuitionClient,
} from "../src/index.js";
import { buy, newLearner, SCHOOL, show, use } from "./school.js";

const COURSE = "vector-search";

beforeEach(() => {
  window.location.href = `${SCHOOL}/course?lesson=2&session_id=cs_test_earlier`;
});

/** What is asked for before and after the payment. */
function useEverything() {
  return {
    access: useAccess(COURSE),
    course: useCourse(COURSE),
    courses: useCourses(),
    entitlements: useEntitlements(),
  };
}

test("the catalog is shown to everybody", async () => {
  const client = createTuitionClient({ baseUrl: inject("stack").api });
  const { result } = use(client, useCatalog);
  expect(result.current.isPending).toBe(true);
  await waitFor(() => {
    expect(result.current.data?.courses.map(({ id }) => id)).toContain(COURSE);
  });
});

test("a course is bought, and everything on the page that depends on it is fetched anew", async () => {
  const client = await newLearner();
  const pages: string[] = [];
  const { result } = use(client, () => {
    const [session, setSession] = useState<string | null>(null);
    const everything = useEverything();
    const checkout = useCheckout({ navigate: (url) => pages.push(url) });
    return { ...everything, checkout, setSession, bought: useCheckoutResult(session) };
  });
  await waitFor(() => {
    expect(result.current.access.data?.has_access).toBe(false);
    expect(result.current.course.data?.modules.some(({ locked }) => locked)).toBe(true);
    expect(result.current.courses.data?.find(({ id }) => id === COURSE)?.access.has_access).toBe(false);
    expect(result.current.entitlements.data).toEqual([]);
  });
  expect(result.current.bought.state).toBe("none");

  act(() => {
    result.current.checkout.mutate({ course_id: COURSE });
  });
  await waitFor(() => {
    expect(result.current.checkout.isLoading).toBe(true);
  });
  await waitFor(() => {
    expect(pages).toHaveLength(1);
  });
  // The page is on its way to the payment.
  expect(result.current.checkout.isLoading).toBe(true);

  await pay(pages[0]!);
  await waitFor(() => {
    expect(result.current.checkout.data?.session_id).toBeTruthy();
  });
  act(() => {
    result.current.setSession(result.current.checkout.data!.session_id);
  });
  await waitFor(() => {
    expect(result.current.bought.state).toBe("fulfilled");
    expect(result.current.access.data?.because.reason).toBe("purchased");
    expect(result.current.course.data?.modules.every(({ locked }) => !locked)).toBe(true);
    expect(result.current.courses.data?.find(({ id }) => id === COURSE)?.access.has_access).toBe(true);
    expect(result.current.entitlements.data).toMatchObject([{ product: COURSE, has_access: true }]);
  });
});

test("whoever has paid comes back to the same page with the session, and whoever has not to the page as it was", async () => {
  const client = await newLearner();
  let page = "";
  const { result } = use(client, () => useCheckout({ navigate: (url) => (page = url) }));
  act(() => {
    result.current.mutate({ course_id: COURSE });
  });
  await waitFor(() => {
    expect(page).not.toBe("");
  });
  const html = await (await fetch(page)).text();
  expect(html).toContain(`${SCHOOL}/course?lesson=2"`);
  const { session_id } = result.current.data!;
  const body = new URLSearchParams({
    email: "a@example.com",
    name: "A",
    card_number: "4242424242424242",
    exp: "12/40",
    cvc: "123",
  });
  const paid = await fetch(page, { method: "POST", body, redirect: "manual" });
  expect(paid.headers.get("location")).toBe(`${SCHOOL}/course?lesson=2&session_id=${session_id}`);
});

test("a page that the back button brings back can begin a checkout again", async () => {
  const client = await newLearner();
  const { result } = use(client, () => useCheckout({ navigate: () => undefined }));
  act(() => {
    result.current.mutate({ course_id: COURSE });
  });
  await waitFor(() => {
    expect(result.current).toMatchObject({ isSuccess: true, isLoading: true });
  });
  act(() => {
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  });
  await waitFor(() => {
    expect(result.current.isLoading).toBe(false);
  });
});

test("the session of the page's address is waited for", async () => {
  const client = await newLearner();
  const { session_id, checkout_url } = await client.createSession({ body: { course_id: COURSE } });
  await pay(checkout_url);
  window.location.href = `${SCHOOL}/course?session_id=${session_id}`;
  const { result } = use(client, () => useCheckoutResult());
  expect(result.current.state).toBe("waiting");
  await waitFor(() => {
    expect(result.current.state).toBe("fulfilled");
  });
});

test("a bank debit is unpaid, and somebody else's session is a failure", async () => {
  const client = await newLearner();
  const { session_id, checkout_url } = await client.createSession({ body: { course_id: COURSE } });
  await pay(checkout_url, { method: "bank_debit" });
  const { result } = use(client, () => useCheckoutResult(session_id));
  await waitFor(() => {
    expect(result.current.state).toBe("unpaid");
  });
  const other = use(await newLearner(), () => useCheckoutResult(session_id));
  await waitFor(() => {
    expect(other.result.current).toMatchObject({ state: "failed", error: { code: "not_found" } });
  });
});

test("what was bought in another tab is not sold again, and opens here, too", async () => {
  const client = await newLearner();
  function Shop(): ReactNode {
    const checkout = useCheckout({ navigate: () => expect.unreachable() });
    return (
      <>
        <button
          onClick={() => {
            checkout.mutate({ course_id: COURSE });
          }}
        >
          Buy
        </button>
        {checkout.isAlreadyOwned && <p>You have it already.</p>}
        <Paywall courseId={COURSE} fallback="Closed" loading="Loading">
          The lesson
        </Paywall>
      </>
    );
  }
  show(client, <Shop />);
  screen.getByText("Loading");
  await screen.findByText("Closed");
  await buy(client, { course_id: COURSE });
  fireEvent.click(screen.getByText("Buy"));
  await screen.findByText("You have it already.");
  await screen.findByText("The lesson");
});

test("a paywall tells its fallback why it is closed", async () => {
  const why = ({ access, error }: { access?: { because: { reason: string } }; error?: { code: string } }) =>
    access?.because.reason ?? error?.code;
  const paywall = (
    <Paywall courseId={COURSE} fallback={why}>
      The lesson
    </Paywall>
  );
  show(await newLearner(), paywall);
  await screen.findByText("not_purchased");
  show(createTuitionClient({ baseUrl: inject("stack").api }), paywall);
  await screen.findByText("gateway_error");
  expect(screen.queryByText("The lesson")).toBeNull();
});

test("answers are kept in the application's QueryClient, if it has one", async () => {
  const queries = new QueryClient();
  const client = createTuitionClient({ baseUrl: inject("stack").api });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>
      <TuitionProvider client={client}>{children}</TuitionProvider>
    </QueryClientProvider>
  );
  const { result } = renderHook(useCatalog, { wrapper });
  await waitFor(() => {
    expect(result.current.isSuccess).toBe(true);
  });
  expect(queries.getQueryData(showCatalogQueryKey({ client }))).toEqual(result.current.data);
});

test("a hook without a provider says what is missing", () => {
  expect(() => renderHook(useTuitionClient)).toThrow("There is no <TuitionProvider>");
});
