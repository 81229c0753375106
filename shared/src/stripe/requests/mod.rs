//! Every call we make to Stripe, each in our own words, each mutation under an idempotency key of our own.

#[cfg(feature = "billing")]
mod billing;
mod cancel;
mod card;
mod catalog;
#[cfg(feature = "billing")]
mod change;
mod checkout;
mod coupon;
mod events;
mod mutation;
mod page_size;
mod payment;
mod payment_intent;
#[cfg(feature = "billing")]
mod portal;
#[cfg(feature = "refunds")]
mod refund;
mod schedule;
mod subscription;
#[cfg(feature = "operator")]
mod webhook;
mod withdraw;

use sha2::{Digest, Sha256};

#[cfg(feature = "billing")]
pub use billing::{
    InvoicePreview, InvoicePreviewLine, UnpaidInvoice, UnpaidReason, find_unpaid_invoice, find_written_off_invoice,
    preview_next_invoice, preview_price_change,
};
pub use cancel::{
    cancel_at_period_end, cancel_now, cancel_second_trial, list_unpaid_invoices, stop_draft_invoices, void_invoice,
};
pub use card::{CardsOf, list_card_fingerprints};
pub use catalog::{
    StripePrice, StripeProduct, archive_price, create_price, create_product, list_active_prices, list_our_products,
    retrieve_product, select_stripe_product, update_product,
};
#[cfg(feature = "billing")]
pub use change::{
    BilledItem, PriceChange, PriceChangeOutcome, billed_item, change_price, clear_cancel_at,
    clear_cancel_at_period_end, resume_paused_subscription,
};
pub use checkout::{
    NewSession, SoldPrice, create_customer, create_session, expire_session, find_promotion_code, list_session_prices,
    retrieve_session, session_expires_at, update_email,
};
pub use coupon::create_credit_coupon;
pub use events::{EventPage, EventRange, list_events};
pub use payment::{fetch_payment_intent_metadata, fetch_payment_state};
pub use payment_intent::{NewPaymentIntent, create_payment_intent, end_payment_intent, retrieve_payment_intent};
#[cfg(feature = "billing")]
pub use portal::{
    NewPortalSession, PortalFlow, configure_portal, create_portal_session, find_or_create_portal_configuration,
};
#[cfg(feature = "refunds")]
pub use refund::{
    InvoiceToRefund, NewRefund, PaidCard, PaymentReceipt, create_refund, fetch_invoice_to_refund, fetch_receipt,
};
pub use schedule::{PriceChangeAtPeriodEnd, release_schedule, schedule_price_change};
pub use subscription::{
    RefundsAndDisputesToFetch, SubscriptionLookup, fetch_subscription_metadata, fetch_subscription_state,
    find_subscription_paid_by, is_payment_processing,
};
#[cfg(feature = "operator")]
pub use webhook::{WebhookEndpoint, create_webhook_endpoint, delete_webhook_endpoint, list_webhook_endpoints};
pub use withdraw::{EarlierChange, Withdrawal, withdraw_earlier_change};

/// 128 bits of SHA-256 over the parts, in hex: what is too long or too personal for an idempotency key.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..16])
}
