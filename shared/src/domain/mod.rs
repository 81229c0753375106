//! The rules, and nothing else: no I/O, no clock, no randomness, no wire format. Time is an argument.

mod access;
mod catalog;
mod grant;
mod id;
mod money;
mod purchase;
mod transition;

pub use access::{Access, Door, Fact, Opened, Refused, access};
pub use catalog::{Catalog, Category, Course, Module, Price, Product, Step};
pub use grant::{Grant, GrantScope};
pub use id::{
    AppId, CourseId, CustomerId, DisputeId, EventId, GrantId, IdError, PriceId, ProductId, PurchaseId, RefundId,
    SessionId, UserId,
};
pub use money::{Currency, Money, MoneyError};
pub use purchase::{DisputeStatus, Payment, Purchase, Refund, RefundStatus, Standing};
pub use transition::{Effect, transitions};
