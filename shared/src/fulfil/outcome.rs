//! How applying an update ended.

use crate::store::CommitOutcome;

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

impl ApplyOutcome {
    /// The outcome of a commit; `None` when another writer changed what was read.
    pub(super) fn from_commit(outcome: CommitOutcome) -> Option<Self> {
        match outcome {
            CommitOutcome::Committed => Some(Self::Applied),
            CommitOutcome::AppliedAfterFailure => Some(Self::AppliedAfterFailure),
            CommitOutcome::Duplicate => Some(Self::Duplicate),
            CommitOutcome::VersionConflict => None,
        }
    }
}
