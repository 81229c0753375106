//! Until when a learner may ask for a refund: the installation's policy, as a pure rule over a payment and progress.

use jiff::{SignedDuration, Timestamp};

use super::catalog::Catalog;
use super::id::ProductId;
use super::payment::{LearnerPayment, PaymentStatus};
use super::progress::{Progress, percent};
use super::refund_request::RefundRequest;

/// How many refund requests a payment may have, those included that were withdrawn or rejected. Each event of the learner reads
/// all of them.
const MAX_REQUESTS_PER_PAYMENT: usize = 5;

/// The installation's policy for refund requests. An operator may refund beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPolicy {
    /// For how many days after the payment a refund may be asked for; 0 is without limit.
    pub window_days: u16,
    /// Up to how much progress, in percent, a refund may be asked for; 100 is without limit.
    pub max_progress_percent: u8,
    /// Whether a request within the policy is approved at once.
    pub approval: RefundApprovalMode,
}

/// Who approves a request that is within the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundApprovalMode {
    /// An operator.
    Manual,
    /// Nobody has to: the first one of a learner for a product or a plan family is approved at once.
    Automatic,
}

impl Default for RefundPolicy {
    fn default() -> Self {
        Self { window_days: 14, max_progress_percent: 100, approval: RefundApprovalMode::Manual }
    }
}

/// What a learner has done of the courses that a payment opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaymentProgress {
    /// Steps that were ever completed over all steps of these courses, in percent, rounded down: undoing a step changes nothing.
    pub percent: u8,
    /// Whether a certificate was issued for one of them.
    pub has_certificate: bool,
}

impl PaymentProgress {
    /// The progress in all courses that these products open.
    pub fn new(catalog: &Catalog, products: &[ProductId], progress: &[Progress]) -> Self {
        let (mut total, mut done, mut has_certificate) = (0usize, 0usize, false);
        for course in catalog.courses_opened_by(products) {
            total = total.saturating_add(course.steps().count());
            let Some(progress) = progress.iter().find(|progress| progress.course == course.id) else { continue };
            done = done.saturating_add(progress.steps_ever_completed(course));
            has_certificate |= progress.certificate.is_some();
        }
        Self { percent: percent(done, total), has_certificate }
    }
}

/// Why a refund of a payment cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundRefusal {
    /// The money has not arrived, or never came.
    NotPaid,
    /// It cost nothing, or was paid outside of Stripe.
    NothingPaid,
    /// All of it went back.
    AlreadyRefunded,
    /// The bank holds the money.
    PaymentDisputed,
    /// A request of this payment is being decided, or carried out.
    RefundRequested,
    /// The payment has had as many requests as one may have.
    TooManyRefundRequests,
    /// A certificate was issued for one of its courses.
    CertificateIssued,
    /// It was paid too long ago.
    RefundWindowOver,
    /// Too much of its courses is done.
    TooMuchProgress,
}

impl RefundRefusal {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 9] = [
        Self::NotPaid,
        Self::NothingPaid,
        Self::AlreadyRefunded,
        Self::PaymentDisputed,
        Self::RefundRequested,
        Self::TooManyRefundRequests,
        Self::CertificateIssued,
        Self::RefundWindowOver,
        Self::TooMuchProgress,
    ];

    /// The stable word, which is also the code of the problem.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotPaid => "not_paid",
            Self::NothingPaid => "nothing_paid",
            Self::AlreadyRefunded => "already_refunded",
            Self::PaymentDisputed => "payment_disputed",
            Self::RefundRequested => "refund_requested",
            Self::TooManyRefundRequests => "too_many_refund_requests",
            Self::CertificateIssued => "certificate_issued",
            Self::RefundWindowOver => "refund_window_over",
            Self::TooMuchProgress => "too_much_progress",
        }
    }
}

impl RefundPolicy {
    /// Until when a refund of a payment may be asked for; `None` is without limit. The days are counted from the payment, or from
    /// its creation if it is not known when it was paid.
    pub fn window_end(&self, payment: &LearnerPayment) -> Option<Timestamp> {
        let hours = i64::from(self.window_days).saturating_mul(24);
        let begin = payment.paid_at.unwrap_or(payment.created_at);
        let end = begin.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX);
        (self.window_days > 0).then_some(end)
    }

    /// Why a refund of the payment cannot be asked for at `now`; `None` when it can. `requests` are the learner's, of any payment.
    pub fn refusal(
        &self,
        payment: &LearnerPayment,
        progress: PaymentProgress,
        requests: &[RefundRequest],
        now: Timestamp,
    ) -> Option<RefundRefusal> {
        match payment.status {
            PaymentStatus::Pending | PaymentStatus::Failed => return Some(RefundRefusal::NotPaid),
            PaymentStatus::Refunded => return Some(RefundRefusal::AlreadyRefunded),
            PaymentStatus::Disputed => return Some(RefundRefusal::PaymentDisputed),
            PaymentStatus::Paid | PaymentStatus::PartiallyRefunded => {}
        }
        let of_payment = || requests.iter().filter(|request| request.payment == payment.id);
        if payment.charged.amount <= 0 || payment.paid_out_of_band {
            Some(RefundRefusal::NothingPaid)
        } else if of_payment().any(|request| request.status.is_live()) {
            Some(RefundRefusal::RefundRequested)
        } else if of_payment().count() >= MAX_REQUESTS_PER_PAYMENT {
            Some(RefundRefusal::TooManyRefundRequests)
        } else if progress.has_certificate {
            Some(RefundRefusal::CertificateIssued)
        } else if self.window_end(payment).is_some_and(|end| end < now) {
            Some(RefundRefusal::RefundWindowOver)
        } else if progress.percent > self.max_progress_percent {
            Some(RefundRefusal::TooMuchProgress)
        } else {
            None
        }
    }

    /// Whether a request within the policy is approved at once: never that of a renewal, and only the first refund ever that the
    /// learner gets for a product or its plan family. `payments` and `requests` are all of the learner's, without this request.
    pub fn approves_at_once(
        &self,
        catalog: &Catalog,
        payment: &LearnerPayment,
        payments: &[LearnerPayment],
        requests: &[RefundRequest],
    ) -> bool {
        let family = |id: &ProductId| {
            catalog.product(id.as_str()).and_then(|product| product.plan.as_ref()).map(|plan| &plan.family)
        };
        let is_same = |other: &[ProductId]| {
            let mut pairs = other.iter().flat_map(|other| payment.products.iter().map(move |own| (own, other)));
            pairs.any(|(own, other)| own == other || family(own).is_some_and(|own| Some(own) == family(other)))
        };
        let was_refunded = payments.iter().any(|other| !other.refunds.is_empty() && is_same(&other.products));
        let was_approved = requests.iter().any(|other| other.approval.is_some() && is_same(&other.products));
        self.approval == RefundApprovalMode::Automatic
            && !payment.is_renewal
            && !payment.products.is_empty()
            && !was_refunded
            && !was_approved
    }
}

#[cfg(test)]
mod tests;
