//! A learner's credit, computed from the referrals and the uses of credit, currency by currency, to the cent.
//!
//! | | |
//! |---|---|
//! | `would_earn` | what all paid referrals earn if everything goes well: `earned + reversed + suspended + beyond_cap` |
//! | `earned` | net of what was reversed, what a dispute suspends, and what is beyond the cap |
//! | `held` | of that, what cannot be spent yet |
//! | `available` | what can be spent: `max(0, earned - held - reserved - spent)` |
//! | `owed` | what is spent or reserved and not earned any more: `max(0, reserved + spent - (earned - held))` |
//!
//! So `earned + owed = held + available + reserved + spent`, and the next earnings pay off what is owed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::credit_use::CreditUse;
use super::money::Currency;
use super::referral::{Referral, ReferralCredit, ReferralPolicy, ReferralState};

/// A learner's referrals and uses of credit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferralLedger {
    referrals: Vec<Referral>,
    uses: Vec<CreditUse>,
}

/// The credit in one currency, in minor units; none of it is negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CreditBalance {
    /// What all paid referrals would earn, if no money went back and there were no cap.
    pub would_earn: i64,
    /// Of money that went back.
    pub reversed: i64,
    /// Of money that the bank holds.
    pub suspended: i64,
    /// Beyond what a learner can ever earn.
    pub beyond_cap: i64,
    /// What is left of it.
    pub earned: i64,
    /// Earned, and not to be spent yet.
    pub held: i64,
    /// To be spent.
    pub available: i64,
    /// For open checkouts.
    pub reserved: i64,
    /// Spent.
    pub spent: i64,
    /// Reserved or spent, and not earned any more.
    pub owed: i64,
}

/// How many referrals stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferralCounts {
    /// The money has not arrived.
    pub pending: usize,
    /// Paid, and the credit cannot be spent yet.
    pub confirmed: usize,
    /// The credit is the learner's.
    pub credited: usize,
    /// The money went back.
    pub reversed: usize,
    /// They earn nothing.
    pub rejected: usize,
}

/// One referral with its credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditedReferral<'a> {
    /// The referral.
    pub referral: &'a Referral,
    /// Its credit without the cap.
    pub credit: ReferralCredit,
    /// What is earned by it, in minor units.
    pub earned: i64,
}

impl ReferralLedger {
    /// A ledger. The order in which referrals are given does not matter.
    pub fn new(mut referrals: Vec<Referral>, uses: Vec<CreditUse>) -> Self {
        referrals.sort_by(|one, other| (one.paid_at, &one.payment).cmp(&(other.paid_at, &other.payment)));
        Self { referrals, uses }
    }

    /// Every referral with what it earns, in the order in which the cap counts them: by day of payment and id. What a dispute
    /// suspends takes no room under the cap until the dispute is won.
    pub fn credited_referrals(&self, policy: &ReferralPolicy) -> Vec<CreditedReferral<'_>> {
        let mut earned_so_far: BTreeMap<Currency, i64> = BTreeMap::new();
        let credited = self.referrals.iter().map(|referral| {
            let credit = referral.credit(policy);
            let so_far = earned_so_far.entry(referral.charged.currency).or_default();
            let room = policy.cap_in(referral.charged.currency).map(|cap| cap.saturating_sub(*so_far).max(0));
            let earned = room.map_or(credit.net, |room| credit.net.min(room));
            *so_far = so_far.saturating_add(earned);
            CreditedReferral { referral, credit, earned }
        });
        credited.collect()
    }

    /// The credit in every currency that occurs.
    pub fn balances(&self, policy: &ReferralPolicy, now: Timestamp) -> BTreeMap<Currency, CreditBalance> {
        let referred = self.referrals.iter().filter(|referral| referral.paid_at.is_some());
        let used = self.uses.iter().map(|one| one.reserved.currency);
        let currencies: BTreeSet<_> = referred.map(|referral| referral.charged.currency).chain(used).collect();
        currencies.into_iter().map(|currency| (currency, self.balance(policy, currency, now))).collect()
    }

    /// The credit in one currency.
    pub fn balance(&self, policy: &ReferralPolicy, currency: Currency, now: Timestamp) -> CreditBalance {
        let mut balance = CreditBalance::default();
        let add = |sum: &mut i64, amount: i64| *sum = sum.saturating_add(amount);
        for CreditedReferral { referral, credit, earned } in self.credited_referrals(policy) {
            if referral.charged.currency != currency {
                continue;
            }
            add(&mut balance.would_earn, credit.would_earn);
            add(&mut balance.reversed, credit.reversed);
            add(&mut balance.suspended, credit.suspended);
            add(&mut balance.beyond_cap, credit.net.saturating_sub(earned));
            add(&mut balance.earned, earned);
            if referral.is_on_hold(policy, now) {
                add(&mut balance.held, earned);
            }
        }
        for one in self.uses.iter().filter(|one| one.reserved.currency == currency) {
            add(&mut balance.reserved, one.reserved_amount());
            add(&mut balance.spent, one.spent_amount());
        }
        let credited = balance.earned.saturating_sub(balance.held);
        let used = balance.reserved.saturating_add(balance.spent);
        balance.available = credited.saturating_sub(used).max(0);
        balance.owed = used.saturating_sub(credited).max(0);
        balance
    }

    /// How many referrals stand where at `now`.
    pub fn counts(&self, policy: &ReferralPolicy, now: Timestamp) -> ReferralCounts {
        let mut counts = ReferralCounts::default();
        for referral in &self.referrals {
            let count = match referral.state(policy, now) {
                ReferralState::Pending => &mut counts.pending,
                ReferralState::Confirmed => &mut counts.confirmed,
                ReferralState::Credited => &mut counts.credited,
                ReferralState::Reversed => &mut counts.reversed,
                ReferralState::Rejected => &mut counts.rejected,
            };
            *count = count.saturating_add(1);
        }
        counts
    }
}

#[cfg(test)]
mod tests;
