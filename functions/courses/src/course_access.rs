//! A course and the caller's access to it: loaded, found, decided.

use std::sync::Arc;

use shared::domain::{Access, Catalog, Course, Fact, UserId, decide_access};
use shared::http::Problem;
use shared::store::Store;

use crate::state::State;

/// The catalog and the caller's facts; both calls run at once, and the first one is rarely needed.
pub(crate) async fn load_catalog_and_facts(store: &Store, user: &UserId) -> Result<(Arc<Catalog>, Vec<Fact>), Problem> {
    Ok(tokio::try_join!(store.catalog(), store.facts(user))?)
}

pub(crate) fn find_course<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Course, Problem> {
    catalog.course(id).ok_or_else(|| Problem::not_found("There is no such course."))
}

pub(crate) fn course_access(state: &State, catalog: &Catalog, facts: &[Fact], course: &Course) -> Access {
    decide_access(state.store.now(), &state.policy, facts, catalog.access_target(course))
}
