//! `GET /admin/refund-requests/{id}`: a refund request with the learner's payment, access and progress.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{Catalog, Course, CourseId, LearnerCourse, RefundRequest, RefundRequestId, UserId};
use shared::http::{AccessResponse, Operator, PathParameter, PaymentResponse, PaymentsView, Problem};
use shared::store::LearnerPayments;

use crate::refund_request_response::OperatorRefundRequestResponse;
use crate::state::State;

/// A refund request with all that helps to decide it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct RefundRequestDetailsResponse {
    #[serde(flatten)]
    request: OperatorRefundRequestResponse,
    /// The learner's address at Stripe; `null` when we gave it none.
    email: Option<String>,
    /// The payment, as it is now.
    payment: Option<PaymentResponse>,
    /// The courses that it opens.
    courses: Vec<RequestedCourseResponse>,
}

/// A course that was paid for.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct RequestedCourseResponse {
    course_id: CourseId,
    /// Whether the learner may open it now, and why.
    access: AccessResponse,
    /// What the learner has done of it, in percent.
    percent: u8,
    /// Whether a certificate was issued for it.
    has_certificate: bool,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    _: Operator,
    PathParameter(id): PathParameter,
) -> Result<Json<RefundRequestDetailsResponse>, Problem> {
    let (user, request) = find_refund_request(&state, &id).await?;
    let store = &state.fulfil.store;
    let (catalog, read) = tokio::try_join!(store.catalog(), store.learner_payments(&user))?;
    let now = store.now();
    let view = PaymentsView { read: &read, catalog: &catalog, policy: &state.refund_policy, now };
    let payment = read.payments().into_iter().find(|payment| payment.id == request.payment);
    let courses = catalog.courses_opened_by(&request.products);
    Ok(Json(RefundRequestDetailsResponse {
        email: read.profile.email.clone(),
        payment: payment.map(|payment| view.respond(&payment)),
        courses: courses.map(|course| respond(&state, &catalog, &read, course, now)).collect(),
        request: OperatorRefundRequestResponse::new(user, request),
    }))
}

async fn find_refund_request(state: &State, id: &str) -> Result<(UserId, RefundRequest), Problem> {
    let unknown = || Problem::not_found("There is no such refund request.");
    let id = RefundRequestId::parse(id).map_err(|_| unknown())?;
    let (user, read) = state.fulfil.store.refund_request(&id).await?.ok_or_else(unknown)?;
    Ok((user, read.value))
}

fn respond(
    state: &State,
    catalog: &Catalog,
    read: &LearnerPayments,
    course: &Course,
    now: Timestamp,
) -> RequestedCourseResponse {
    let progress = read.progress.iter().find(|progress| progress.course == course.id);
    let learner_course = LearnerCourse { now, policy: &state.policy, facts: &read.facts, progress, catalog, course };
    RequestedCourseResponse {
        course_id: course.id.clone(),
        access: learner_course.access().into(),
        percent: progress.map_or(0, |progress| progress.percent(course)),
        has_certificate: progress.is_some_and(|progress| progress.certificate.is_some()),
    }
}
