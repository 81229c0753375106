//! Refunds, and what a payment has left to refund.

use stripe_billing::invoice::RetrieveInvoice;
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_core::refund::{CreateRefund, CreateRefundReason};
use stripe_shared::Refund;
use stripe_types::Expandable;

use super::mutation::Mutation;
use super::payment::list_refunds;
use crate::domain::{AppId, ApprovalRef, BillingPeriod, InvoiceId, RefundPart};
use crate::stripe::client::StripeClient;
use crate::stripe::error::StripeError;
use crate::stripe::invoice::collecting_payment_intents;
use crate::stripe::metadata::{approval_from_metadata, approval_metadata};
use crate::stripe::projection::invoice_covers_to_end_of;

/// A refund to create: one part of an approval.
#[derive(Debug, Clone, Copy)]
pub struct NewRefund<'a> {
    /// Which installation we are.
    pub app: &'a AppId,
    /// The payment intent, and how much of it.
    pub part: &'a RefundPart,
    /// The approval that it carries out. The refund's metadata names it.
    pub approval: &'a ApprovalRef,
}

/// Refunds a part of an approval, once: a refund of the payment whose metadata names the approval is this one, made before. Stripe
/// does not refund more than the payment intent collected. Returns whether it was made now.
/// See <https://docs.stripe.com/api/refunds/create>.
///
/// # Errors
/// When Stripe refuses or does not answer. Without an answer the refund may have been made: the same call looks for it first.
pub async fn create_refund(stripe: &StripeClient, new: NewRefund<'_>, key: &str) -> Result<bool, StripeError> {
    let NewRefund { app, part, approval } = new;
    let find_result = || async {
        let refunds = list_refunds(stripe, &part.payment_intent).await?;
        let named = |refund: &Refund| refund.metadata.as_ref().and_then(approval_from_metadata);
        Ok(refunds.into_iter().find(|refund| named(refund).as_ref() == Some(approval)))
    };
    // Stripe forgets keys after a day or more, and an approval can be carried out again later.
    if find_result().await?.is_some() {
        return Ok(false);
    }
    let request = CreateRefund::new()
        .payment_intent(part.payment_intent.as_str())
        .amount(part.amount)
        .reason(CreateRefundReason::RequestedByCustomer)
        .metadata(approval_metadata(app, approval));
    Mutation::new(stripe, key).send_unless(request, find_result).await.map(|_| true)
}

/// An invoice, as far as a refund of it needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceToRefund {
    /// The payment intents that collected it. What came from the customer's balance, or was paid outside of Stripe, has none.
    pub payment_intents: Vec<String>,
    /// Whether it paid for the period that was asked about.
    pub is_of_period: bool,
}

/// The payment intents of an invoice, and whether it paid for the period `current`.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn fetch_invoice_to_refund(
    stripe: &StripeClient,
    id: &InvoiceId,
    current: Option<&BillingPeriod>,
) -> Result<InvoiceToRefund, StripeError> {
    let invoice = RetrieveInvoice::new(id.as_str()).expand(vec!["payments".to_owned()]).send(stripe).await?;
    Ok(InvoiceToRefund {
        payment_intents: collecting_payment_intents(&invoice).map(str::to_owned).collect(),
        is_of_period: current.is_some_and(|current| invoice_covers_to_end_of(&invoice, current)),
    })
}

/// What only Stripe knows of a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentReceipt {
    /// Stripe's page with the receipt.
    pub receipt_url: Option<String>,
    /// The card, if it was paid by one.
    pub card: Option<PaidCard>,
}

/// A card that paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidCard {
    /// Stripe's word: `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
}

/// The receipt of a payment intent.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn fetch_receipt(stripe: &StripeClient, payment_intent: &str) -> Result<PaymentReceipt, StripeError> {
    let expand = vec!["latest_charge".to_owned()];
    let intent = RetrievePaymentIntent::new(payment_intent).expand(expand).send(stripe).await?;
    let Some(charge) = intent.latest_charge.and_then(Expandable::into_object) else {
        return Ok(PaymentReceipt::default());
    };
    let card = charge.payment_method_details.and_then(|details| details.card);
    let card = card.and_then(|card| Some(PaidCard { brand: card.brand?, last4: card.last4? }));
    Ok(PaymentReceipt { receipt_url: charge.receipt_url, card })
}
