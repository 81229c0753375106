//! `GET /enrollments`: every course that the caller has or had, or has done a step of.

use axum::Json;
use axum::extract::State;
use shared::http::{Caller, Page, PageRequest, Problem};

use crate::course_access::learner_course;
use crate::enrollment_response::CourseEnrollmentResponse;

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<CourseEnrollmentResponse>>, Problem> {
    let store = &state.store;
    let (catalog, facts, progress) =
        tokio::try_join!(store.catalog(), store.facts(&caller.user), store.all_progress(&caller.user))?;
    let of_course = catalog.courses().iter().map(|course| {
        let progress = progress.iter().find(|progress| progress.course == course.id);
        CourseEnrollmentResponse::from(&learner_course(&state, &catalog, &facts, progress, course))
    });
    let mut touched: Vec<_> = of_course.filter(|course| course.enrollment.is_touched()).collect();
    // Stable: courses that were never worked on stay behind, in the order of the catalog.
    touched.sort_by_key(|course| std::cmp::Reverse(course.enrollment.last_activity_at()));
    Ok(Json(wanted.page_of(touched, |course| course.course_id.as_str())))
}
