//! A course and a learner: all that decides how one stands to the other.

use jiff::Timestamp;

use super::access::{Access, DeniedReason, Fact, decide_access};
use super::catalog::{Catalog, Course};
use super::progress::Progress;
use super::subscription::SubscriptionPolicy;

/// A course and a learner at one moment. Access, enrolment, locks and the next step are computed from it.
#[derive(Debug, Clone, Copy)]
pub struct LearnerCourse<'a> {
    /// Now.
    pub now: Timestamp,
    /// How patient the school is with subscriptions.
    pub policy: &'a SubscriptionPolicy,
    /// All access facts of the learner.
    pub facts: &'a [Fact],
    /// What the learner has done of the course; `None` before the first step.
    pub progress: Option<&'a Progress>,
    /// The catalog, which says what opens the course.
    pub catalog: &'a Catalog,
    /// The course.
    pub course: &'a Course,
}

impl LearnerCourse<'_> {
    /// Whether the learner has the course, whether it has started or not.
    pub fn access_by_facts(&self) -> Access {
        decide_access(self.now, self.policy, self.facts, self.catalog.access_target(self.course))
    }

    /// Whether the learner may open the course.
    pub fn access(&self) -> Access {
        let access = self.access_by_facts();
        match self.course.starts_at {
            Some(starts_at) if self.now < starts_at && access.is_allowed() => {
                Access::Denied { because: DeniedReason::NotStarted { starts_at } }
            }
            _ => access,
        }
    }

    /// Whether the learner has completed the step.
    pub(super) fn has_completed(&self, step: &str) -> bool {
        self.progress.is_some_and(|progress| progress.has_completed(step))
    }
}
