//! What Stripe's checkout means for the credit that the learner has reserved for it. It changes in the transaction of the fact.

use super::context::Context;
use super::error::FulfilError;
use super::events::update_kind::{CheckoutSessionChange, PaymentIntentChange, UpdateKind};
use super::stripe_update::StripeUpdate;
use crate::domain::{
    CheckoutOutcome, CreditUse, InvoiceId, InvoiceRefunds, Payment, Purchase, Subscription, SubscriptionStatus,
};
use crate::store::{TableChange, Versioned};
use crate::stripe::Sale;

/// The use of credit that the sale names. It is read before Stripe is asked, as the facts are.
pub(super) async fn read_credit_use(
    context: &Context,
    sale: &Sale,
) -> Result<Option<Versioned<CreditUse>>, FulfilError> {
    match &sale.credit_use {
        Some(id) => Ok(context.store.credit_use(&sale.user, id).await?),
        None => Ok(None),
    }
}

/// The change of the use, if the checkout's outcome changes it.
pub(super) fn credit_use_change(
    sale: &Sale,
    read: Option<&Versioned<CreditUse>>,
    outcome: Option<CheckoutOutcome>,
) -> Option<TableChange> {
    let (read, outcome) = (read?, outcome?);
    let credit_use = Box::new(read.value.after(outcome)?);
    Some(TableChange::CreditUse { user: sale.user.clone(), read: Box::new(read.clone()), credit_use })
}

/// What became of the checkout of a purchase; `None` while it can still be paid. A decline or a failed try does not end it.
pub(super) fn purchase_outcome(update: &StripeUpdate, purchase: Option<&Purchase>) -> Option<CheckoutOutcome> {
    if let Some(paid) = purchase.filter(|purchase| purchase.payment == Payment::Paid) {
        let payment = paid.id.clone().into();
        return Some(CheckoutOutcome::Paid {
            payment,
            discount: update.session_discount(),
            went_back: paid.fully_refunded(),
        });
    }
    let has_failed = purchase.is_some_and(|purchase| purchase.payment == Payment::Failed);
    let is_over = match update.kind {
        UpdateKind::CheckoutSession(CheckoutSessionChange::Expired | CheckoutSessionChange::PaymentFailed)
        | UpdateKind::PaymentIntent(PaymentIntentChange::Canceled) => true,
        // A session is paid once. If its debit has failed, it is over, whatever event says so.
        UpdateKind::CheckoutSession(_) => has_failed,
        _ => false,
    };
    is_over.then_some(CheckoutOutcome::Over)
}

/// The first invoice of a subscription, once it is paid: credit is a discount on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PaidFirstInvoice {
    pub(super) id: InvoiceId,
    /// In minor units.
    pub(super) discount: i64,
}

/// What became of the checkout of a subscription; `None` while it can still be paid.
pub(super) fn subscription_outcome(
    update: &StripeUpdate,
    subscription: Option<&Subscription>,
    paid: Option<&PaidFirstInvoice>,
    credit_use: Option<&CreditUse>,
) -> Option<CheckoutOutcome> {
    let went_back = |id: &str| {
        let refunds = subscription.and_then(|one| one.refunds.iter().find(|(invoice, _)| invoice.as_str() == id));
        refunds.is_some_and(|(_, refunds): (_, &InvoiceRefunds)| refunds.went_back())
    };
    if let Some(PaidFirstInvoice { id, discount }) = paid {
        let (payment, went_back) = (id.clone().into(), went_back(id.as_str()));
        return Some(CheckoutOutcome::Paid { payment, discount: Some(*discount), went_back });
    }
    if let Some(payment) = credit_use.and_then(CreditUse::payment) {
        let went_back = went_back(payment.as_str());
        return Some(CheckoutOutcome::Paid { payment: payment.clone(), discount: None, went_back });
    }
    let is_expired = update.kind == UpdateKind::CheckoutSession(CheckoutSessionChange::Expired);
    let has_ended = subscription.is_some_and(|subscription| {
        matches!(subscription.status, SubscriptionStatus::IncompleteExpired | SubscriptionStatus::Canceled)
    });
    (is_expired || has_ended).then_some(CheckoutOutcome::Over)
}
