//! Why an object of Stripe's cannot be a fact.

use crate::domain::{IdError, MoneyError};

/// Stripe sent something that cannot be a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProjectionError {
    /// An id in no known form.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A currency in no known form.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A complete session without an amount or a currency.
    #[error("the session has no total")]
    NoTotal,
    /// A subscription to nothing.
    #[error("the subscription has no item")]
    NoItem,
    /// A time outside of the calendar.
    #[error("a time is out of range")]
    TimeOutOfRange,
}
