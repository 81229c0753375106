// What a learner learns: steps, the dashboard, and a certificate.

import { act, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import {
  useCertificate,
  useCompleteStep,
  useCourse,
  useCreateCertificate,
  useEnrollments,
  useUndoStep,
} from "../src/index.js";
import { newLearner, use } from "./school.js";

const COURSE = "prompting-basics";

test("a step that is completed or undone shows in the course and in the list", async () => {
  const client = await newLearner();
  const { result } = use(client, () => ({
    course: useCourse(COURSE),
    enrollments: useEnrollments(),
    complete: useCompleteStep(COURSE),
    undo: useUndoStep(COURSE),
  }));
  await waitFor(() => {
    expect(result.current.course.data?.enrollment.percent).toBe(0);
    expect(result.current.enrollments.data).toEqual([]);
  });
  for (const [change, percent] of [
    ["complete", 25],
    ["undo", 0],
  ] as const) {
    act(() => {
      result.current[change].mutate("what-a-model-is");
    });
    await waitFor(() => {
      const [step] = result.current.course.data?.modules[0]?.steps ?? [];
      expect(step?.completed_at !== null).toBe(change === "complete");
      expect(result.current.course.data?.enrollment.percent).toBe(percent);
      expect(result.current.enrollments.data).toMatchObject([{ course_id: COURSE, percent }]);
    });
  }
});

test("a refusal says what is missing", async () => {
  const client = await newLearner();
  const { result } = use(client, () => useCompleteStep("vector-search"));
  act(() => {
    result.current.mutate("golden-set");
  });
  await waitFor(() => {
    expect(result.current.error).toMatchObject({
      code: "no_access",
      status: 403,
      members: { because: { reason: "not_purchased" } },
    });
  });
});

test("a completed course has a certificate, whose name can be corrected", async () => {
  const client = await newLearner();
  for (const step of ["what-a-model-is", "first-prompt", "context", "checking"]) {
    await client.completeStep({ path: { id: COURSE, step } });
  }
  const { result } = use(client, () => ({ course: useCourse(COURSE), create: useCreateCertificate(COURSE) }));
  act(() => {
    result.current.create.mutate("Ada");
  });
  await waitFor(() => {
    expect(result.current.course.data?.enrollment.certificate_id).toMatch(/^cert_/);
  });
  const id = result.current.create.data!.id;
  const page = use(client, () => useCertificate(id));
  await waitFor(() => {
    expect(page.result.current.data).toMatchObject({ name: "Ada", course_id: COURSE, status: "valid" });
  });
  act(() => {
    result.current.create.mutate("Ada Lovelace");
  });
  await waitFor(() => {
    expect(result.current.create.data).toMatchObject({ id, name: "Ada Lovelace" });
  });
});
