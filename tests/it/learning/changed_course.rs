//! Shows what becomes of progress when a course grows or shrinks.

use std::path::PathBuf;
use std::sync::Arc;

use local::Options;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::learner::Learner;
use crate::support::learning::{LONG_COURSE, catalog_of_steps};

/// A stack whose state is kept, and which starts again with another catalog.
struct School {
    directory: PathBuf,
}

impl School {
    fn new() -> Self {
        let directory =
            std::env::temp_dir().join(format!("tuition-school-{}-{}", std::process::id(), fastrand::u64(..)));
        std::fs::create_dir_all(&directory).unwrap();
        Self { directory }
    }

    /// The stack with a course of so many steps.
    async fn open(&self, steps: usize) -> (TestApp, Learner) {
        let catalog = self.directory.join("catalog.yaml");
        std::fs::write(&catalog, catalog_of_steps(steps)).unwrap();
        let data_dir = Some(self.directory.join("state"));
        let app = TestApp::start_with(Options { catalog, data_dir, ..Options::ephemeral() }).await;
        let ada = app.as_learner("ada").await;
        (app, ada)
    }

    async fn close(&self, app: TestApp, learner: Learner) {
        drop(learner);
        Arc::into_inner(app.stack).unwrap().shutdown().await;
    }
}

impl Drop for School {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[tokio::test]
async fn a_course_that_grows_stays_completed_and_one_that_shrinks_counts_what_it_still_has() {
    let school = School::new();
    let (app, ada) = school.open(2).await;
    let completed = ada.complete(LONG_COURSE, &["s0", "s1"]).await;
    assert_eq!((&completed["status"], &completed["percent"]), (&json!("completed"), &json!(100)));
    let certificate = ada.ask_for_certificate(LONG_COURSE, "Ada").await.expect(201);
    school.close(app, ada).await;

    let (app, ada) = school.open(3).await;
    let grown = ada.course(LONG_COURSE).await["enrollment"].clone();
    assert_eq!((&grown["status"], &grown["percent"]), (&json!("completed"), &json!(66)));
    assert_eq!((&grown["completed_at"], &grown["next_step"]["id"]), (&completed["completed_at"], &json!("s2")));
    assert_eq!(ada.ask_for_certificate(LONG_COURSE, "Ada").await.expect(200), certificate);
    // Somebody who has not finished it.
    let grace = app.as_learner("grace").await;
    let almost = grace.complete(LONG_COURSE, &["s0", "s2"]).await;
    assert_eq!((&almost["status"], &almost["percent"]), (&json!("enrolled"), &json!(66)));
    drop(grace);
    school.close(app, ada).await;

    let (app, ada) = school.open(1).await;
    assert_eq!(ada.course(LONG_COURSE).await["enrollment"]["percent"], 100);
    let grace = app.as_learner("grace").await;
    let shrunk = grace.course(LONG_COURSE).await["enrollment"].clone();
    assert_eq!((&shrunk["status"], &shrunk["percent"]), (&json!("completed"), &json!(100)));
    grace.try_complete(LONG_COURSE, "s2").await.expect_problem(404, "not_found");
    let of_grace = grace.ask_for_certificate(LONG_COURSE, "Grace").await.expect(201);
    assert_eq!(of_grace["completed_on"], json!(shrunk["completed_at"].as_str().unwrap()[..10]));
    drop(grace);
    school.close(app, ada).await;

    // What it lost comes back, and so does what was done of it.
    let (app, ada) = school.open(3).await;
    let grace = app.as_learner("grace").await;
    let again = grace.course(LONG_COURSE).await["enrollment"].clone();
    assert_eq!((&again["status"], &again["percent"]), (&json!("completed"), &json!(66)));
    drop(grace);
    school.close(app, ada).await;
}
