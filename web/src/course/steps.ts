import type { ModuleResponse } from "@tuition/client";

import type { Course } from "./CourseLoader.tsx";

/** A step with its place in the course. */
export interface CourseStep {
  id: string;
  title: string;
  /** When the learner completed it. */
  completed_at: string | null;
  /** The address of its page. */
  address: string;
  module: ModuleResponse;
}

/** The steps of all modules, in the order of learning. */
export function stepsOf(course: Course): CourseStep[] {
  return course.modules.flatMap((module) =>
    module.steps.map(({ id, title, completed_at }) => ({
      id,
      title,
      completed_at,
      address: stepAddress(course.id, module.id, id),
      module,
    })),
  );
}

export function stepAddress(courseId: string, moduleId: string, stepId: string): string {
  return `/courses/${courseId}/${moduleId}/${stepId}`;
}
