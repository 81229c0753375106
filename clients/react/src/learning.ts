import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { CertificateResponse, CourseEnrollmentResponse, CourseResponse, TuitionError } from "@tuition/client";
import { showCertificateQueryKey, showCourseQueryKey } from "@tuition/client/react-query";

import { refreshProgress } from "./cache.js";
import { useTuitionClient } from "./provider.js";

/** `mutate(stepId)`. A refusal has `no_access` with `error.members.because`, or `module_locked` with `missing_steps`. */
export type UseStepResult = UseMutationResult<CourseEnrollmentResponse, TuitionError, string>;

/** Completes a step of a course: `complete.mutate("brief")`. */
export function useCompleteStep(courseId: string): UseStepResult {
  return useStepChange(courseId, "completeStep");
}

/** Takes the completion of a step back: `undo.mutate("brief")`. */
export function useUndoStep(courseId: string): UseStepResult {
  return useStepChange(courseId, "undoStep");
}

/** Asks for the certificate of a completed course: `certificate.mutate("Ada Lovelace")`. Asked again, it corrects the name. */
export function useCreateCertificate(courseId: string): UseMutationResult<CertificateResponse, TuitionError, string> {
  const client = useTuitionClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name) => client.createCertificate({ path: { id: courseId }, body: { name } }),
    onSuccess: (certificate) => {
      queries.setQueryData(showCertificateQueryKey({ client, path: { id: certificate.id } }), certificate);
    },
    onSettled: () => refreshProgress(queries),
  });
}

function useStepChange(courseId: string, change: "completeStep" | "undoStep"): UseStepResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (step) => client[change]({ path: { id: courseId, step } }),
    // The bar moves at once; which modules have opened is fetched.
    onSuccess: ({ course_id: _, ...enrollment }) => {
      queries.setQueryData<CourseResponse>(
        showCourseQueryKey({ client, path: { id: courseId } }),
        (course) => course && { ...course, enrollment },
      );
    },
    onSettled: () => refreshProgress(queries),
  });
}
