//! The rules, and nothing else: no I/O, no clock, no randomness, no wire format. Time is an argument.

mod access;
mod catalog;
mod grant;
mod id;
mod invoice;
mod invoice_money;
mod money;
mod payable;
mod plan;
mod purchase;
mod subscription;
mod transition;
mod usage;
mod words;

pub use access::{Access, ClosedSubscription, Door, Fact, Opened, Refused, access};
pub use catalog::{Catalog, Category, Course, Module, Price, Product, Step};
pub use grant::{Grant, GrantScope};
pub use id::{
    AppId, CourseId, CustomerId, DisputeId, EventId, FamilyId, GrantId, IdError, InvoiceId, MeterId, PriceId,
    ProductId, PurchaseId, RefundId, SessionId, SubscriptionId, UserId,
};
pub use invoice::{Invoice, InvoiceStatus};
pub use invoice_money::{BillingPeriod, InvoiceDispute, InvoiceRefunds};
pub use money::{Currency, Money, MoneyError};
pub use payable::Payable;
pub use plan::{Interval, Limit, Period, Plan, Tier};
pub use purchase::{DisputeStatus, Payment, Purchase, Refund, RefundStatus, Standing, duplicates};
pub use subscription::{
    AfterLostDispute, PausedCollection, PeriodInvoice, PeriodPayment, Policy, ScheduledChange, Subscription,
    SubscriptionStanding, SubscriptionStatus, TrialAfterChange,
};
pub use transition::{Effect, subscription_transitions, transitions};
pub use usage::{Reading, Window, limits};
