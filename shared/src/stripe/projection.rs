//! Stripe's objects, projected to facts. A fact depends on what Stripe says now and on nothing else.

mod error;
mod purchase;
mod subscription;
mod values;

pub use error::ProjectionError;
pub use purchase::{project_payment_intent, project_session};
#[cfg(feature = "refunds")]
pub(super) use subscription::invoice_covers_to_end_of;
pub use subscription::{
    ObsoleteSchedule, begins_period, invoice_discount, payment_intents_of, project_invoice, project_subscription,
    project_subscription_event,
};
