//! The transitions of a fact: what changed that is worth an audit entry. They are written in the same transaction as the fact, so
//! each is written once.

use serde::Serialize;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::credit_use::{CreditUse, CreditUseState};
use super::dispute::DisputeStatus;
use super::id::{CreditUseId, DisputeId, ProductId, RefundRequestId};
use super::money::Money;
use super::purchase::{Purchase, PurchaseStatus};
use super::refund_request::{RefundRequestActor, RefundRequestStatus};
use super::subscription::{Subscription, SubscriptionStatus};

/// A change of a fact that an operator or a learner would notice. It is written to the audit log, which nothing here reads: its
/// older entries have older words (`moved` for `purchase_status_changed`, `subscription_moved` for `subscription_status_changed`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Transition {
    /// The status of the purchase changed. `from` is `None` when there was no purchase before.
    PurchaseStatusChanged {
        /// Before.
        from: Option<PurchaseStatus>,
        /// Now.
        to: PurchaseStatus,
    },
    /// The sum of the refunds changed, in minor units.
    RefundsChanged {
        /// Sum before.
        from: i64,
        /// Sum now.
        to: i64,
    },
    /// A dispute was opened or moved on.
    DisputeChanged {
        /// Which.
        dispute: DisputeId,
        /// Before; `None` when it is new.
        from: Option<DisputeStatus>,
        /// Now.
        to: DisputeStatus,
    },
    /// The status of the subscription changed. `from` is `None` when there was no subscription before.
    SubscriptionStatusChanged {
        /// Before.
        from: Option<SubscriptionStatus>,
        /// Now.
        to: SubscriptionStatus,
    },
    /// The plan of the subscription changed; `None` is something that we do not sell.
    PlanChanged {
        /// Before.
        from: Option<ProductId>,
        /// Now.
        to: Option<ProductId>,
    },
    /// Its current period ends at another time.
    PeriodChanged {
        /// Before.
        from: Timestamp,
        /// Now.
        to: Timestamp,
    },
    /// It will end at another time, or not any more (`None`).
    EndChanged {
        /// Before.
        from: Option<Timestamp>,
        /// Now.
        to: Option<Timestamp>,
    },
    /// The status of a refund request changed. `from` is `None` when it was made.
    RefundRequestStatusChanged {
        /// Which.
        request: RefundRequestId,
        /// Before.
        from: Option<RefundRequestStatus>,
        /// Now.
        to: RefundRequestStatus,
        /// Who changed it.
        by: RefundRequestActor,
        /// What goes back, in minor units, if it is approved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<i64>,
    },
    /// Reserved credit was spent or released, or spent credit was given back.
    CreditUseChanged {
        /// Which use.
        credit_use: CreditUseId,
        /// Before.
        from: CreditUseState,
        /// Now.
        to: CreditUseState,
        /// What was reserved.
        reserved: Money,
    },
}

/// The transitions from `old` to `new`. Empty if nothing changed that a learner or an operator would notice.
pub fn purchase_transitions(old: Option<&Purchase>, new: &Purchase) -> Vec<Transition> {
    let mut transitions = Vec::new();
    let (from, to) = (old.map(Purchase::status), new.status());
    if from.as_ref() != Some(&to) {
        transitions.push(Transition::PurchaseStatusChanged { from, to });
    }
    let (refunded, refunds) = (old.map_or(0, Purchase::refunded), new.refunded());
    if refunded != refunds {
        transitions.push(Transition::RefundsChanged { from: refunded, to: refunds });
    }
    transitions.extend(disputes(old.map(|old| &old.disputes), &new.disputes, |status| status));
    transitions
}

/// The same, of a use of credit.
pub fn credit_use_transitions(old: &CreditUse, new: &CreditUse) -> Vec<Transition> {
    let changed = (old.state != new.state).then(|| Transition::CreditUseChanged {
        credit_use: new.id.clone(),
        from: old.state.clone(),
        to: new.state.clone(),
        reserved: new.reserved,
    });
    changed.into_iter().collect()
}

/// The same, of a subscription.
pub fn subscription_transitions(old: Option<&Subscription>, new: &Subscription) -> Vec<Transition> {
    let mut transitions = Vec::new();
    if old.map(|old| &old.status) != Some(&new.status) {
        transitions.push(Transition::SubscriptionStatusChanged {
            from: old.map(|old| old.status.clone()),
            to: new.status.clone(),
        });
    }
    if let Some(old) = old {
        if old.product != new.product {
            transitions.push(Transition::PlanChanged { from: old.product.clone(), to: new.product.clone() });
        }
        if old.period_end != new.period_end {
            transitions.push(Transition::PeriodChanged { from: old.period_end, to: new.period_end });
        }
    }
    let (from, to) = (old.and_then(Subscription::ends_at), new.ends_at());
    if from != to {
        transitions.push(Transition::EndChanged { from, to });
    }
    let (from, to) = (old.map_or(0, refunded), refunded(new));
    if from != to {
        transitions.push(Transition::RefundsChanged { from, to });
    }
    transitions.extend(disputes(old.map(|old| &old.disputes), &new.disputes, |dispute| &dispute.status));
    transitions
}

/// `status` reads where a dispute stands.
fn disputes<D>(
    old: Option<&BTreeMap<DisputeId, D>>,
    new: &BTreeMap<DisputeId, D>,
    status: fn(&D) -> &DisputeStatus,
) -> impl Iterator<Item = Transition> {
    new.iter().filter_map(move |(dispute, to)| {
        let (from, to) = (old.and_then(|old| old.get(dispute)).map(status), status(to));
        let changed = from != Some(to);
        changed.then(|| Transition::DisputeChanged { dispute: dispute.clone(), from: from.cloned(), to: to.clone() })
    })
}

/// What went back of all its invoices, in minor units.
fn refunded(subscription: &Subscription) -> i64 {
    let invoices = subscription.refunds.values();
    invoices.fold(0, |sum, invoice| sum.saturating_add(invoice.refunded()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::id::{ProductId, PurchaseId, RefundId};
    use crate::domain::money::{Currency, Money};
    use crate::domain::purchase::Payment;
    use crate::domain::refund::{Refund, RefundStatus};

    fn purchase(payment: Payment) -> Purchase {
        Purchase {
            id: PurchaseId::parse("pi_1").unwrap(),
            product: ProductId::parse("a").unwrap(),
            price: None,
            charged: Money::new(1_000, Currency::parse("usd").unwrap()),
            payment,
            refunds: [].into(),
            disputes: [].into(),
            referrer: None,
            additional_products: Vec::new(),
            since: Timestamp::UNIX_EPOCH,
            paid_at: None,
        }
    }

    fn refunded(status: RefundStatus) -> Purchase {
        let refund = Refund::new(1_000, status);
        Purchase { refunds: [(RefundId::parse("re_1").unwrap(), refund)].into(), ..purchase(Payment::Paid) }
    }

    #[test]
    fn nothing_follows_when_nothing_changed() {
        for same in [purchase(Payment::Paid), refunded(RefundStatus::Succeeded)] {
            assert_eq!(purchase_transitions(Some(&same), &same), []);
        }
        // Arrived is as good as on its way.
        assert_eq!(
            purchase_transitions(Some(&refunded(RefundStatus::Pending)), &refunded(RefundStatus::Succeeded)),
            []
        );
    }

    #[test]
    fn a_purchase_that_is_first_seen_refunded_says_so() {
        let to = PurchaseStatus::Refunded;
        let expected =
            [Transition::PurchaseStatusChanged { from: None, to }, Transition::RefundsChanged { from: 0, to: 1_000 }];
        assert_eq!(purchase_transitions(None, &refunded(RefundStatus::Succeeded)), expected);
    }

    #[test]
    fn a_refund_that_fails_is_undone() {
        let (before, now) = (refunded(RefundStatus::Pending), refunded(RefundStatus::Failed));
        let expected = [
            Transition::PurchaseStatusChanged { from: Some(PurchaseStatus::Refunded), to: PurchaseStatus::Open },
            Transition::RefundsChanged { from: 1_000, to: 0 },
        ];
        assert_eq!(purchase_transitions(Some(&before), &now), expected);
    }

    #[test]
    fn every_dispute_is_told_apart() {
        let disputes = ["dp_1", "dp_2"].map(|id| (DisputeId::parse(id).unwrap(), DisputeStatus::Won));
        let now = Purchase { disputes: disputes.into(), ..purchase(Payment::Paid) };
        let transitions = purchase_transitions(Some(&purchase(Payment::Paid)), &now);
        assert_eq!(transitions.len(), 2);
        assert!(
            transitions.iter().all(|transition| matches!(transition, Transition::DisputeChanged { from: None, .. }))
        );
    }
}
