//! Learners, and the course, plan and meter that all of them use.

use std::collections::BTreeMap;

/// The course that all learners buy.
pub(crate) const COURSE: &str = "vector-search";
/// The step of it that all learners complete.
pub(crate) const STEP: &str = "golden-set";
/// The course for which all learners open a payment intent.
pub(crate) const COURSE_ON_OUR_PAGE: &str = "fine-tuning";
/// The plan that all learners subscribe to.
pub(crate) const PLAN: &str = "premium";
/// The meter that all learners use.
pub(crate) const METER: &str = "ai_minutes";

/// The claims of a token, as the JWT authorizer passes them on.
pub(crate) type Claims = BTreeMap<String, String>;

/// A signed-in learner.
#[derive(Debug, Clone)]
pub(crate) struct Learner {
    pub(crate) user: String,
    pub(crate) token: String,
    pub(crate) claims: Claims,
}
