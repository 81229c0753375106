//! Balance transactions (<https://docs.stripe.com/api/balance_transactions>): how a payment, a refund or a dispute
//! changes the account's balance.

use serde_json::json;

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Stripe's fee for a chargeback, in minor units.
const DISPUTE_FEE: i64 = 1_500;

/// Records a charge with Stripe's fee: 2.9 % and 30 minor units.
pub(crate) fn record_charge(tx: &Tx<'_>, charge: &Object) -> Result<Object, Error> {
    let amount = charge.int("amount_captured");
    let kind = if charge.id().starts_with("py_") { "payment" } else { "charge" };
    record(tx, charge, kind, amount, amount * 29 / 1_000 + 30)
}

/// Records a refund.
pub(crate) fn record_refund(tx: &Tx<'_>, refund: &Object) -> Result<Object, Error> {
    record(tx, refund, "refund", -refund.int("amount"), 0)
}

/// Records the return of a failed refund.
pub(crate) fn record_refund_failure(tx: &Tx<'_>, refund: &Object) -> Result<Object, Error> {
    record(tx, refund, "refund_failure", refund.int("amount"), 0)
}

/// Records the withdrawal of a disputed amount and the dispute fee.
pub(crate) fn record_dispute(tx: &Tx<'_>, dispute: &Object) -> Result<Object, Error> {
    record(tx, dispute, "adjustment", -dispute.int("amount"), DISPUTE_FEE)
}

/// Records the reinstatement of a disputed amount.
pub(crate) fn record_dispute_reversal(tx: &Tx<'_>, dispute: &Object) -> Result<Object, Error> {
    record(tx, dispute, "adjustment", dispute.int("amount"), -DISPUTE_FEE)
}

fn record(tx: &Tx<'_>, source: &Object, kind: &str, amount: i64, fee: i64) -> Result<Object, Error> {
    let currency = source.get("currency");
    let fee_details = json!([{
        "amount": fee, "application": null, "currency": currency, "description": "Stripe fees", "type": "stripe_fee",
    }]);
    let fields = json!({
        "amount": amount,
        "available_on": tx.now() + 2 * 24 * 60 * 60,
        "balance_type": "payments",
        "created": tx.now(),
        "currency": currency,
        "description": source.get("description"),
        "exchange_rate": null,
        "fee": fee,
        "fee_details": if fee == 0 { json!([]) } else { fee_details },
        "net": amount - fee,
        "reporting_category": if source.text("object") == "dispute" { "dispute" } else { kind },
        "source": source.id(),
        "status": "pending",
        "type": kind,
    });
    let mut entry = Object::from(fields);
    entry.set("id", ObjectType::BalanceTransaction.new_id());
    entry.set("object", ObjectType::BalanceTransaction.object_name());
    tx.insert(&entry)?;
    Ok(entry)
}
