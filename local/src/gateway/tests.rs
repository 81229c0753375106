//! Tests of the gateway: routes, tokens, bodies and CORS.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use lambda_http::RequestExt;
use serde_json::{Value, json};
use shared::http::route::{Auth, RouteSpec};
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::{Authorizer, Cors, Gateway, MAX_BODY, Routes};
use crate::identity::{self, Claims, IdentityProvider, SigningKey};
use crate::lambda::Function;

const ORIGIN: &str = "http://localhost:3000";

async fn claims(request: axum::extract::Request) -> Json<Value> {
    let context = request.request_context_ref();
    let jwt = context.and_then(|context| context.authorizer()).and_then(|authorizer| authorizer.jwt.as_ref());
    Json(json!(jwt.map(|jwt| jwt.claims.clone().into_iter().collect::<BTreeMap<_, _>>())))
}

async fn broken() -> &'static str {
    panic!("a bug")
}

fn function() -> Function {
    let spec = |method, path, auth| RouteSpec { method, path, auth };
    Function {
        name: "test",
        routes: vec![
            spec(Method::GET, "/claims", Auth::SignedIn),
            spec(Method::GET, "/open", Auth::Public),
            spec(Method::GET, "/courses/{id}", Auth::Public),
            spec(Method::GET, "/courses/free", Auth::Public),
            spec(Method::GET, "/broken", Auth::Public),
            spec(Method::POST, "/echo", Auth::Public),
        ],
        router: Router::new()
            .route("/claims", get(claims))
            .route("/open", get(claims))
            .route("/courses/{id}", get(|Path(id): Path<String>| async move { format!("course {id}") }))
            .route("/courses/free", get(|| async { "the free one" }))
            .route("/broken", get(broken))
            .route("/echo", post(|body: Bytes| async move { body })),
    }
}

struct Api {
    identity: IdentityProvider,
    router: Router,
}

impl Api {
    /// An identity provider on its own port, and a gateway that trusts it.
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let identity = IdentityProvider::new(&issuer, "tuition", SigningKey::shared_in_process().unwrap());
        let provider = identity::router(identity.clone(), &[]);
        tokio::spawn(async move { axum::serve(listener, provider).await });
        let gateway = Gateway {
            routes: Routes::new(vec![function()]).unwrap(),
            authorizer: Authorizer::new(&issuer, &["tuition", "tuition-chatgpt"]),
            cors: Cors { origins: vec![ORIGIN.to_owned()] },
        };
        let client = axum::extract::connect_info::MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1)));
        Self { identity, router: gateway.router().layer(client) }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        text(self.send(Method::GET, path, &[], Vec::new()).await).await
    }

    async fn get_with(&self, token: &str) -> (StatusCode, String) {
        let headers = [("authorization", token)];
        text(self.send(Method::GET, "/claims", &headers, Vec::new()).await).await
    }

    fn ada(&self) -> Claims {
        self.identity.claims("ada@example.com", &["admin".to_owned(), "staff".to_owned()]).unwrap()
    }
}

async fn text(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn routes_are_matched_as_api_gateway_matches_them() {
    let api = Api::start().await;
    let ok = |text: &str| (StatusCode::OK, text.to_owned());
    assert_eq!(api.get("/courses/rust").await, ok("course rust"));
    assert_eq!(api.get("/courses/free").await, ok("the free one"));
    assert_eq!(api.get("/courses/a%20b").await, ok("course a b"));
    let not_found = (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#.to_owned());
    for path in ["/", "/courses", "/courses/", "/courses/a/b", "/nowhere"] {
        assert_eq!(api.get(path).await, not_found, "{path}");
    }
    assert_eq!(api.send(Method::POST, "/open", &[], Vec::new()).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_valid_token_reaches_the_function_as_strings() {
    let api = Api::start().await;
    let token = api.identity.sign(&api.ada()).unwrap();
    for header in [format!("Bearer {token}"), format!("bearer {token}"), token] {
        let (status, body) = api.get_with(&header).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let claims: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(claims["email"], "ada@example.com");
        assert_eq!(claims["email_verified"], "true");
        assert_eq!(claims["cognito:groups"], "[admin staff]");
        assert!(claims["exp"].as_str().unwrap().parse::<i64>().is_ok(), "{body}");
    }
    assert_eq!(api.get("/open").await, (StatusCode::OK, "null".to_owned()), "no claims without authorizer");
}

#[tokio::test]
async fn every_other_token_is_unauthorized() {
    let api = Api::start().await;
    let now = jiff::Timestamp::now().as_second();
    let with = |name: &str, value: Value| {
        let mut claims = api.ada();
        claims.insert(name.to_owned(), value);
        api.identity.sign(&claims).unwrap()
    };
    let without = |name: &str| {
        let mut claims = api.ada();
        claims.remove(name);
        api.identity.sign(&claims).unwrap()
    };
    let good = api.identity.sign(&api.ada()).unwrap();
    let foreign = Arc::new(SigningKey::generate().unwrap()).sign(&api.ada()).unwrap();
    let table = [
        ("expired", with("exp", json!(now - 1))),
        ("no expiry", without("exp")),
        ("expiry as text", with("exp", json!("tomorrow"))),
        ("not yet valid", with("nbf", json!(now + 60))),
        ("issued in the future", with("iat", json!(now + 60))),
        ("another audience", with("aud", json!("someone else"))),
        ("an audience that is no text", with("aud", json!(5))),
        ("no audience", without("aud")),
        ("another issuer", with("iss", json!("https://example.com"))),
        ("no issuer", without("iss")),
        ("a list of issuers", with("iss", json!([api.identity.issuer]))),
        ("another key", foreign),
        ("a changed signature", format!("{}AAAA", &good[..good.len() - 4])),
        ("no signature", format!("{}.", good.rsplit_once('.').unwrap().0)),
        ("not a token", "Bearer nonsense".to_owned()),
        ("another scheme", format!("Basic {good}")),
        ("nothing after Bearer", "Bearer ".to_owned()),
    ];
    for (what, token) in table {
        assert_eq!(
            api.get_with(&token).await,
            (StatusCode::UNAUTHORIZED, r#"{"message":"Unauthorized"}"#.into()),
            "{what}"
        );
    }
    let response = api.send(Method::GET, "/claims", &[], Vec::new()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn an_access_token_names_its_client_instead_of_an_audience() {
    let api = Api::start().await;
    let status_for = async |client: &str, audience: Option<&str>| {
        let mut claims = api.identity.for_client(client).access_claims("ada@example.com", &[]).unwrap();
        claims.extend(audience.map(|audience| ("aud".to_owned(), json!(audience))));
        api.get_with(&api.identity.sign(&claims).unwrap()).await.0
    };
    for (client, audience, status) in [
        ("tuition", None, StatusCode::OK),
        ("tuition-chatgpt", None, StatusCode::OK),
        ("someone-else", None, StatusCode::UNAUTHORIZED),
        // The audience counts if there is one.
        ("tuition", Some("someone-else"), StatusCode::UNAUTHORIZED),
        ("someone-else", Some("tuition"), StatusCode::OK),
    ] {
        assert_eq!(status_for(client, audience).await, status, "{client} {audience:?}");
    }
}

#[tokio::test]
async fn a_failing_function_is_an_internal_server_error() {
    let api = Api::start().await;
    let expected = (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#.to_owned());
    assert_eq!(api.get("/broken").await, expected);
}

#[tokio::test]
async fn bodies_up_to_ten_megabytes_pass() {
    let api = Api::start().await;
    let response = api.send(Method::POST, "/echo", &[], vec![0xff; 1000]).await;
    assert_eq!(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec(), vec![0xff; 1000]);
    let response = api.send(Method::POST, "/echo", &[], vec![0; MAX_BODY + 1]).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

fn allowed_origin(headers: &HeaderMap) -> Option<&str> {
    headers.get("access-control-allow-origin").and_then(|value| value.to_str().ok())
}

#[tokio::test]
async fn the_gateway_sets_cors_headers() {
    let api = Api::start().await;
    let preflight = api.send(Method::OPTIONS, "/claims", &[("origin", ORIGIN)], Vec::new()).await;
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    assert_eq!(allowed_origin(preflight.headers()), Some(ORIGIN));
    assert!(preflight.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));

    let stranger = api.send(Method::OPTIONS, "/claims", &[("origin", "https://evil.example")], Vec::new()).await;
    assert_eq!(stranger.status(), StatusCode::NO_CONTENT);
    assert_eq!(allowed_origin(stranger.headers()), None);

    for path in ["/open", "/claims", "/nowhere"] {
        let answer = api.send(Method::GET, path, &[("origin", ORIGIN)], Vec::new()).await;
        assert_eq!(allowed_origin(answer.headers()), Some(ORIGIN), "{path}");
        assert!(answer.headers().contains_key("apigw-requestid"), "{path}");
    }
}
