//! `GET /billing/payments/{id}`: a payment, with what only Stripe knows of it if Stripe answers.

use axum::Json;
use axum::extract::State as FromState;
use serde::Serialize;
use shared::HandlerError;
use shared::domain::{InvoiceId, LearnerPayment, PaymentKind};
use shared::http::{PathParameter, PaymentResponse, RateLimitedCaller};
use shared::stripe::{self, PaidCard, PaymentReceipt, StripeClient, StripeError};

use crate::learner_payments::LoadedPayments;
use crate::state::State;
use crate::timeout::optional_within_timeout;

/// A payment with its receipt.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct PaymentDetailsResponse {
    #[serde(flatten)]
    payment: PaymentResponse,
    /// Stripe's page with the receipt; `null` when nothing was charged, and when Stripe does not answer.
    receipt_url: Option<String>,
    /// The card; `null` when it was paid otherwise, and when Stripe does not answer.
    card: Option<CardResponse>,
}

/// A card that paid.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CardResponse {
    /// Stripe's word: `visa`.
    brand: String,
    /// The last four digits.
    last4: String,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    PathParameter(id): PathParameter,
) -> Result<Json<PaymentDetailsResponse>, HandlerError> {
    let loaded = LoadedPayments::load(&state, &caller.user).await?;
    let payment = loaded.payment(&id)?;
    let receipt = optional_within_timeout("the receipt", find_receipt(&state.fulfil.stripe, &payment)).await;
    let PaymentReceipt { receipt_url, card } = receipt.flatten().unwrap_or_default();
    let card = card.map(|PaidCard { brand, last4 }| CardResponse { brand, last4 });
    Ok(Json(PaymentDetailsResponse { payment: loaded.view().respond(&payment), receipt_url, card }))
}

/// The receipt of the first payment intent that paid; `None` when there is none.
async fn find_receipt(stripe: &StripeClient, payment: &LearnerPayment) -> Result<Option<PaymentReceipt>, StripeError> {
    let intent = match (payment.kind, InvoiceId::parse(payment.id.as_str())) {
        (PaymentKind::Subscription, Ok(invoice)) => {
            let invoice = stripe::fetch_invoice_to_refund(stripe, &invoice, None).await?;
            invoice.payment_intents.into_iter().next()
        }
        _ => payment.payment_intent().map(str::to_owned),
    };
    match intent {
        Some(intent) => stripe::fetch_receipt(stripe, &intent).await.map(Some),
        None => Ok(None),
    }
}
