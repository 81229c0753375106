//! `GET /billing/refund-requests`: the caller's refund requests, the newest first.

use axum::Json;
use axum::extract::State as FromState;
use shared::http::{Caller, Page, PageRequest, Problem, RefundRequestResponse};

use crate::state::State;

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<RefundRequestResponse>>, Problem> {
    let read = state.fulfil.store.refund_requests(&caller.user).await?;
    let mut requests: Vec<_> = read.iter().map(|read| RefundRequestResponse::from(&read.value)).collect();
    requests.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    Ok(Json(wanted.page_of(requests, |request| request.id.as_str())))
}
