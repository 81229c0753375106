//! `POST /billing/subscription/change/preview`: what a change would charge at once.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use serde::Serialize;
use shared::HandlerError;
use shared::domain::Currency;
use shared::http::{JsonBody, RateLimitedCaller};
use shared::stripe::{InvoicePreview, InvoicePreviewLine};

use crate::change_preview::preview_change;
use crate::planned_change::{ChangeTiming, CheckedChange, check_change};
use crate::problems::already_on_plan;
use crate::requested_price::ChangeSubscriptionRequest;
use crate::state::State;

/// What a change would charge.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct PreviewChangeResponse {
    /// What would be charged at once, in minor units. Send it with the change: another amount is not charged.
    amount_due: i64,
    /// The sum of the lines with taxes, in minor units; negative is credit.
    total: i64,
    currency: Currency,
    /// How the total comes about.
    lines: Vec<PreviewLineResponse>,
    /// Send it with the change, to be charged exactly this.
    proration_date: Option<Timestamp>,
    /// When the change would take effect; `null` is at once.
    takes_effect_at: Option<Timestamp>,
}

/// A line of a preview.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct PreviewLineResponse {
    /// Stripe's words.
    description: Option<String>,
    /// In minor units; negative is credit.
    amount: i64,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    JsonBody(request): JsonBody<ChangeSubscriptionRequest>,
) -> Result<Json<PreviewChangeResponse>, HandlerError> {
    let CheckedChange::Planned(facts, change) = check_change(&state, &caller, &request).await? else {
        return Err(already_on_plan().into());
    };
    let subscription = facts.live_target()?.subscription;
    // On a test clock only Stripe knows what time it is.
    let now = Timestamp::from_second(state.fulfil.store.now().as_second()).ok();
    let prorated_at = now.filter(|_| !change.item.on_test_clock);
    change.check_preconditions(subscription)?;
    let (takes_effect_at, prorated_at) = match change.timing {
        ChangeTiming::Now => (None, prorated_at),
        ChangeTiming::AtPeriodEnd(_) => (Some(subscription.period_end), None),
        ChangeTiming::WithdrawsChange => (None, None),
    };
    let preview = preview_change(&state, &caller, subscription, &change, prorated_at).await?;
    let Some(InvoicePreview { due, total, lines, prorated_at: stripe_prorated_at }) = preview else {
        return Ok(Json(PreviewChangeResponse {
            amount_due: 0,
            total: 0,
            currency: change.item.currency,
            lines: Vec::new(),
            proration_date: prorated_at,
            takes_effect_at,
        }));
    };
    let lines =
        lines.into_iter().map(|InvoicePreviewLine { description, amount }| PreviewLineResponse { description, amount });
    Ok(Json(PreviewChangeResponse {
        amount_due: due.amount,
        total,
        currency: due.currency,
        lines: lines.collect(),
        proration_date: stripe_prorated_at.or(prorated_at),
        takes_effect_at,
    }))
}
