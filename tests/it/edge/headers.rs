//! Shows that unusual headers of a request are answered as usual.

use reqwest::StatusCode;

use crate::support::app::TestApp;

#[tokio::test]
async fn unusual_headers_are_answered_as_usual() {
    let app = TestApp::start().await;
    for (name, value) in [("host", "x:99999"), ("host", "1:%"), ("x-forwarded-proto", "1:%")] {
        let request = reqwest::Client::new().get(format!("{}/catalog", app.stack.urls().api)).header(name, value);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK, "{name}: {value}");
    }
}
