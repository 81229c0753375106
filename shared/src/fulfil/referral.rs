//! What a buyer's purchase or subscription means for the ledger of the referrer. It is written in the transaction of the fact, so that
//! the ledger is a projection of the facts.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Fact, Invoice, InvoiceStatus, Money, PaymentId, Purchase, Referral, Referred, RefundRequest, Subscription, UserId,
};
use crate::store::{FactsAndCheckouts, TableChange, Versioned};
use crate::stripe::Sale;

/// How long the first payment after a trial may take: Stripe finalizes its invoice an hour later, and tries again for days.
const FIRST_PAYMENT_LEEWAY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That the learner was referred by this purchase: it is paid, names a referrer, and the learner has paid for nothing before. A
/// purchase that cost nothing, by a code or by credit, does not count.
pub(super) fn referred_by_purchase(sale: &Sale, read: &FactsAndCheckouts, purchase: &Purchase) -> Option<Referred> {
    let referrer = referrer(sale)?.clone();
    let is_first =
        purchase.was_paid_for() && read.referred.is_none() && !has_paid_before(&read.facts, purchase.id.as_str());
    is_first.then(|| Referred {
        referrer,
        payment: purchase.id.clone().into(),
        subscription: None,
        charged: purchase.charged,
        created_at: purchase.since,
        paid_at: purchase.paid_at.unwrap_or(purchase.since),
        rejection: None,
    })
}

/// The same, by the invoice of a plan.
pub(super) fn referred_by_invoice(
    sale: &Sale,
    read: &FactsAndCheckouts,
    invoice: &Invoice,
    now: Timestamp,
) -> Option<Referred> {
    let referrer = referrer(sale)?.clone();
    let is_paid = invoice.status == InvoiceStatus::Paid && invoice.paid > 0;
    let is_first = is_paid && read.referred.is_none() && !has_paid_before(&read.facts, invoice.subscription.as_str());
    is_first.then(|| Referred {
        referrer,
        payment: invoice.id.clone().into(),
        subscription: Some(invoice.subscription.clone()),
        charged: Money::new(invoice.paid, invoice.due.currency),
        created_at: invoice.created,
        paid_at: invoice.paid_at.unwrap_or(now),
        rejection: None,
    })
}

/// Nobody refers themselves.
fn referrer(sale: &Sale) -> Option<&UserId> {
    sale.referrer.as_ref().filter(|referrer| **referrer != sale.user)
}

/// Whether the learner has paid for something other than the fact with this id.
fn has_paid_before(facts: &[Versioned<Fact>], id: &str) -> bool {
    facts.iter().any(|fact| fact.value.was_paid_for() && fact.value.id() != id)
}

/// What is known of a referral, before the update and after it.
pub(super) struct ReferralUpdate<'a> {
    /// By which payment the learner was referred, as it was read.
    pub(super) known: Option<&'a Referred>,
    /// The same, as far as this update says so.
    pub(super) new: Option<&'a Referred>,
    /// The refund requests that were read.
    pub(super) read: &'a [Versioned<RefundRequest>],
}

impl ReferralUpdate<'_> {
    /// The changes that follow from a purchase, beside those of its refund requests.
    pub(super) fn of_purchase(
        &self,
        sale: &Sale,
        stored: Option<&Purchase>,
        next: &Purchase,
        requests: &[TableChange],
    ) -> Vec<TableChange> {
        let before = stored.and_then(|stored| Referral::of_purchase(stored, self.known));
        self.changes(sale, before, Referral::of_purchase(next, self.known.or(self.new)), requests)
    }

    /// The changes that follow from a subscription, beside those of its refund requests.
    pub(super) fn of_subscription(
        &self,
        sale: &Sale,
        stored: Option<&Subscription>,
        next: &Subscription,
        requests: &[TableChange],
    ) -> Vec<TableChange> {
        let before = stored.zip(self.known).and_then(|(stored, known)| Referral::of_subscription(stored, known));
        let known = self.known.or(self.new);
        self.changes(sale, before, known.and_then(|known| Referral::of_subscription(next, known)), requests)
    }

    fn changes(
        &self,
        sale: &Sale,
        before: Option<Referral>,
        after: Option<Referral>,
        requests: &[TableChange],
    ) -> Vec<TableChange> {
        let Some(referrer) = referrer(sale).cloned() else { return Vec::new() };
        let new = self.new.filter(|_| self.known.is_none()).map(|new| Box::new(new.clone()));
        let new = new.map(|referred| TableChange::Referred { user: sale.user.clone(), referred });
        let refund_requested = after.as_ref().and_then(|after| self.refund_requested(&after.payment, requests));
        // A row that has not changed is not written again: its purchase is not either, so no version would guard it.
        let row = match (after, refund_requested) {
            (Some(after), _) if before.as_ref() != Some(&after) => {
                Some(TableChange::Referral { referrer, referral: Box::new(after), refund_requested })
            }
            (Some(after), Some(refund_requested)) => {
                Some(TableChange::HoldReferral { referrer, payment: after.payment, refund_requested })
            }
            _ => None,
        };
        new.into_iter().chain(row).collect()
    }

    /// Whether a refund is asked for, if that changes with this update. Otherwise a request that is made meanwhile says so itself.
    fn refund_requested(&self, payment: &PaymentId, requests: &[TableChange]) -> Option<bool> {
        requests.iter().find_map(|change| {
            let TableChange::RefundRequest { request, .. } = change else { return None };
            let read = self.read.iter().find(|read| read.value.id == request.id);
            let before = read.is_some_and(|read| read.value.status.holds_credit());
            let after = request.status.holds_credit();
            (request.payment == *payment && before != after).then_some(after)
        })
    }
}

/// What the changes of a purchase mean for the pending referral of its checkout: it ends with the checkout, or when the purchase stands
/// in the ledger itself.
pub(super) fn open_referral_of_purchase(sale: &Sale, changes: &[TableChange]) -> Option<TableChange> {
    let is_over = changes.iter().any(|change| {
        let is_new = matches!(change, TableChange::Purchase { expected_version: None, .. });
        is_new || matches!(change, TableChange::CloseCheckout { .. } | TableChange::Referred { .. })
    });
    is_over.then(|| open_referral(sale, None))?
}

/// The same of a subscription: until an invoice of it counts, the referral is pending as long as the subscription runs. In a trial, or
/// after a first invoice of 0, a later one may count.
pub(super) fn open_referral_of_subscription(
    sale: &Sale,
    read: &FactsAndCheckouts,
    stored: Option<&Subscription>,
    changes: &[TableChange],
) -> Option<TableChange> {
    let next = changes.iter().find_map(|change| match change {
        TableChange::Subscription { subscription, .. } => Some(subscription),
        _ => None,
    });
    let before = stored.and_then(pending_until);
    let after = next.map_or(before, pending_until);
    let is_referred = changes.iter().any(|change| matches!(change, TableChange::Referred { .. }));
    let is_closed = changes.iter().any(|change| matches!(change, TableChange::CloseCheckout { .. }));
    match after.filter(|_| !is_referred && read.referred.is_none()) {
        Some(until) => (before != after).then(|| open_referral(sale, Some(until)))?,
        None => (is_referred || is_closed || before != after && read.referred.is_none())
            .then(|| open_referral(sale, None))?,
    }
}

fn open_referral(sale: &Sale, open_until: Option<Timestamp>) -> Option<TableChange> {
    let (referrer, user) = (referrer(sale)?.clone(), sale.user.clone());
    Some(TableChange::OpenReferral { referrer, user, scope: sale.checkout_scope(), open_until })
}

/// Until when a subscription that has not paid yet may still do so, as far as is known; the next period says more.
fn pending_until(subscription: &Subscription) -> Option<Timestamp> {
    let until = subscription.period_end.checked_add(FIRST_PAYMENT_LEEWAY).unwrap_or(Timestamp::MAX);
    subscription.is_live().then_some(until)
}

/// What a refund request that is made or decided means for the referral of its payment.
#[cfg(any(test, feature = "refunds"))]
pub(super) fn hold_change(referred: Option<&Referred>, request: &RefundRequest) -> Option<TableChange> {
    let referred = referred.filter(|referred| referred.payment == request.payment)?;
    Some(TableChange::HoldReferral {
        referrer: referred.referrer.clone(),
        payment: referred.payment.clone(),
        refund_requested: request.status.holds_credit(),
    })
}
