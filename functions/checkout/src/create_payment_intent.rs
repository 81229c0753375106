//! `POST /checkout/payment-intents`: a payment intent for one product, which the shop's own page pays; at most one way to pay is open per
//! learner and product.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::StatusCode;
use serde::Serialize;
use shared::HandlerError;
use shared::domain::{Currency, PaymentIntentId, PublishableKey};
use shared::http::{Caller, JsonBody, Problem};

use crate::credit::CreditResponse;
use crate::payment_intent_request::CreatePaymentIntentRequest;
use crate::problems::checkout_in_progress;
use crate::referral::{ReferralResponse, find_referrer};
use crate::slot::{self, Opened};
use crate::state::State;
use crate::stripe_checkout::OpenCheckout;
use crate::validated_checkout::ValidatedCheckout;

/// A payment intent that can be paid.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CreatePaymentIntentResponse {
    payment_intent_id: PaymentIntentId,
    /// With it the learner's browser pays at Stripe. It belongs to the learner alone: do not log or store it.
    client_secret: String,
    /// What is charged, in minor units: the catalog's price without what credit lowers it by.
    amount: i64,
    currency: Currency,
    /// The key for Stripe.js.
    publishable_key: PublishableKey,
    /// Stripe's status of the payment intent.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::payment_intent_status"))]
    status: String,
    /// What became of the `referral_code`; `null` if there was none.
    referral: Option<ReferralResponse>,
    /// What became of the learner's credit; `null` if it was not to be used.
    credit: Option<CreditResponse>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    JsonBody(mut request): JsonBody<CreatePaymentIntentRequest>,
) -> Result<(StatusCode, Json<CreatePaymentIntentResponse>), HandlerError> {
    let publishable_key = state.publishable_key.clone().ok_or_else(payment_intents_disabled)?;
    let catalog = state.fulfil.store.catalog().await?;
    let code = request.referral_code.take();
    let checkout = request.validate(&catalog, &state)?;
    let (referrer, referral) = find_referrer(&state.fulfil.store, &caller, code.as_deref()).await?;
    let checkout = ValidatedCheckout { referrer, ..checkout };
    let Opened { checkout: opened, is_new, credit } = slot::open_checkout(&state, &caller, &catalog, &checkout).await?;
    let status_code = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    // The fingerprint tells sessions and payment intents apart.
    let OpenCheckout::PaymentIntent(intent) = opened else { return Err(checkout_in_progress().into()) };
    let response = CreatePaymentIntentResponse {
        payment_intent_id: intent.id,
        client_secret: intent.client_secret,
        amount: intent.money.amount,
        currency: intent.money.currency,
        publishable_key,
        status: intent.status,
        referral,
        credit,
    };
    Ok((status_code, Json(response)))
}

/// Not a 503: trying again does not help.
fn payment_intents_disabled() -> Problem {
    let detail = "This installation has no STRIPE_PUBLISHABLE_KEY, so nothing is paid on the shop's page: POST /checkout/sessions.";
    Problem::new(StatusCode::NOT_FOUND, "payment_intents_disabled", detail)
}
