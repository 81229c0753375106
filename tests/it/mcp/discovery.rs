//! Shows how a client that knows only the address finds out who signs learners in, and where the function finds the API.

use local::lambda::invoke;
use reqwest::Method;
use serde_json::{Value, json};
use shared::config::Lookup;
use shared::http::gateway::LambdaResponse;

use crate::support::app::TestApp;

const AT_THE_ROOT: &str = "/.well-known/oauth-protected-resource";
const OF_THE_ENDPOINT: &str = "/.well-known/oauth-protected-resource/mcp";

const EVENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/mcp/show_protected_endpoint.json");

/// RFC 9728 wants each document to name the resource that its own address was made of.
#[tokio::test]
async fn both_documents_name_the_issuer_and_need_no_token() {
    let app = TestApp::start().await;
    let urls = app.stack.urls();
    for (path, resource) in [(AT_THE_ROOT, urls.api.clone()), (OF_THE_ENDPOINT, format!("{}/mcp", urls.api))] {
        let answer = app.call_without_token(Method::GET, path, None).await;
        assert_eq!(answer.headers["content-type"], "application/json");
        let expected = json!({
            "resource": resource,
            "authorization_servers": [app.stack.identity().issuer],
            "bearer_methods_supported": ["header"],
        });
        assert_eq!(answer.expect(200), expected);
    }
    // Where the client goes next.
    let metadata = format!("{}/.well-known/openid-configuration", app.stack.identity().issuer);
    let metadata: Value = app.http.get(metadata).send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["issuer"], json!(app.stack.identity().issuer));
}

/// The answer of the function at the event's `requestContext.domainName`, when nothing is configured.
async fn at(domain: Value, host: &str) -> (u16, Value) {
    let find = |name: &str| match name {
        "APP_ORIGINS" => Some("https://school.example".to_owned()),
        "JWT_ISSUER" => Some("https://login.school.example".to_owned()),
        _ => None,
    };
    let router = mcp::router(mcp::State::new(&mcp::Config::from_lookup(&Lookup::new(&find)).unwrap()));
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(EVENT).unwrap()).unwrap();
    event["requestContext"]["domainName"] = domain;
    event["headers"]["host"] = json!(host);
    event["headers"]["x-forwarded-host"] = json!(host);
    let answer = LambdaResponse::parse(&invoke(&router, &event).await.unwrap()).unwrap();
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
}

#[tokio::test]
async fn by_default_the_api_is_where_api_gateway_says_and_nowhere_else() {
    for domain in ["a1b2c3.execute-api.eu-central-1.amazonaws.com", "api.school.example", "API.School.example"] {
        for host in [domain, "evil.example", "}{"] {
            let (status, document) = at(json!(domain), host).await;
            assert_eq!(status, 200, "{document}");
            assert_eq!(document["resource"], format!("https://{}/mcp", domain.to_lowercase()), "{host}");
        }
    }
    for domain in
        [json!("evil.example/"), json!("a@evil.example"), json!("a b"), json!("a:443"), json!(""), Value::Null]
    {
        let (status, problem) = at(domain.clone(), "evil.example").await;
        assert_eq!((status, &problem["code"]), (500, &json!("internal_error")), "{domain}");
    }
}
