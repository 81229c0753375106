//! Stripe's resources, one file each: its routes, its parameters and the shape of its objects
//! (<https://docs.stripe.com/api>). Another resource is another file here and a line in `api/routes.rs`.

pub(crate) mod account;
pub(crate) mod balance_transactions;
pub(crate) mod charges;
pub(crate) mod coupons;
pub(crate) mod customers;
pub(crate) mod disputes;
pub(crate) mod events;
pub(crate) mod invoice_items;
pub(crate) mod invoice_object;
pub(crate) mod invoice_payments;
mod invoice_preview;
pub(crate) mod invoices;
pub(crate) mod line_items;
pub(crate) mod payment_intents;
pub(crate) mod payment_methods;
pub(crate) mod payment_pages;
pub(crate) mod plans;
pub(crate) mod portal_configurations;
pub(crate) mod portal_sessions;
pub(crate) mod prices;
pub(crate) mod products;
pub(crate) mod promotion_codes;
pub(crate) mod refunds;
pub(crate) mod session_params;
pub(crate) mod sessions;
pub(crate) mod subscription_items;
pub(crate) mod subscription_params;
pub(crate) mod subscription_schedules;
pub(crate) mod subscriptions;
pub(crate) mod test_clocks;
pub(crate) mod webhook_endpoints;

use serde_json::Value;

use super::error::Error;
use super::ids::Kind;
use super::object::Object;
use super::store::Tx;

/// The value of a field that Stripe leaves out unless `expand[]` asks for it; None where there is no such field.
pub(crate) fn include(tx: &Tx<'_>, object: &Object, field: &str) -> Result<Option<Value>, Error> {
    match (object.text("object"), field) {
        ("checkout.session", "line_items") => sessions::included_line_items(tx, object.id()).map(Some),
        ("charge", "refunds") => charges::included_refunds(tx, object.id()).map(Some),
        ("invoice", "payments") => invoices::included_payments(tx, object.id()).map(Some),
        ("invoice", "confirmation_secret") => invoices::included_secret(tx, object.id()).map(Some),
        ("price", "currency_options") => included(tx, Kind::Price, object.id(), field),
        ("coupon", "applies_to") => included(tx, Kind::Coupon, object.id(), field),
        _ => Ok(None),
    }
}

/// A field that the object hides until it is asked for.
fn included(tx: &Tx<'_>, kind: Kind, id: &str, field: &str) -> Result<Option<Value>, Error> {
    Ok(Some(tx.load(kind, id)?.hidden(field).clone()))
}
