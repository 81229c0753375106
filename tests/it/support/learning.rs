//! A learner who completes steps, and asks for certificates.

use reqwest::Method;
use serde_json::{Value, json};

use super::learner::Learner;
use super::response::TestResponse;

/// A course that everybody may learn.
pub(crate) const FREE_COURSE: &str = "prompting-basics";
/// The steps of it.
pub(crate) const FREE_STEPS: [&str; 4] = ["what-a-model-is", "first-prompt", "context", "checking"];

impl Learner {
    /// Completes a step, whatever the answer is.
    pub(crate) async fn try_complete(&self, course: &str, step: &str) -> TestResponse {
        self.call(Method::POST, &step_path(course, step), None).await
    }

    /// Takes the completion of a step back, whatever the answer is.
    pub(crate) async fn try_undo(&self, course: &str, step: &str) -> TestResponse {
        self.call(Method::DELETE, &step_path(course, step), None).await
    }

    /// Completes steps one after the other. Returns the last answer.
    pub(crate) async fn complete(&self, course: &str, steps: &[&str]) -> Value {
        let mut last = Value::Null;
        for step in steps {
            last = self.try_complete(course, step).await.expect(200);
        }
        last
    }

    /// Completes the free course and asks for the certificate. Returns its id.
    pub(crate) async fn complete_free_course(&self) -> String {
        self.complete(FREE_COURSE, &FREE_STEPS).await;
        let certificate = self.ask_for_certificate(FREE_COURSE, "Ada Lovelace").await.expect(201);
        certificate["id"].as_str().unwrap().to_owned()
    }

    /// Asks for the certificate of a course, whatever the answer is.
    pub(crate) async fn ask_for_certificate(&self, course: &str, name: &str) -> TestResponse {
        self.post(&format!("/courses/{course}/certificate"), json!({"name": name})).await
    }

    /// The answer of `GET /courses/{id}`.
    pub(crate) async fn course(&self, course: &str) -> Value {
        self.get(&format!("/courses/{course}")).await.expect(200)
    }

    /// The modules of a course in short: `open`, or the reason why it is locked.
    pub(crate) async fn locks(&self, course: &str) -> Vec<String> {
        let course = self.course(course).await;
        let show = |module: &Value| {
            assert_eq!(module["locked"], json!(module["reason"].is_string()), "{module}");
            module["reason"].as_str().unwrap_or("open").to_owned()
        };
        course["modules"].as_array().unwrap().iter().map(show).collect()
    }

    /// The status of the enrolment in a course, as the dashboard and the course have it.
    pub(crate) async fn enrollment_status(&self, course: &str) -> String {
        let of_course = self.course(course).await["enrollment"].clone();
        let listed = self.get("/enrollments").await.expect(200);
        let listed = listed["items"].as_array().unwrap().iter().find(|item| item["course_id"] == course).cloned();
        let status = of_course["status"].as_str().unwrap();
        match listed {
            Some(listed) => assert_eq!(listed["status"], status),
            None => assert_eq!(status, "not_enrolled"),
        }
        status.to_owned()
    }
}

/// The path of a step's completion.
pub(crate) fn step_path(course: &str, step: &str) -> String {
    format!("/courses/{course}/steps/{step}/complete")
}

/// A catalog with one free course of so many steps, `s0`, `s1`, .., which has a certificate.
pub(crate) fn catalog_of_steps(count: usize) -> String {
    let steps: Vec<String> = (0..count).map(|number| format!("{{id: s{number}, title: S}}")).collect();
    let modules = format!("[{{id: m, title: M, steps: [{}]}}]", steps.join(", "));
    format!(
        "courses: [{{id: {LONG_COURSE}, title: L, summary: S, category: free, certificate: true, modules: {modules}}}]\nproducts: []\n"
    )
}

/// The course of [`catalog_of_steps`].
pub(crate) const LONG_COURSE: &str = "long";
