//! How applying an update ended.

/// How applying ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// Done, now.
    Applied,
    /// Done, now; the event had failed before, and its entry in the error queue was closed.
    AppliedAfterFailure,
    /// Done before.
    Duplicate,
    /// Another application's object on the same account.
    NotOurs,
    /// One of our prices was sold without naming a learner (a Payment Link, the Dashboard). Retrying cannot heal it;
    /// an operator can assign it.
    Unassigned,
}
