//! `POST /courses/{id}/steps/{step}/complete`: the caller has done a step.

use axum::Json;
use axum::extract::State;
use shared::http::{Caller, PathParameters, Problem};

use crate::enrollment_response::CourseEnrollmentResponse;
use crate::step_change::{StepChange, change_step};

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    PathParameters(id, step): PathParameters,
) -> Result<Json<CourseEnrollmentResponse>, Problem> {
    change_step(&state, &caller, &id, &step, StepChange::Complete).await.map(Json)
}
