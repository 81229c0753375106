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
