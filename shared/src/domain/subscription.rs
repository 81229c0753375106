//! A subscription, projected from Stripe's object, and what access it gives.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::billing_period::BillingPeriod;
use super::dispute::DisputeStatus;
use super::id::{DisputeId, InvoiceId, PriceId, ProductId, SubscriptionId};
use super::invoice::{Invoice, InvoiceStatus};
use super::invoice_refunds::{InvoiceDispute, InvoiceRefunds};
use super::plan::Interval;
use super::string_enum::string_enum;

/// What is shown of an `active` subscription whose money is on its way.
pub(super) const PAYMENT_PENDING: &str = "payment_pending";

/// Stripe's subscription statuses. See <https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum SubscriptionStatus {
    /// The first payment has not been made; Stripe waits 23 hours for it.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// Not paid yet, on purpose.
    Trialing,
    /// Paid.
    Active,
    /// A renewal failed; Stripe tries again.
    PastDue,
    /// Over.
    Canceled,
    /// A renewal failed for good, and the subscription was kept.
    Unpaid,
    /// A trial ended without a payment method.
    Paused,
    /// A status that this version does not know.
    Unknown(String),
}

string_enum!(SubscriptionStatus {
    "incomplete" => Incomplete,
    "incomplete_expired" => IncompleteExpired,
    "trialing" => Trialing,
    "active" => Active,
    "past_due" => PastDue,
    "canceled" => Canceled,
    "unpaid" => Unpaid,
    "paused" => Paused,
});

/// How the invoice of the current period stands. Stripe's status alone does not say that a period was paid for: it is
/// `active` while a bank debit is on its way, after an invoice was written off, and while nothing is collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodPayment {
    /// Paid, or nothing was to be paid: a trial, a full discount, credit.
    // Facts that were written before this was known were open by their status.
    #[default]
    Paid,
    /// Not paid yet, and not a renewal: the first period, or one that a change began. It opens nothing.
    Pending,
    /// Not paid yet, as every renewal is for an hour.
    RenewalPending,
    /// A payment of a renewal is processing (a bank debit takes days), and an earlier invoice was paid.
    RenewalProcessing,
    /// Written off, voided, or there is no invoice.
    NotCollected,
}

/// What is known of a period's invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodInvoice {
    /// Where it stands.
    pub status: InvoiceStatus,
    /// It is for another period of what ran before.
    pub is_renewal: bool,
    /// A payment of it is processing.
    pub is_processing: bool,
}

impl PeriodPayment {
    /// How a period stands by its invoice. `paid_before` says that an earlier invoice of the subscription that was not
    /// for nothing has been paid.
    pub fn from_invoice(invoice: Option<&PeriodInvoice>, paid_before: bool) -> Self {
        let Some(PeriodInvoice { status, is_renewal, is_processing }) = invoice else { return Self::NotCollected };
        match status {
            InvoiceStatus::Paid => Self::Paid,
            InvoiceStatus::Draft | InvoiceStatus::Open if !is_renewal => Self::Pending,
            InvoiceStatus::Open if *is_processing && paid_before => Self::RenewalProcessing,
            InvoiceStatus::Draft | InvoiceStatus::Open => Self::RenewalPending,
            InvoiceStatus::Uncollectible | InvoiceStatus::Void | InvoiceStatus::Unknown(_) => Self::NotCollected,
        }
    }
}

/// The fact of a subscription: the projection of Stripe's subscription, with the disputes and refunds of its invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Stripe's subscription.
    pub id: SubscriptionId,
    /// The plan; `None` since it was changed to something that we do not sell. Then it opens nothing.
    pub product: Option<ProductId>,
    /// The price of the item that is ours.
    pub price: Option<PriceId>,
    /// How often it is paid.
    pub interval: Option<Interval>,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// When the item's current period began.
    pub period_start: Timestamp,
    /// When the item's current period ends.
    pub period_end: Timestamp,
    /// Whether the current period was paid for.
    #[serde(default)]
    pub period_payment: PeriodPayment,
    /// It ends with the current period.
    pub cancel_at_period_end: bool,
    /// It ends then.
    pub cancel_at: Option<Timestamp>,
    /// It ended then.
    pub ended_at: Option<Timestamp>,
    /// When the trial ends, or ended; `None` when there was none. It stays: a learner has one trial.
    pub trial_end: Option<Timestamp>,
    /// It began with its trial; an operator may give one later.
    #[serde(default)]
    pub began_on_trial: bool,
    /// It was ended because the learner had another trial already.
    #[serde(default)]
    pub trial_was_used: bool,
    /// No money is collected for now. Stripe keeps the status meanwhile.
    pub collection_paused: bool,
    /// No invoice of it that asked for money was ever paid. It is known where it decides: after a renewal that failed, and while
    /// collection is paused.
    // Facts that were written before this was known were open by their status.
    #[serde(default)]
    pub never_paid: bool,
    /// A change waits for its payment, until then at the latest; the subscription goes on as it was meanwhile.
    /// See <https://docs.stripe.com/billing/subscriptions/pending-updates>.
    #[serde(alias = "change_waits_until", default)]
    pub pending_update_expires_at: Option<Timestamp>,
    /// Stripe's schedule that manages it. Until it is released, nothing else can change the price or the end.
    /// See <https://docs.stripe.com/billing/subscriptions/subscription-schedules>.
    #[serde(default)]
    pub schedule: Option<String>,
    /// What that changes next.
    #[serde(default)]
    pub scheduled_change: Option<ScheduledChange>,
    /// Every dispute of its invoices, by its id.
    #[serde(default)]
    pub disputes: BTreeMap<DisputeId, InvoiceDispute>,
    /// What went back of its invoices.
    #[serde(default)]
    pub refunds: BTreeMap<InvoiceId, InvoiceRefunds>,
    /// When Stripe created it.
    pub since: Timestamp,
}

/// Another price that a schedule sets later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledChange {
    /// Which price.
    pub price: PriceId,
    /// When it takes effect.
    pub at: Timestamp,
}

/// What becomes of a trial when the plan is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialAfterChange {
    /// It goes on as it was, or there is none.
    Unchanged,
    /// It is over: the new plan is charged at once.
    EndsNow,
    /// It ends sooner.
    EndsAt(Timestamp),
}

/// What to do with a subscription after a lost dispute. The learner must not be charged again for what the bank took
/// back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostDisputeAction {
    /// It ends now.
    CancelNow,
    /// It ends with the current period, which is paid for and not disputed. A change that waits for its payment is withdrawn.
    CancelAtPeriodEnd,
    /// It has ended, or will with its period.
    NothingToDo,
}

/// The installation's rules for subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionPolicy {
    /// How long access outlives a period that is to be renewed, for a webhook that is late.
    pub renewal_leeway: SignedDuration,
    /// How long after the beginning of a renewed period that could not be paid access stays. Zero closes at once.
    pub past_due_grace: SignedDuration,
    /// How long after the beginning of a renewed period access stays while its payment is processing.
    pub pending_debit_grace: SignedDuration,
    /// Whether access goes on while the collection of payments is paused.
    pub paused_collection: PausedCollectionAccess,
    /// Whether a full refund of a period's invoice closes that period.
    pub refund_closes_period: bool,
}

/// What a subscription opens while the collection of its payments is paused.
/// See <https://docs.stripe.com/billing/subscriptions/pause-payment>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PausedCollectionAccess {
    /// What was paid for, until the paid period ends.
    #[default]
    UntilPaidPeriodEnds,
    /// Everything, as if it were paid, for those who have paid before.
    AsIfPaid,
}

impl Default for SubscriptionPolicy {
    /// Three days for a late webhook, none for a failed payment, two weeks for a bank debit.
    fn default() -> Self {
        Self {
            renewal_leeway: SignedDuration::from_hours(3 * 24),
            past_due_grace: SignedDuration::ZERO,
            pending_debit_grace: SignedDuration::from_hours(14 * 24),
            paused_collection: PausedCollectionAccess::default(),
            refund_closes_period: true,
        }
    }
}

/// What access a subscription gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionAccessStatus {
    /// Open, until then unless it is renewed.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// A payment failed, or none is collected.
    PastDue,
    /// The money for the current period is on its way.
    PaymentPending,
    /// The first payment has not been made.
    Incomplete,
    /// A trial ended without a payment method.
    Paused,
    /// Over.
    Ended,
    /// Canceled at once, because the learner had another trial before.
    TrialUsed,
    /// The money for the current period went back.
    Refunded,
    /// The bank holds the money for the current period.
    Disputed {
        /// Which dispute.
        dispute: DisputeId,
    },
    /// A status that this version does not know.
    Unknown,
}

impl Subscription {
    /// Where it stands at `now`.
    pub fn access_status(&self, now: Timestamp, policy: &SubscriptionPolicy) -> SubscriptionAccessStatus {
        if let Some(dispute) = self.blocking_dispute() {
            return SubscriptionAccessStatus::Disputed { dispute: dispute.clone() };
        }
        if self.is_live() && policy.refund_closes_period && self.is_period_refunded() {
            return SubscriptionAccessStatus::Refunded;
        }
        match self.status {
            // A trial costs nothing.
            SubscriptionStatus::Trialing => {
                open_if_before(now, self.access_until(policy), SubscriptionAccessStatus::Ended)
            }
            SubscriptionStatus::Active | SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid => {
                self.access_status_by_payment(now, policy)
            }
            SubscriptionStatus::Incomplete => SubscriptionAccessStatus::Incomplete,
            SubscriptionStatus::Paused => SubscriptionAccessStatus::Paused,
            SubscriptionStatus::Canceled if self.trial_was_used => SubscriptionAccessStatus::TrialUsed,
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => SubscriptionAccessStatus::Ended,
            SubscriptionStatus::Unknown(_) => SubscriptionAccessStatus::Unknown,
        }
    }

    /// What counts is whether the current period was paid for. Stripe is past due after any invoice that could not be
    /// paid, also one of a change.
    fn access_status_by_payment(&self, now: Timestamp, policy: &SubscriptionPolicy) -> SubscriptionAccessStatus {
        use SubscriptionAccessStatus::{Ended, PastDue, PaymentPending};
        let within = |grace| self.capped_at_end(add_saturating(self.period_start, grace));
        if self.opens_while_paused(policy) {
            return open_if_before(now, self.access_until(policy), Ended);
        }
        match self.period_payment {
            PeriodPayment::Paid => open_if_before(now, self.access_until(policy), Ended),
            PeriodPayment::RenewalPending | PeriodPayment::RenewalProcessing if self.has_grace(policy) => {
                open_if_before(now, within(policy.past_due_grace), PastDue)
            }
            _ if self.past_due() || self.collection_paused => PastDue,
            PeriodPayment::NotCollected => PastDue,
            PeriodPayment::Pending => PaymentPending,
            PeriodPayment::RenewalPending => open_if_before(now, within(policy.renewal_leeway), PaymentPending),
            PeriodPayment::RenewalProcessing => open_if_before(now, within(policy.pending_debit_grace), PaymentPending),
        }
    }

    /// Whether a renewal that failed has days of grace. Who has never paid gets none: repeated, they would never have to.
    fn has_grace(&self, policy: &SubscriptionPolicy) -> bool {
        // Without grace no clock takes part: ours may be behind Stripe's.
        self.status == SubscriptionStatus::PastDue && !self.never_paid && policy.past_due_grace.is_positive()
    }

    /// Whether it opens as if it were paid, because its collection is paused.
    fn opens_while_paused(&self, policy: &SubscriptionPolicy) -> bool {
        let as_if_paid = policy.paused_collection == PausedCollectionAccess::AsIfPaid;
        self.collection_paused && !self.never_paid && as_if_paid
    }

    /// Until when a paid subscription gives access if no further event arrives. The leeway covers a late event of a
    /// renewal. A subscription that will not be renewed, or not be charged, gets none.
    fn access_until(&self, policy: &SubscriptionPolicy) -> Timestamp {
        let is_charged = !self.collection_paused || self.opens_while_paused(policy);
        let renewal_leeway = if is_charged && !self.past_due() { policy.renewal_leeway } else { SignedDuration::ZERO };
        self.capped_at_end(add_saturating(self.period_end, renewal_leeway))
    }

    fn capped_at_end(&self, until: Timestamp) -> Timestamp {
        self.ends_at().map_or(until, |end| end.min(until))
    }

    /// Stripe's status, or `payment_pending` where Stripe says `active` of a period whose payment has not arrived.
    pub fn display_status(&self) -> &str {
        match (&self.status, self.period_payment) {
            (
                SubscriptionStatus::Active,
                PeriodPayment::Pending | PeriodPayment::RenewalPending | PeriodPayment::RenewalProcessing,
            ) => PAYMENT_PENDING,
            (status, _) => status.as_str(),
        }
    }

    /// Whether the current period was paid for, or is a trial, as a change of the subscription requires.
    pub fn is_paid_or_on_trial(&self) -> bool {
        self.on_trial() || self.period_payment == PeriodPayment::Paid
    }

    /// It is live, and its current period is not paid.
    pub fn waits_for_payment(&self) -> bool {
        self.is_live() && !self.is_paid_or_on_trial()
    }

    /// The current period.
    pub fn period(&self) -> BillingPeriod {
        BillingPeriod { start: self.period_start, end: self.period_end }
    }

    /// A dispute that takes the money for the current period.
    pub fn blocking_dispute(&self) -> Option<&DisputeId> {
        let period = self.period();
        self.disputes.iter().find(|(_, dispute)| dispute.blocks_access_in(&period)).map(|(id, _)| id)
    }

    /// A dispute that was lost.
    pub fn lost_dispute(&self) -> Option<&DisputeId> {
        let mut lost = self.disputes.iter().filter(|(_, dispute)| dispute.status == DisputeStatus::Lost);
        lost.next().map(|(id, _)| id)
    }

    /// How it has to end when a dispute was lost.
    pub fn lost_dispute_action(&self) -> LostDisputeAction {
        // The money for a renewal that is processing cannot be called back.
        let is_paid = self.is_paid_or_on_trial() || self.period_payment == PeriodPayment::RenewalProcessing;
        let runs_on = is_paid && self.blocking_dispute().is_none();
        // A change that waits for its payment would begin another period when it is paid.
        let is_settled = self.ends_with_period() && self.pending_update_expires_at.is_none();
        if self.ended() || (runs_on && is_settled) {
            LostDisputeAction::NothingToDo
        } else if runs_on {
            LostDisputeAction::CancelAtPeriodEnd
        } else {
            LostDisputeAction::CancelNow
        }
    }

    /// All that was paid for the current period went back.
    pub fn is_period_refunded(&self) -> bool {
        let period = self.period();
        self.refunds.values().any(|refunds| refunds.is_full_refund_of(&period))
    }

    /// Some of what was paid for the current period, or for a change in it, went back: its unused time is no credit any more.
    pub fn has_refund_in_period(&self) -> bool {
        let period = self.period();
        self.refunds.values().any(|refunds| refunds.is_refund_in(&period))
    }

    /// Whether an invoice was paid after the subscription had ended, or in the same second: Stripe's times are whole seconds. The
    /// payment gives no access; an operator should look whether to refund it.
    pub fn was_paid_after_end(&self, invoice: &Invoice) -> bool {
        let paid = invoice.paid_at.filter(|_| invoice.paid > 0);
        self.ended() && paid.zip(self.ended_at).is_some_and(|(paid, ended)| paid >= ended)
    }

    /// It ends with the current period, or before.
    pub fn ends_with_period(&self) -> bool {
        self.ends_at().is_some_and(|end| end <= self.period_end)
    }

    /// When it will end, if it was canceled for a time.
    pub fn ends_at(&self) -> Option<Timestamp> {
        let at_period_end = self.cancel_at_period_end.then_some(self.period_end);
        match (self.cancel_at, at_period_end) {
            (Some(at), Some(end)) => Some(at.min(end)),
            (at, end) => at.or(end),
        }
    }

    /// In its trial.
    pub fn on_trial(&self) -> bool {
        self.status == SubscriptionStatus::Trialing
    }

    /// Canceled, and live until the day for which it was canceled.
    pub fn on_grace_period(&self) -> bool {
        self.is_live() && self.ends_at().is_some()
    }

    /// What becomes of its trial when it is changed to a plan whose trial lasts `trial_days`: only what is left of the
    /// shorter of the two stays, so that no change makes a trial longer than the plan's.
    pub fn trial_after_change(&self, trial_days: u16, now: Timestamp) -> TrialAfterChange {
        let Some(trial_end) = self.trial_end.filter(|_| self.on_trial()) else { return TrialAfterChange::Unchanged };
        let allowed = add_saturating(self.since, SignedDuration::from_hours(i64::from(trial_days).saturating_mul(24)));
        if trial_end <= allowed {
            TrialAfterChange::Unchanged
        } else if allowed <= now {
            TrialAfterChange::EndsNow
        } else {
            TrialAfterChange::EndsAt(allowed)
        }
    }

    /// Whether its trial is one too many beside `other`: of several trials, the one with the smallest start and id stays. Only
    /// those that subscriptions began with count; an operator may give another one later.
    pub fn is_second_trial_after(&self, other: &Self) -> bool {
        let both = self.on_trial() && self.began_on_trial && other.began_on_trial;
        both && (other.since, &other.id) < (self.since, &self.id)
    }

    /// A payment failed.
    pub fn past_due(&self) -> bool {
        matches!(self.status, SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid)
    }

    /// A change waits for its payment.
    pub fn has_pending_update(&self, now: Timestamp) -> bool {
        self.pending_update_expires_at.is_some_and(|until| now < until)
    }

    /// A change was requested and has not been made yet: it is scheduled, or waits for its payment.
    pub fn has_earlier_change(&self) -> bool {
        self.scheduled_change.is_some() || self.pending_update_expires_at.is_some()
    }

    /// Goes on into another period, as far as is known.
    pub fn renews(&self) -> bool {
        let runs = matches!(self.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing);
        runs && !self.collection_paused && self.ends_at().is_none_or(|end| end > self.period_end)
    }

    /// Over for good: Stripe never revives it.
    pub fn ended(&self) -> bool {
        matches!(self.status, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired)
    }

    /// Stripe still runs it, whether it opens anything or not.
    pub fn is_live(&self) -> bool {
        !self.ended()
    }

    /// Whether an invoice of it was paid, as far as the fact says: a first period that a code paid for wholly counts, too, and a trial
    /// does not.
    pub fn was_probably_paid_for(&self) -> bool {
        let is_in_trial = self.on_trial() || self.trial_end.is_some_and(|end| end >= self.period_end);
        let has_begun = !matches!(self.status, SubscriptionStatus::Incomplete | SubscriptionStatus::IncompleteExpired);
        let is_renewal = matches!(
            self.period_payment,
            PeriodPayment::RenewalPending | PeriodPayment::RenewalProcessing | PeriodPayment::NotCollected
        );
        let is_paid = self.period_payment == PeriodPayment::Paid || (is_renewal && !self.never_paid);
        has_begun && !is_in_trial && is_paid
    }

    /// Has had a trial.
    pub fn had_trial(&self) -> bool {
        self.trial_end.is_some()
    }
}

fn open_if_before(now: Timestamp, until: Timestamp, otherwise: SubscriptionAccessStatus) -> SubscriptionAccessStatus {
    if now < until { SubscriptionAccessStatus::Open { until } } else { otherwise }
}

/// Saturating: the end of the calendar is as good as for ever.
fn add_saturating(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}
