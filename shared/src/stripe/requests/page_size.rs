//! The size of a list's pages.

/// The most that one page of a Stripe list holds.
pub(super) const MAX_PAGE_SIZE: i64 = 100;
