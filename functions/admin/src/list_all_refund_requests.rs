//! `GET /admin/refund-requests`: the refund requests with a status, of all learners, the oldest first.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as FromState};
use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::{RefundRequest, RefundRequestId, RefundRequestStatus};
use shared::http::{Operator, Page, PageRequest, Problem};

use crate::refund_request_response::OperatorRefundRequestResponse;
use crate::state::State;

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct ListAllRefundRequestsQuery {
    /// Of which status; `open` by default. `refund_failed` has to be decided, too.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = RefundRequestStatus::ALL.map(RefundRequestStatus::as_str))))]
    status: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    _: Operator,
    query: Result<Query<ListAllRefundRequestsQuery>, QueryRejection>,
    wanted: PageRequest,
) -> Result<Json<Page<OperatorRefundRequestResponse>>, Problem> {
    let Query(query) = query.map_err(|_| Problem::bad_request("invalid_query", "The query string cannot be read."))?;
    let status = parse_status(query.status.as_deref())?;
    let after = wanted.parse_cursor(parse_cursor)?;
    let after = after.as_ref().map(|(created_at, id)| (*created_at, id));
    let found = state.fulfil.store.refund_requests_with_status(status, wanted.limit(), after).await?;
    let last = found.requests.last().filter(|_| found.has_more).map(|last| to_cursor(&last.request));
    let requests = found.requests.into_iter().map(|one| OperatorRefundRequestResponse::new(one.user, one.request));
    Ok(Json(Page::new(requests.collect(), last)))
}

fn parse_status(word: Option<&str>) -> Result<RefundRequestStatus, Problem> {
    let Some(word) = word else { return Ok(RefundRequestStatus::Open) };
    RefundRequestStatus::parse(word).ok_or_else(|| {
        let detail = "A status is one of open, approved, refunded, refund_failed, rejected and withdrawn.";
        Problem::bad_request("invalid_status", detail).with_field("status")
    })
}

/// A request's place in the list, for the cursor.
fn to_cursor(request: &RefundRequest) -> String {
    format!("{}#{}", request.created_at, request.id)
}

fn parse_cursor(text: &str) -> Option<(Timestamp, RefundRequestId)> {
    let (created_at, id) = text.split_once('#')?;
    Some((created_at.parse().ok()?, RefundRequestId::parse(id).ok()?))
}
