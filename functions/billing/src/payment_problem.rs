//! The payment problem of a subscription: a payment that failed or is disputed, and the pages that mend it.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{Currency, InvoiceId, PeriodPayment, Subscription, SubscriptionStatus};
use shared::http::Caller;
use shared::stripe::{self, NewPortalSession, PortalFlow, UnpaidInvoice, UnpaidReason};

use crate::portal;
use crate::state::State;
use crate::timeout::optional_within_timeout;

/// A payment that failed, and the pages that mend it. What is not known, because Stripe did not answer, is `null`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct PaymentProblem {
    /// What the learner has to do.
    kind: PaymentProblemKind,
    /// The invoice that is not paid.
    invoice_id: Option<InvoiceId>,
    /// What is to be paid, in minor units.
    amount_due: Option<i64>,
    currency: Option<Currency>,
    /// How often Stripe has tried to charge it.
    attempt_count: Option<u64>,
    /// When Stripe tries again.
    next_attempt_at: Option<Timestamp>,
    /// Stripe's reason. Lost and stolen cards are shown as a generic decline.
    decline_code: Option<String>,
    /// Stripe's page that takes the payment, or the confirmation.
    hosted_invoice_url: Option<String>,
    /// Stripe's page that takes another payment method. It is good for minutes only.
    portal_url: Option<String>,
}

/// What the learner has to do.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum PaymentProblemKind {
    /// Give another way to pay, or see to the money.
    PaymentFailed,
    /// Confirm the payment to the bank.
    ActionRequired,
    /// Wait for the bank, or withdraw the dispute there.
    Disputed,
    /// Subscribe anew: the bank took the money back, and the subscription ends.
    DisputeLost,
    /// Cancel, which ends it now, and subscribe anew: the invoice of the period was voided, and nobody can pay it.
    InvoiceVoided,
}

impl PaymentProblem {
    /// One that no invoice and no page mends.
    fn without_invoice(kind: PaymentProblemKind) -> Self {
        Self {
            kind,
            invoice_id: None,
            amount_due: None,
            currency: None,
            attempt_count: None,
            next_attempt_at: None,
            decline_code: None,
            hosted_invoice_url: None,
            portal_url: None,
        }
    }
}

fn dispute_problem_kind(state: &State, subscription: &Subscription) -> Option<PaymentProblemKind> {
    // One that ends nothing and closes nothing is over.
    let matters = state.fulfil.cancel_on_lost_dispute || subscription.blocking_dispute().is_some();
    match (subscription.lost_dispute().filter(|_| matters), subscription.blocking_dispute()) {
        (Some(_), _) => Some(PaymentProblemKind::DisputeLost),
        (None, Some(_)) => Some(PaymentProblemKind::Disputed),
        (None, None) => None,
    }
}

/// The invoice to show.
enum InvoiceToPay {
    /// This one, if Stripe has told.
    Found(Option<UnpaidInvoice>),
    /// None: the period's invoice was voided.
    Voided,
    /// None: it will be charged, or nothing is collected.
    NoneYet,
}

/// Finds the invoice that has to be paid. Stripe says `active` also of a subscription whose period is not paid: its invoice was
/// written off or voided, or one that was made later was paid.
async fn find_invoice_to_pay(state: &State, subscription: &Subscription, now: Timestamp) -> InvoiceToPay {
    let (stripe, id) = (&state.fulfil.stripe, &subscription.id);
    let find_open = || optional_within_timeout("the unpaid invoice", stripe::find_unpaid_invoice(stripe, id));
    let unpaid = subscription.past_due() || subscription.status == SubscriptionStatus::Incomplete;
    if unpaid || subscription.has_pending_update(now) {
        return InvoiceToPay::Found(find_open().await.flatten());
    }
    if subscription.status != SubscriptionStatus::Active || subscription.is_paid_or_on_trial() {
        return InvoiceToPay::NoneYet;
    }
    if subscription.period_payment != PeriodPayment::NotCollected {
        // It may be a draft, or be charged at this moment.
        let open = find_open().await.flatten().filter(|invoice| invoice.attempts > 0);
        return open.map_or(InvoiceToPay::NoneYet, |invoice| InvoiceToPay::Found(Some(invoice)));
    }
    let written_off = stripe::find_written_off_invoice(stripe, id, subscription.period_start);
    match optional_within_timeout("the written-off invoice", written_off).await {
        Some(Some(invoice)) => InvoiceToPay::Found(Some(invoice)),
        // An operator has stopped it all; a learner can do nothing about that.
        _ if subscription.collection_paused => InvoiceToPay::NoneYet,
        Some(None) => InvoiceToPay::Voided,
        None => InvoiceToPay::Found(None),
    }
}

/// `None` while everything is paid and kept, or its money is on its way.
pub(crate) async fn find_payment_problem(
    state: &State,
    caller: &Caller,
    subscription: &Subscription,
    now: Timestamp,
) -> Option<PaymentProblem> {
    if let Some(kind) = dispute_problem_kind(state, subscription) {
        return Some(PaymentProblem::without_invoice(kind));
    }
    let invoice = match find_invoice_to_pay(state, subscription, now).await {
        InvoiceToPay::Found(invoice) => invoice,
        InvoiceToPay::Voided => return Some(PaymentProblem::without_invoice(PaymentProblemKind::InvoiceVoided)),
        InvoiceToPay::NoneYet => return None,
    };
    let portal_url = portal_url(state, caller, invoice.as_ref(), now).await;
    let (kind, decline_code) = match invoice.as_ref().map(|invoice| &invoice.reason) {
        Some(UnpaidReason::Processing) => return None,
        Some(UnpaidReason::ActionRequired) => (PaymentProblemKind::ActionRequired, None),
        Some(UnpaidReason::Failed { code }) => (PaymentProblemKind::PaymentFailed, code.clone()),
        None => (PaymentProblemKind::PaymentFailed, None),
    };
    let known = invoice.as_ref();
    Some(PaymentProblem {
        kind,
        invoice_id: known.map(|invoice| invoice.id.clone()),
        amount_due: known.map(|invoice| invoice.due.amount),
        currency: known.map(|invoice| invoice.due.currency),
        attempt_count: known.map(|invoice| invoice.attempts),
        next_attempt_at: known.and_then(|invoice| invoice.next_attempt),
        decline_code,
        hosted_invoice_url: known.and_then(|invoice| invoice.hosted_url.clone()),
        portal_url,
    })
}

async fn portal_url(state: &State, caller: &Caller, invoice: Option<&UnpaidInvoice>, now: Timestamp) -> Option<String> {
    let customer = invoice?.customer.as_ref()?;
    let return_url = portal::default_return_url(state);
    optional_within_timeout("the portal", async {
        let configuration = portal::cached_portal_configuration(state).await?;
        let flow = Some(PortalFlow::PaymentMethodUpdate);
        let new = NewPortalSession { customer, configuration: &configuration, return_url: &return_url, flow };
        portal::open_portal_session(state, caller, &new, now).await
    })
    .await
}
