//! Requests to the API of the Stripe stand-in.

use reqwest::Method;
use serde_json::Value;

use super::app::TestApp;

/// The object that it answers with.
pub(crate) async fn post(app: &TestApp, path: &str, form: &[(&str, &str)]) -> Value {
    app.stripe(Method::POST, path, form).await.expect(200)
}
