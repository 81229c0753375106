//! Every call we make to Stripe, each in our own words, each mutation under an idempotency key of our own.

#[cfg(feature = "billing")]
mod billing;
mod cancel;
mod catalog;
#[cfg(feature = "billing")]
mod change;
mod checkout;
mod events;
mod mutation;
mod payment;
#[cfg(feature = "billing")]
mod portal;
mod schedule;
mod subscription;
#[cfg(feature = "operator")]
mod webhook;

use sha2::{Digest, Sha256};

#[cfg(feature = "billing")]
pub use billing::{PaymentTrouble, Preview, PreviewLine, UnpaidInvoice, next_invoice, preview_swap, unpaid_invoice};
pub use cancel::{cancel_at_period_end, cancel_now, end_second_trial, hold_drafts, open_invoices, void_invoice};
pub use catalog::{
    StripePrice, StripeProduct, active_prices, archive_price, create_price, create_product, our_products, product,
    sold_as, update_product,
};
#[cfg(feature = "billing")]
pub use change::{
    SoldItem, Swap, Swapped, resume_paused, sold_item, swap_price, take_back_cancel_at, take_back_cancel_at_period_end,
};
pub use checkout::{
    NewSession, SoldPrice, create_customer, create_session, expire_session, promotion, session, session_expiry,
    session_prices, update_email,
};
pub use events::{EventPage, EventsBetween, events};
pub use payment::{PaymentState, intent_metadata, payment_state};
#[cfg(feature = "billing")]
pub use portal::{NewPortal, PortalFlow, configure_portal, create_portal, portal_configuration};
pub use schedule::{LaterSwap, release_schedule, schedule_swap};
pub use subscription::{
    MoneyLookup, SubscriptionLookup, subscription_metadata, subscription_paid_by, subscription_state,
};
#[cfg(feature = "operator")]
pub use webhook::{Endpoint, create_endpoint, delete_endpoint, endpoints};

use super::StripeError;

/// The most that one page of a Stripe list holds.
const PAGE: i64 = 100;

/// 128 bits of SHA-256 over the parts, in hex: what is too long or too personal for an idempotency key.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..16])
}

fn parse_id<T, E>(parsed: Result<T, E>, what: &str) -> Result<T, StripeError> {
    parsed.map_err(|_| StripeError::Unreadable { what: what.to_owned() })
}
