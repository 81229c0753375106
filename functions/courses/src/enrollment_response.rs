//! How the caller stands to a course, as clients see it.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{CertificateId, CourseId, Enrollment, EnrollmentStatus, LearnerCourse, ModuleLock};
use shared::http::AccessReason;

/// How the caller stands to a course.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct EnrollmentResponse {
    status: EnrollmentStatus,
    /// Completed steps over all steps, rounded down: 100 only when all are done.
    #[cfg_attr(feature = "openapi", schemars(extend("maximum" = 100)))]
    percent: u8,
    /// Where to continue: the first step of an open module that is not completed. `null` when there is none.
    next_step: Option<NextStepResponse>,
    /// When a step was last completed or undone.
    last_activity_at: Option<Timestamp>,
    /// Since when the caller has had the course, for the first time; of a free course, when it was begun.
    enrolled_at: Option<Timestamp>,
    /// When all steps were completed, for the first time.
    completed_at: Option<Timestamp>,
    /// The caller's certificate, once it was asked for.
    certificate_id: Option<CertificateId>,
    /// Why the caller has the course or not, whether it has started or not.
    because: AccessReason,
}

/// A step to continue with.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct NextStepResponse {
    /// Unique in its course.
    id: String,
    title: String,
    /// The module that it is in.
    module_id: String,
}

/// A course, and how the caller stands to it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CourseEnrollmentResponse {
    pub(crate) course_id: CourseId,
    #[serde(flatten)]
    pub(crate) enrollment: EnrollmentResponse,
}

impl EnrollmentResponse {
    pub(crate) fn new(
        learner_course: &LearnerCourse<'_>,
        enrollment: Enrollment,
        locks: &[Option<ModuleLock>],
    ) -> Self {
        let next_step = learner_course.next_step(locks).map(|(module, step)| NextStepResponse {
            id: step.id.clone(),
            title: step.title.clone(),
            module_id: module.id.clone(),
        });
        let progress = learner_course.progress;
        Self {
            status: enrollment.status,
            percent: progress.map_or(0, |progress| progress.percent(learner_course.course)),
            next_step,
            last_activity_at: progress.map(|progress| progress.last_activity_at),
            enrolled_at: enrollment.enrolled_at,
            completed_at: enrollment.completed_at,
            certificate_id: progress.and_then(|progress| progress.certificate.clone()),
            because: enrollment.because.into(),
        }
    }

    /// Whether the caller ever had to do with the course.
    pub(crate) fn is_touched(&self) -> bool {
        self.status != EnrollmentStatus::NotEnrolled || self.last_activity_at.is_some()
    }

    pub(crate) fn last_activity_at(&self) -> Option<Timestamp> {
        self.last_activity_at
    }
}

impl From<&LearnerCourse<'_>> for CourseEnrollmentResponse {
    fn from(learner_course: &LearnerCourse<'_>) -> Self {
        let enrollment = learner_course.enrollment();
        let locks = learner_course.module_locks(&enrollment);
        let enrollment = EnrollmentResponse::new(learner_course, enrollment, &locks);
        Self { course_id: learner_course.course.id.clone(), enrollment }
    }
}
