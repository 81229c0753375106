//! What follows when a fact changes. Effects are written in the same transaction as the fact, so each happens once.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{DisputeId, DisputeStatus, ProductId, Purchase, Standing, Subscription, SubscriptionStatus};

/// Something that a change of a fact brings about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// The purchase stands elsewhere now; `from` is `None` when it was unknown.
    Moved {
        /// Before.
        from: Option<Standing>,
        /// Now.
        to: Standing,
    },
    /// Other money has gone back than before, in minor units.
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
    /// The subscription stands elsewhere now; `from` is `None` when it was unknown.
    SubscriptionMoved {
        /// Before.
        from: Option<SubscriptionStatus>,
        /// Now.
        to: SubscriptionStatus,
    },
    /// It is another plan now; `None` is something that we do not sell.
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
}

/// What leads from `old` to `new`. Empty exactly when nothing a learner or an operator would notice has changed.
pub fn transitions(old: Option<&Purchase>, new: &Purchase) -> Vec<Effect> {
    let mut effects = Vec::new();
    let (from, to) = (old.map(Purchase::standing), new.standing());
    if from.as_ref() != Some(&to) {
        effects.push(Effect::Moved { from, to });
    }
    let (refunded, refunds) = (old.map_or(0, Purchase::refunded), new.refunded());
    if refunded != refunds {
        effects.push(Effect::RefundsChanged { from: refunded, to: refunds });
    }
    effects.extend(disputes(old.map(|old| &old.disputes), &new.disputes, |status| status));
    effects
}

/// The same, of a subscription.
pub fn subscription_transitions(old: Option<&Subscription>, new: &Subscription) -> Vec<Effect> {
    let mut effects = Vec::new();
    if old.map(|old| &old.status) != Some(&new.status) {
        effects.push(Effect::SubscriptionMoved { from: old.map(|old| old.status.clone()), to: new.status.clone() });
    }
    if let Some(old) = old {
        if old.product != new.product {
            effects.push(Effect::PlanChanged { from: old.product.clone(), to: new.product.clone() });
        }
        if old.period_end != new.period_end {
            effects.push(Effect::PeriodChanged { from: old.period_end, to: new.period_end });
        }
    }
    let (from, to) = (old.and_then(Subscription::ends_at), new.ends_at());
    if from != to {
        effects.push(Effect::EndChanged { from, to });
    }
    let (from, to) = (old.map_or(0, refunded), refunded(new));
    if from != to {
        effects.push(Effect::RefundsChanged { from, to });
    }
    effects.extend(disputes(old.map(|old| &old.disputes), &new.disputes, |dispute| &dispute.status));
    effects
}

/// `status` reads where a dispute stands.
fn disputes<D>(
    old: Option<&BTreeMap<DisputeId, D>>,
    new: &BTreeMap<DisputeId, D>,
    status: fn(&D) -> &DisputeStatus,
) -> impl Iterator<Item = Effect> {
    new.iter().filter_map(move |(dispute, to)| {
        let (from, to) = (old.and_then(|old| old.get(dispute)).map(status), status(to));
        let changed = from != Some(to);
        changed.then(|| Effect::DisputeChanged { dispute: dispute.clone(), from: from.cloned(), to: to.clone() })
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
    use crate::domain::{Currency, Money, Payment, ProductId, PurchaseId, Refund, RefundId, RefundStatus};

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
            also: Vec::new(),
            since: Timestamp::UNIX_EPOCH,
        }
    }

    fn refunded(status: RefundStatus) -> Purchase {
        let refund = Refund { amount: 1_000, status };
        Purchase { refunds: [(RefundId::parse("re_1").unwrap(), refund)].into(), ..purchase(Payment::Paid) }
    }

    #[test]
    fn nothing_follows_when_nothing_changed() {
        for same in [purchase(Payment::Paid), refunded(RefundStatus::Succeeded)] {
            assert_eq!(transitions(Some(&same), &same), []);
        }
        // Arrived is as good as on its way.
        assert_eq!(transitions(Some(&refunded(RefundStatus::Pending)), &refunded(RefundStatus::Succeeded)), []);
    }

    #[test]
    fn a_purchase_that_is_first_seen_refunded_says_so() {
        let to = Standing::Refunded;
        let expected = [Effect::Moved { from: None, to }, Effect::RefundsChanged { from: 0, to: 1_000 }];
        assert_eq!(transitions(None, &refunded(RefundStatus::Succeeded)), expected);
    }

    #[test]
    fn a_refund_that_fails_is_undone() {
        let (before, now) = (refunded(RefundStatus::Pending), refunded(RefundStatus::Failed));
        let expected = [
            Effect::Moved { from: Some(Standing::Refunded), to: Standing::Open },
            Effect::RefundsChanged { from: 1_000, to: 0 },
        ];
        assert_eq!(transitions(Some(&before), &now), expected);
    }

    #[test]
    fn every_dispute_is_told_apart() {
        let disputes = ["dp_1", "dp_2"].map(|id| (DisputeId::parse(id).unwrap(), DisputeStatus::Won));
        let now = Purchase { disputes: disputes.into(), ..purchase(Payment::Paid) };
        let effects = transitions(Some(&purchase(Payment::Paid)), &now);
        assert_eq!(effects.len(), 2);
        assert!(effects.iter().all(|effect| matches!(effect, Effect::DisputeChanged { from: None, .. })));
    }
}
