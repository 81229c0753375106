//! What an invoice of a subscription is for, and where it stands.

use stripe_shared::{InvoiceBillingReason as BillingReason, InvoiceLineItem, InvoicePayment};

use super::objects::StripeInvoice;
use crate::domain::InvoiceStatus;

/// Whether it is for an item's period, and not for a change in the middle of it.
pub(super) fn is_of_period(line: &InvoiceLineItem) -> bool {
    let item = line.parent.as_ref().and_then(|parent| parent.subscription_item_details.as_ref());
    item.is_some_and(|item| !item.proration)
}

/// When the time begins that an invoice is for, if that time contains `start`: the invoice has a line of a subscription's item, which
/// is not a proration, over it. Invoices of changes within a period have prorations only.
/// See <https://docs.stripe.com/api/invoice-line-item/object>.
fn covered_since(invoice: &StripeInvoice, start: i64) -> Option<i64> {
    let periods = invoice.lines.data.iter().filter(|line| is_of_period(line)).map(|line| line.period);
    let since = periods.filter(|period| (period.start..period.end).contains(&start)).map(|period| period.start).max();
    // Stripe embeds the first ten lines only: a renewal after many changes is known by its reason and its time.
    let is_renewal = || invoice.lines.has_more && is_renewal_invoice(invoice) && invoice.created >= start;
    since.or_else(|| is_renewal().then_some(start))
}

/// Whether the time that an invoice is for contains `start`.
pub(super) fn invoice_covers(invoice: &StripeInvoice, start: i64) -> bool {
    covered_since(invoice, start).is_some()
}

/// Whether the time that an invoice is for begins at `start`, as that of a period's own invoice does.
pub(super) fn invoice_begins_at(invoice: &StripeInvoice, start: i64) -> bool {
    covered_since(invoice, start) == Some(start)
}

/// The invoice of the period that began at `start`, among the newest invoices, the newest first. Of several whose time contains that
/// moment it is the one whose time begins last: an earlier one was for a period that the current one cut short, such as the month
/// before a year, or a trial that was ended. Of several that begin together the paid one counts, or else the newest that is not void.
pub(super) fn period_invoice(invoices: &[StripeInvoice], start: i64) -> Option<&StripeInvoice> {
    let preference = |invoice: &StripeInvoice| match invoice_status(invoice) {
        InvoiceStatus::Paid => 2,
        InvoiceStatus::Void => 0,
        _ => 1,
    };
    // The last one of equals is taken.
    let oldest_first = invoices.iter().rev().filter(|invoice| invoice_covers(invoice, start));
    oldest_first.max_by_key(|invoice| (covered_since(invoice, start), preference(invoice)))
}

/// Whether it is for another period of what ran before.
pub(super) fn is_renewal_invoice(invoice: &StripeInvoice) -> bool {
    matches!(invoice.billing_reason, Some(BillingReason::SubscriptionCycle | BillingReason::Subscription))
}

/// Where an invoice stands.
pub(super) fn invoice_status(invoice: &StripeInvoice) -> InvoiceStatus {
    InvoiceStatus::from(invoice.status.as_ref().map_or("draft", |status| status.as_str()))
}

/// The payment intents that collected an invoice: not one that failed and was replaced.
/// See <https://docs.stripe.com/api/invoice-payment/object>.
#[cfg(feature = "refunds")]
pub(super) fn collecting_payment_intents(invoice: &StripeInvoice) -> impl Iterator<Item = &str> {
    let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
    payments.filter(|payment| payment.status == "paid").filter_map(payment_intent)
}

/// Whether an invoice was paid outside of Stripe: all its payment intents were canceled, or it has none. `false` when not all of its
/// payments were fetched. See <https://docs.stripe.com/api/invoices/pay#pay_invoice-paid_out_of_band>.
pub(super) fn is_paid_out_of_band(invoice: &StripeInvoice) -> bool {
    let may_collect = |payment: &InvoicePayment| payment.status != "canceled" && payment_intent(payment).is_some();
    let payments = invoice.payments.as_ref().filter(|payments| !payments.has_more);
    invoice_status(invoice) == InvoiceStatus::Paid
        && invoice.amount_paid > 0
        && payments.is_some_and(|payments| !payments.data.iter().any(may_collect))
}

fn payment_intent(payment: &InvoicePayment) -> Option<&str> {
    payment.payment.payment_intent.as_ref().map(|intent| intent.id().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// An invoice with one line for days, such as `0..30`.
    fn invoice(id: &str, status: &str, days: std::ops::Range<i64>, proration: bool) -> Value {
        let item = json!({"subscription": "sub_1", "subscription_item": "si_1", "proration": proration});
        let line = json!({
            "id": "il_1", "object": "line_item", "amount": 1_900, "currency": "usd", "discountable": true,
            "discounts": [], "livemode": false, "metadata": {}, "subtotal": 1_900,
            "period": {"start": days.start, "end": days.end},
            "parent": {"type": "subscription_item_details", "subscription_item_details": item},
        });
        json!({
            "id": id, "object": "invoice", "status": status, "amount_due": 1_900, "amount_overpaid": 0, "amount_paid": 0,
            "amount_remaining": 0, "amount_shipping": 0, "attempt_count": 1, "attempted": true,
            "automatic_tax": {"enabled": false}, "collection_method": "charge_automatically", "created": days.start,
            "currency": "usd", "default_tax_rates": [], "discounts": [], "issuer": {"type": "self"},
            "lines": {"data": [line], "has_more": false, "url": "/v1"}, "livemode": false, "payment_settings": {},
            "period_end": 0, "period_start": 0, "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0, "starting_balance": 0, "status_transitions": {}, "subtotal": 1_900,
            "total": 1_900,
        })
    }

    /// Which invoice is that of the period that began on the tenth day; the newest is listed first.
    #[track_caller]
    fn check(invoices: &[Value], expected: Option<&str>) {
        let invoices: Vec<StripeInvoice> =
            invoices.iter().map(|invoice| miniserde::json::from_str(&invoice.to_string()).unwrap()).collect();
        let found = period_invoice(&invoices, 10).and_then(|invoice| invoice.id.as_ref());
        assert_eq!(found.map(|id| id.as_str()), expected);
    }

    #[test]
    fn the_invoice_of_a_period_is_the_one_whose_time_begins_last() {
        let month = || invoice("in_month", "paid", 0..30, false);
        let year = |status| invoice("in_year", status, 10..375, false);
        let change = || invoice("in_change", "paid", 20..375, true);
        for status in ["open", "draft", "uncollectible", "void", "paid"] {
            check(&[change(), year(status), month()], Some("in_year"));
            check(&[month(), year(status)], Some("in_year"));
        }
        check(&[change(), month()], Some("in_month"));
        check(&[invoice("in_next", "open", 30..60, false), month()], Some("in_month"));
        check(&[invoice("in_before", "paid", 0..10, false), change()], None);
    }

    #[test]
    fn of_invoices_that_begin_together_the_paid_one_counts_or_the_newest_that_is_not_void() {
        let with = |id, status| invoice(id, status, 10..40, false);
        check(&[with("in_2", "open"), with("in_1", "paid")], Some("in_1"));
        check(&[with("in_2", "paid"), with("in_1", "paid")], Some("in_2"));
        check(&[with("in_3", "void"), with("in_2", "open"), with("in_1", "uncollectible")], Some("in_2"));
        check(&[with("in_2", "void"), with("in_1", "void")], Some("in_2"));
    }

    /// An invoice with payments by these payment intents.
    fn invoice_with_payments(status: &str, payments: Option<&[(&str, &str)]>) -> StripeInvoice {
        let mut object = invoice("in_1", status, 0..30, false);
        let payment = |(intent, status): &(&str, &str)| {
            json!({
                "id": "inpay_1", "object": "invoice_payment", "amount_requested": 1_900, "created": 0, "currency": "usd",
                "invoice": "in_1", "is_default": true, "livemode": false, "status": status, "status_transitions": {},
                "payment": {"type": "payment_intent", "payment_intent": intent},
            })
        };
        object["amount_paid"] = json!(if status == "paid" { 1_900 } else { 0 });
        if let Some(payments) = payments {
            let data: Vec<Value> = payments.iter().map(payment).collect();
            object["payments"] = json!({"data": data, "has_more": false, "url": "/v1"});
        }
        miniserde::json::from_str(&object.to_string()).unwrap()
    }

    #[test]
    fn an_invoice_that_no_payment_intent_collects_was_paid_out_of_band() {
        for (status, payments, expected) in [
            ("paid", Some(&[("pi_1", "paid")][..]), false),
            ("paid", Some(&[("pi_1", "canceled"), ("pi_2", "paid")]), false),
            ("paid", Some(&[("pi_1", "canceled")]), true),
            ("paid", Some(&[]), true),
            // Stripe is about to say that it is paid.
            ("paid", Some(&[("pi_1", "open")]), false),
            ("paid", None, false),
            ("open", Some(&[("pi_1", "canceled")]), false),
        ] {
            assert_eq!(
                is_paid_out_of_band(&invoice_with_payments(status, payments)),
                expected,
                "{status} {payments:?}"
            );
        }
    }

    #[cfg(feature = "refunds")]
    #[test]
    fn of_several_payment_intents_only_those_that_were_paid_collected_an_invoice() {
        let payments = [("pi_1", "canceled"), ("pi_2", "paid"), ("pi_3", "open")];
        let invoice = invoice_with_payments("paid", Some(&payments));
        assert_eq!(collecting_payment_intents(&invoice).collect::<Vec<_>>(), ["pi_2"]);
    }
}
