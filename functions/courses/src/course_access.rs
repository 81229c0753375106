//! What requests about courses read: the catalog, the caller's facts and progress, all at once.

use std::sync::Arc;

use shared::domain::{Catalog, Course, CourseId, Fact, LearnerCourse, Progress, UserId};
use shared::http::Problem;
use shared::store::{Store, Versioned};

use crate::state::State;

/// The catalog and the caller's facts; both calls run at once, and the first one is rarely needed.
pub(crate) async fn load_catalog_and_facts(store: &Store, user: &UserId) -> Result<(Arc<Catalog>, Vec<Fact>), Problem> {
    Ok(tokio::try_join!(store.catalog(), store.facts(user))?)
}

/// What a request about one course reads.
pub(crate) struct LoadedCourse {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) progress: Option<Versioned<Progress>>,
}

/// The catalog, the caller's facts, and the progress in the course with this id.
pub(crate) async fn load_course(store: &Store, user: &UserId, id: &str) -> Result<LoadedCourse, Problem> {
    let course = CourseId::parse(id).map_err(|_| no_such_course())?;
    let (catalog, facts, progress) =
        tokio::try_join!(store.catalog(), store.facts(user), store.progress(user, &course))?;
    Ok(LoadedCourse { catalog, facts, progress })
}

pub(crate) fn find_course<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Course, Problem> {
    catalog.course(id).ok_or_else(no_such_course)
}

fn no_such_course() -> Problem {
    Problem::not_found("There is no such course.")
}

/// How a learner with these facts and this progress stands to the course now.
pub(crate) fn learner_course<'a>(
    state: &'a State,
    catalog: &'a Catalog,
    facts: &'a [Fact],
    progress: Option<&'a Progress>,
    course: &'a Course,
) -> LearnerCourse<'a> {
    LearnerCourse { now: state.store.now(), policy: &state.policy, facts, progress, catalog, course }
}
