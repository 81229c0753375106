//! How a learner stands to a course. Computed from facts and progress, like access.

use jiff::Timestamp;
use serde::Serialize;

use super::access::{Access, AccessTarget, AllowedReason, Fact, decide_access};
use super::certificate::CertificateStatus;
use super::learner_course::LearnerCourse;
use super::purchase::{Payment, PurchaseStatus};
use super::subscription::{PeriodPayment, Subscription, SubscriptionPolicy, SubscriptionStatus};

/// How a learner stands to a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentStatus {
    /// The learner does not have the course. Of a free course: has not begun it.
    NotEnrolled,
    /// The learner has the course.
    Enrolled,
    /// All steps were completed. The time of a plan may be over since.
    Completed,
    /// The learner had the course: the money went back, or the time is over.
    Withdrawn,
}

/// How a learner stands to a course, since when, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollment {
    /// How.
    pub status: EnrollmentStatus,
    /// Since when the learner has had the course, for the first time; of a free course, when it was begun.
    pub enrolled_at: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// Why the learner has the course or not, whether it has started or not.
    pub because: Access,
}

impl LearnerCourse<'_> {
    /// How the learner stands to the course.
    pub fn enrollment(&self) -> Enrollment {
        let because = self.access_by_facts();
        let enrolled_at = self.enrolled_at(&because);
        let completed_at = self.progress.and_then(|progress| progress.completion(self.course));
        let target = self.catalog.access_target(self.course);
        let is_valid = |completed_at| {
            certificate_status(self.now, self.policy, self.facts, target, completed_at) == CertificateStatus::Valid
        };
        let status = match (enrolled_at, completed_at) {
            (_, Some(completed_at)) if is_valid(completed_at) => EnrollmentStatus::Completed,
            (Some(_), _) if because.is_allowed() => EnrollmentStatus::Enrolled,
            (Some(_), _) => EnrollmentStatus::Withdrawn,
            (None, _) => EnrollmentStatus::NotEnrolled,
        };
        Enrollment { status, enrolled_at, completed_at, because }
    }

    /// The first moment for which anything says that the learner had the course.
    fn enrolled_at(&self, because: &Access) -> Option<Timestamp> {
        match self.catalog.access_target(self.course) {
            AccessTarget::Free => self.progress.map(|progress| progress.started_at),
            AccessTarget::AnyOf(products) => {
                let opened = self
                    .facts
                    .iter()
                    .filter(|fact| products.iter().any(|product| fact.covers_product(product)))
                    .filter_map(opened_since);
                opened.chain(allowed_since(because)).chain(self.first_step_behind_previews()).min()
            }
        }
    }

    /// When the learner completed a step that only an enrolled one can. A plan may have been changed since, so that no fact
    /// speaks of the course any more.
    fn first_step_behind_previews(&self) -> Option<Timestamp> {
        let steps = &self.progress?.steps;
        let closed = self.course.modules.iter().filter(|module| !module.preview);
        closed.flat_map(|module| &module.steps).filter_map(|step| steps.get(&step.id).copied()).min()
    }
}

/// Whether the completion of a course still stands. It is revoked when the money that paid for it went back, or is held by the
/// bank, unless the learner has the course for another reason. That the time of a plan is over revokes nothing.
pub fn certificate_status(
    now: Timestamp,
    policy: &SubscriptionPolicy,
    facts: &[Fact],
    target: AccessTarget<'_>,
    completed_at: Timestamp,
) -> CertificateStatus {
    if decide_access(now, policy, facts, target).is_allowed() {
        return CertificateStatus::Valid;
    }
    let AccessTarget::AnyOf(products) = target else { return CertificateStatus::Valid };
    let concerned = facts.iter().filter(|fact| products.iter().any(|product| fact.covers_product(product)));
    let is_kept: Vec<bool> = concerned.filter_map(|fact| is_money_kept(policy, fact, completed_at)).collect();
    if is_kept.is_empty() || is_kept.contains(&true) { CertificateStatus::Valid } else { CertificateStatus::Revoked }
}

/// Whether the school has kept what was paid for the course at this moment; `None` of a fact that never opened it.
fn is_money_kept(policy: &SubscriptionPolicy, fact: &Fact, moment: Timestamp) -> Option<bool> {
    opened_since(fact)?;
    Some(match fact {
        Fact::Purchase(purchase) => purchase.status() == PurchaseStatus::Open,
        Fact::Subscription(subscription) => {
            let refunded = subscription.refunds.values().any(|refunds| refunds.is_full_refund_at(moment));
            let disputed = subscription.disputes.values().any(|dispute| dispute.blocks_access_at(moment));
            let went_back = disputed || (refunded && policy.refund_closes_period);
            !went_back
        }
        Fact::Grant(_) => true,
    })
}

/// Since when a fact has opened what it is for, even if it does not any more; `None` if it never did.
fn opened_since(fact: &Fact) -> Option<Timestamp> {
    match fact {
        Fact::Purchase(purchase) => (purchase.payment == Payment::Paid).then_some(purchase.since),
        Fact::Subscription(subscription) => has_opened(subscription).then_some(subscription.since),
        Fact::Grant(grant) => Some(grant.since),
    }
}

/// Whether a subscription was ever paid for, or began with a trial.
fn has_opened(subscription: &Subscription) -> bool {
    let never = match subscription.status {
        SubscriptionStatus::Incomplete | SubscriptionStatus::IncompleteExpired | SubscriptionStatus::Unknown(_) => true,
        _ => subscription.trial_was_used,
    };
    let is_unpaid = matches!(subscription.period_payment, PeriodPayment::Pending | PeriodPayment::NotCollected);
    let is_first_period = subscription.period_start <= subscription.since;
    let waits_for_first_payment = is_unpaid && is_first_period && !subscription.had_trial();
    !never && !waits_for_first_payment
}

fn allowed_since(access: &Access) -> Option<Timestamp> {
    match access {
        Access::Allowed { because, .. } => match because {
            AllowedReason::FreeCourse => None,
            AllowedReason::Purchased { since, .. }
            | AllowedReason::Subscribed { since, .. }
            | AllowedReason::Granted { since, .. } => Some(*since),
        },
        Access::Denied { .. } => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
