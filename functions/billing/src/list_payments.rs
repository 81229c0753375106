//! `GET /billing/payments`: purchases and paid or failed invoices, the newest first. Stripe is not called.

use axum::Json;
use axum::extract::State as FromState;
use shared::domain::LearnerPayment;
use shared::http::{Caller, Page, PageRequest, PaymentResponse, Problem};

use crate::learner_payments::LoadedPayments;
use crate::state::State;

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<PaymentResponse>>, Problem> {
    let loaded = LoadedPayments::load(&state, &caller.user).await?;
    let page = wanted.page_of(loaded.read.payments(), |payment: &LearnerPayment| payment.id.as_str());
    let items = page.items.iter().map(|payment| loaded.view().respond(payment)).collect();
    Ok(Json(Page { items, next_cursor: page.next_cursor }))
}
