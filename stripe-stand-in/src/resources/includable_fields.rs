//! Includable fields: Stripe omits them from an object unless `expand[]` requests them.

use serde_json::Value;

use crate::resources::{charges, checkout_sessions, invoices, payment_links};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// The value of an includable field. None when the object has no such field.
pub(crate) fn include_field(tx: &Tx<'_>, object: &Object, field: &str) -> Result<Option<Value>, Error> {
    match (object.text("object"), field) {
        ("checkout.session", "line_items") => checkout_sessions::line_item_list(tx, object.id()).map(Some),
        ("payment_link", "line_items") => payment_links::line_item_list(tx, object.id()).map(Some),
        ("charge", "refunds") => charges::refund_list(tx, object.id()).map(Some),
        ("invoice", "payments") => invoices::payment_list(tx, object.id()).map(Some),
        ("invoice", "confirmation_secret") => invoices::confirmation_secret(tx, object.id()).map(Some),
        ("price", "currency_options") => hidden_field(tx, ObjectType::Price, object.id(), field),
        ("coupon", "applies_to") => hidden_field(tx, ObjectType::Coupon, object.id(), field),
        _ => Ok(None),
    }
}

/// An includable field that is stored hidden in the object.
fn hidden_field(tx: &Tx<'_>, object_type: ObjectType, id: &str, field: &str) -> Result<Option<Value>, Error> {
    Ok(Some(tx.load(object_type, id)?.hidden(field).clone()))
}
