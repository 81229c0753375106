//! Shows who may call the MCP server, and that it sees only what the caller may see.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

#[tokio::test]
async fn nobody_is_let_in_without_a_token_of_the_issuer() {
    let app = TestApp::start().await;
    let forger = local::identity::IdentityProvider::new(
        &app.stack.identity().issuer,
        &app.stack.identity().audience,
        std::sync::Arc::new(local::identity::SigningKey::generate().unwrap()),
    );
    let forged = forger.sign(&forger.claims("ada@example.com", &[]).unwrap()).unwrap();
    let unauthorized = json!({"message": "Unauthorized"});
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let body = (method == Method::POST).then(|| LIST.to_owned());
        assert_eq!(app.call_without_token(method.clone(), "/mcp", body.clone()).await.expect(401), unauthorized);
        assert_eq!(app.with_token(forged.clone()).call(method, "/mcp", body).await.expect(401), unauthorized);
    }
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_there() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let checkout = ada.checkout(COURSE).await;
    let session = json!({"session_id": checkout.session});
    ada.call_tool("show_checkout_session", session.clone()).await.success();
    grace.call_tool("show_checkout_session", session).await.problem(404, "not_found");
    ada.buy(COURSE).await;
    let items = |list: Value| list["items"].as_array().unwrap().len();
    assert_eq!(items(ada.call_tool("list_entitlements", json!({})).await.success()), 1);
    assert_eq!(items(grace.call_tool("list_entitlements", json!({})).await.success()), 0);
}

/// The rule against DNS rebinding: <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint>.
#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let urls = app.stack.urls();
    for origin in ["", &urls.web, &urls.web.replace("127.0.0.1", "localhost")] {
        ada.post_mcp(LIST.to_owned(), &[("origin", origin)]).await.expect(200);
    }
    for origin in ["https://evil.example", "null", &urls.api, &format!("{}/", urls.web), "http://127.0.0.1"] {
        let refused = ada.post_mcp(LIST.to_owned(), &[("origin", origin)]).await;
        refused.expect_problem(403, "origin_not_allowed");
    }
}

#[tokio::test]
async fn a_page_of_the_frontend_may_send_the_headers_of_the_protocol() {
    let app = TestApp::start().await;
    let urls = app.stack.urls();
    let preflight = app.http.request(Method::OPTIONS, format!("{}/mcp", urls.api)).header("origin", &urls.web);
    let answer = preflight.send().await.unwrap();
    let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().split(',').collect::<Vec<_>>();
    for header in ["authorization", "content-type", "mcp-method", "mcp-name", "mcp-protocol-version"] {
        assert!(allowed.contains(&header), "{header} is not among {allowed:?}");
    }
}
