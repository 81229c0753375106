//! The only place that knows Stripe's wire format: the client, webhook signatures, the envelope of an event,
//! requests, and the projection of Stripe's objects to facts.

mod api_version;
mod client;
mod config;
mod error;
mod event;
mod invoice;
mod metadata;
mod objects;
mod projection;
mod requests;
mod signature;
mod state;
mod subscription_item;

pub use api_version::api_version;
pub use client::StripeClient;
pub use config::StripeConfig;
pub use error::StripeError;
pub use event::{ObjectRef, StripeEvent, StripeEventError};
#[cfg(test)]
pub(crate) use metadata::approval_metadata;
pub use metadata::{Ownership, Sale, product_from_metadata, user_from_metadata};
pub use objects::{
    CheckoutSession, CheckoutSessionPaymentStatus, CheckoutSessionStatus, PaymentIntent, PaymentIntentStatus,
    StripeDispute, StripeInvoice, StripeRefund, StripeSubscription,
};
pub use projection::{
    ObsoleteSchedule, ProjectionError, begins_period, invoice_discount, payment_intents_of, project_invoice,
    project_payment_intent, project_session, project_subscription, project_subscription_event,
};
pub use requests::*;
pub use signature::{SignatureError, TOLERANCE_SECONDS, WebhookSecrets, sign};
pub use state::{InvoiceRefundsAndDisputes, PaymentState, SubscriptionState};

use crate::domain::{Currency, Interval, ProductId};

/// The lookup key of a product's price in a currency: `ai-in-4-weekends_usd`, and of a plan's `premium_month_usd`. A slug
/// holds no `_`, so no two of them meet.
pub fn lookup_key(product: &ProductId, interval: Option<Interval>, currency: Currency) -> String {
    match interval {
        None => format!("{product}_{currency}"),
        Some(interval) => format!("{product}_{}_{currency}", interval.as_str()),
    }
}
