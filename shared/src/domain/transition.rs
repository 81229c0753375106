//! What follows when a fact changes. Effects are written in the same transaction as the fact, so each happens once.

use serde::{Deserialize, Serialize};

use super::{DisputeId, DisputeStatus, Purchase, Standing};

/// Something that a change of a purchase brings about.
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
    for (dispute, to) in &new.disputes {
        let from = old.and_then(|old| old.disputes.get(dispute));
        if from != Some(to) {
            effects.push(Effect::DisputeChanged { dispute: dispute.clone(), from: from.cloned(), to: to.clone() });
        }
    }
    effects
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
            since: Timestamp::UNIX_EPOCH,
            also_paid: None,
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
