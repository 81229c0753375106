//! Shows the status of a payment, cell by cell.

use super::super::billing_period::BillingPeriod;
use super::super::id::{InvoiceId, PurchaseId};
use super::super::invoice_refunds::{InvoiceDispute, InvoiceRefunds};
use super::super::money::Currency;
use super::super::refund::RefundStatus;
use super::super::subscription::PeriodPayment;
use super::*;

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::parse("usd").unwrap())
}

fn refunds(refunds: &[(i64, &str)]) -> BTreeMap<RefundId, Refund> {
    let refund = |(index, (amount, status)): (usize, &(i64, &str))| {
        (RefundId::parse(format!("re_{index}")).unwrap(), Refund::new(*amount, RefundStatus::from(*status)))
    };
    refunds.iter().enumerate().map(refund).collect()
}

fn purchase(payment: Payment, refunded: &[(i64, &str)], dispute: Option<&str>) -> Purchase {
    Purchase {
        id: PurchaseId::parse("pi_1").unwrap(),
        product: ProductId::parse("a").unwrap(),
        price: None,
        charged: usd(1_000),
        payment,
        refunds: refunds(refunded),
        disputes: dispute
            .map(|status| (DisputeId::parse("dp_1").unwrap(), DisputeStatus::from(status)))
            .into_iter()
            .collect(),
        referrer: None,
        additional_products: Vec::new(),
        since: Timestamp::UNIX_EPOCH,
        paid_at: None,
    }
}

#[test]
fn a_purchase_is_pending_paid_refunded_disputed_or_failed() {
    use PaymentStatus::{Disputed, Failed, PartiallyRefunded, Pending, Refunded};
    for (payment, refunded, dispute, status) in [
        (Payment::Pending, &[][..], None, Pending),
        (Payment::Failed, &[], None, Failed),
        (Payment::Paid, &[], None, PaymentStatus::Paid),
        (Payment::Paid, &[(400, "succeeded")], None, PartiallyRefunded),
        (Payment::Paid, &[(400, "succeeded"), (600, "pending")], None, Refunded),
        (Payment::Paid, &[(400, "succeeded"), (600, "failed")], None, PartiallyRefunded),
        (Payment::Paid, &[(1_000, "failed")], None, PaymentStatus::Paid),
        (Payment::Paid, &[], Some("needs_response"), Disputed),
        (Payment::Paid, &[(1_000, "succeeded")], Some("lost"), Disputed),
        (Payment::Paid, &[(1_000, "succeeded")], Some("won"), Refunded),
        (Payment::Paid, &[], Some("warning_needs_response"), PaymentStatus::Paid),
    ] {
        let payment = LearnerPayment::from_purchase(&purchase(payment, refunded, dispute));
        assert_eq!(payment.status, status, "{refunded:?} {dispute:?}");
        assert_eq!(payment.payment_intent(), Some("pi_1"));
    }
}

fn invoice(status: &str, attempted: bool, paid: i64) -> Invoice {
    Invoice {
        id: InvoiceId::parse("in_1").unwrap(),
        subscription: SubscriptionId::parse("sub_1").unwrap(),
        number: None,
        status: InvoiceStatus::from(status),
        due: usd(1_900),
        paid,
        created: Timestamp::UNIX_EPOCH,
        paid_at: None,
        paid_out_of_band: false,
        product: ProductId::parse("premium").ok(),
        attempted,
        is_first: false,
        hosted_url: None,
        pdf_url: None,
    }
}

fn subscription(status: &str) -> Subscription {
    let day = |day: i64| Timestamp::new(day * 86_400, 0).unwrap();
    Subscription {
        id: SubscriptionId::parse("sub_1").unwrap(),
        product: ProductId::parse("plus").ok(),
        price: None,
        interval: None,
        status: SubscriptionStatus::from(status),
        period_start: day(0),
        period_end: day(30),
        period_payment: PeriodPayment::Paid,
        cancel_at_period_end: false,
        cancel_at: None,
        ended_at: None,
        trial_end: None,
        began_on_trial: false,
        trial_was_used: false,
        collection_paused: false,
        never_paid: false,
        schedule: None,
        scheduled_change: None,
        pending_update_expires_at: None,
        disputes: BTreeMap::new(),
        refunds: BTreeMap::new(),
        since: day(0),
    }
}

#[test]
fn an_invoice_is_a_payment_once_it_was_paid_or_could_not_be() {
    use PaymentStatus::{Failed, Paid, Pending};
    for (status, attempted, paid, subscription_status, expected) in [
        ("paid", true, 1_900, "active", Some(Paid)),
        // A trial, or all of it came from the balance.
        ("paid", false, 0, "trialing", None),
        ("open", true, 0, "past_due", Some(Failed)),
        ("open", true, 0, "incomplete", Some(Failed)),
        ("open", true, 0, "canceled", Some(Failed)),
        ("open", true, 0, "active", Some(Pending)),
        ("open", false, 0, "active", None),
        ("uncollectible", true, 0, "canceled", Some(Failed)),
        ("void", true, 0, "canceled", None),
        ("draft", false, 0, "active", None),
    ] {
        let found =
            LearnerPayment::from_invoice(&invoice(status, attempted, paid), Some(&subscription(subscription_status)));
        assert_eq!(found.map(|payment| payment.status), expected, "{status} {attempted} {subscription_status}");
    }
}

#[test]
fn an_invoice_has_the_refunds_and_disputes_of_its_own_payment() {
    let id = |id: &str| InvoiceId::parse(id).unwrap();
    let mut of = subscription("active");
    let period = BillingPeriod { start: of.period_start, end: of.period_end };
    for (invoice, amount) in [("in_1", 500), ("in_2", 1_900)] {
        let refunds = refunds(&[(amount, "succeeded")]);
        of.refunds.insert(id(invoice), InvoiceRefunds { period, is_of_change: false, paid: 1_900, refunds });
    }
    let dispute = |invoice: &str| InvoiceDispute {
        status: DisputeStatus::Lost,
        period: Some(period),
        invoice: InvoiceId::parse(invoice).ok(),
    };
    of.disputes.insert(DisputeId::parse("dp_2").unwrap(), dispute("in_2"));
    let payment = |of: &Subscription| LearnerPayment::from_invoice(&invoice("paid", true, 1_900), Some(of)).unwrap();
    let found = payment(&of);
    assert_eq!((found.status, found.refunded(), found.dispute), (PaymentStatus::PartiallyRefunded, 500, None));
    assert_eq!(found.products, [ProductId::parse("premium").unwrap()], "the plan of that time");
    of.disputes.insert(DisputeId::parse("dp_1").unwrap(), dispute("in_1"));
    assert_eq!(payment(&of).status, PaymentStatus::Disputed);
}
