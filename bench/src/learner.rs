//! A learner, and what everybody buys and uses.

use std::collections::BTreeMap;

/// What everybody buys.
pub(crate) const COURSE: &str = "vector-search";
/// What everybody subscribes to.
pub(crate) const PLAN: &str = "premium";
/// What everybody uses of it.
pub(crate) const METER: &str = "ai_minutes";

/// The claims of a token, as the JWT authorizer hands them over.
pub(crate) type Claims = BTreeMap<String, String>;

/// Somebody who is signed in, for the first time.
#[derive(Debug, Clone)]
pub(crate) struct Learner {
    pub(crate) user: String,
    pub(crate) token: String,
    pub(crate) claims: Claims,
}
