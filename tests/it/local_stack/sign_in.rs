//! Shows that an application signs learners in by the standard: authorization code with PKCE, refresh token, end of session.

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::{Value, json};

use super::running_stack::start;

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An application at the origin of the shop.
struct Application {
    stack: local::Stack,
    http: Client,
    redirect_uri: String,
}

impl Application {
    async fn start() -> Self {
        let stack = start().await;
        let redirect_uri = format!("{}/signed-in", stack.urls().web);
        Self { stack, http: Client::builder().redirect(Policy::none()).build().unwrap(), redirect_uri }
    }

    fn identity(&self, path: &str) -> String {
        format!("{}{path}", self.stack.urls().identity)
    }

    /// The authorization request, with some parameters changed.
    fn request<'a>(&'a self, changes: &[(&'a str, &'a str)]) -> Url {
        let usual = [
            ("response_type", "code"),
            ("client_id", "tuition-local"),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", "openid email"),
            ("state", "s1"),
            ("nonce", "n1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let unchanged = usual.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        Url::parse_with_params(&self.identity("/authorize"), unchanged.chain(changes.iter().copied())).unwrap()
    }

    /// Chooses an address on the sign-in page, and follows to the code.
    async fn code(&self) -> String {
        let answer = self.http.post(self.request(&[])).form(&[("email", "ada@example.com")]).send().await.unwrap();
        parameter(&location(&answer), "code").unwrap()
    }

    async fn token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let answer = self.http.post(self.identity("/token")).form(form).send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        (answer.status(), answer.json().await.unwrap())
    }

    /// Exchanges a code, with some parameters changed.
    async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> (StatusCode, Value) {
        let usual = [
            ("grant_type", "authorization_code"),
            ("client_id", "tuition-local"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        let unchanged = usual.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        self.token(&unchanged.chain(changes.iter().copied()).collect::<Vec<_>>()).await
    }

    /// What the API says to a token.
    async fn courses(&self, token: &Value) -> StatusCode {
        let url = format!("{}/courses", self.stack.urls().api);
        self.http.get(url).bearer_auth(token.as_str().unwrap()).send().await.unwrap().status()
    }
}

#[tokio::test]
async fn a_code_is_exchanged_for_tokens_that_the_api_accepts() {
    let app = Application::start().await;
    let page = app.http.get(app.request(&[("login_hint", "grace@school.example")])).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains(&format!("form-action 'self' {};", app.stack.urls().web)), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains("value=\"ada@example.com\"") && html.contains("value=\"grace@school.example\""), "{html}");

    let answer = app.http.post(app.request(&[])).form(&[("email", "ada@example.com")]).send().await.unwrap();
    let back = location(&answer);
    assert!(back.as_str().starts_with(&app.redirect_uri), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("s1"));

    let (status, tokens) = app.exchange(&parameter(&back, "code").unwrap(), &[]).await;
    assert_eq!(
        (status, &tokens["token_type"], &tokens["expires_in"]),
        (StatusCode::OK, &json!("Bearer"), &json!(3600))
    );
    let claims = claims(&tokens["id_token"]);
    assert_eq!([&claims["email"], &claims["nonce"], &claims["aud"]], ["ada@example.com", "n1", "tuition-local"]);
    assert_eq!(app.courses(&tokens["id_token"]).await, StatusCode::OK);

    let form = [("grant_type", "refresh_token"), ("client_id", "tuition-local")];
    let refresh = [&form[..], &[("refresh_token", tokens["refresh_token"].as_str().unwrap())]].concat();
    let (_, refreshed) = app.token(&refresh).await;
    let again = self::claims(&refreshed["id_token"]);
    assert_eq!([&again["sub"], &again["auth_time"]], [&claims["sub"], &claims["auth_time"]]);
    assert_eq!(again.get("nonce"), None);
    assert_eq!(app.courses(&refreshed["id_token"]).await, StatusCode::OK);
    assert_eq!(app.courses(&tokens["refresh_token"]).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_signs_in_as_an_operator_is_one_in_all_tokens() {
    let app = Application::start().await;
    let html = app.http.get(app.request(&[])).send().await.unwrap().text().await.unwrap();
    assert!(html.contains(r#"type="hidden" name="group" value="admin""#), "{html}");
    let form = [("group", "admin"), ("email", "olga@example.com")];
    let answer = app.http.post(app.request(&[])).form(&form).send().await.unwrap();
    let (_, tokens) = app.exchange(&parameter(&location(&answer), "code").unwrap(), &[]).await;
    let form = [("grant_type", "refresh_token"), ("client_id", "tuition-local")];
    let refresh = [&form[..], &[("refresh_token", tokens["refresh_token"].as_str().unwrap())]].concat();
    let (_, refreshed) = app.token(&refresh).await;
    for token in [&tokens["id_token"], &tokens["access_token"], &refreshed["id_token"], &refreshed["access_token"]] {
        assert_eq!(claims(token)["cognito:groups"], json!(["admin"]));
    }
    let (_, learner) = app.exchange(&app.code().await, &[]).await;
    assert_eq!(claims(&learner["id_token"]).get("cognito:groups"), None);
}

#[tokio::test]
async fn a_code_is_good_once_and_only_for_who_asked() {
    let app = Application::start().await;
    let used = app.code().await;
    assert_eq!(app.exchange(&used, &[]).await.0, StatusCode::OK);
    let elsewhere = format!("{}/elsewhere", app.stack.urls().web);
    let cases = [
        (used, vec![], 400, "invalid_grant"),
        ("made-up".to_owned(), vec![], 400, "invalid_grant"),
        (app.code().await, vec![("code_verifier", CHALLENGE)], 400, "invalid_grant"),
        (app.code().await, vec![("redirect_uri", elsewhere.as_str())], 400, "invalid_grant"),
        (app.code().await, vec![("client_id", "another")], 401, "invalid_client"),
        (app.code().await, vec![("grant_type", "password")], 400, "unsupported_grant_type"),
    ];
    for (code, changes, status, error) in cases {
        let (answered, body) = app.exchange(&code, &changes).await;
        assert_eq!((answered.as_u16(), &body["error"]), (status, &json!(error)), "{changes:?}");
    }
    let id_token = app.exchange(&app.code().await, &[]).await.1["id_token"].clone();
    for token in ["", "made-up", id_token.as_str().unwrap()] {
        let form = [("grant_type", "refresh_token"), ("client_id", "tuition-local"), ("refresh_token", token)];
        let (status, body) = app.token(&form).await;
        assert_eq!((status, &body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "{token}");
    }
}

#[tokio::test]
async fn a_wrong_request_is_reported_to_the_application_but_never_to_a_stranger() {
    let app = Application::start().await;
    let told = [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "email"), "invalid_scope"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ];
    for (change, error) in told {
        let back = location(&app.http.get(app.request(&[change])).send().await.unwrap());
        assert!(back.as_str().starts_with(&app.redirect_uri), "{back}");
        assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{change:?}");
        assert_eq!(parameter(&back, "state").as_deref(), Some("s1"));
    }
    let shown = [
        ("client_id", "another"),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", ""),
    ];
    for change in shown {
        let url = app.request(&[change]);
        let posted = app.http.post(url.clone()).form(&[("email", "ada@example.com")]).send().await.unwrap();
        for answer in [app.http.get(url).send().await.unwrap(), posted] {
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{change:?}");
            assert_eq!(answer.headers().get("location"), None);
        }
    }
}

#[tokio::test]
async fn what_is_no_address_is_asked_for_again() {
    let app = Application::start().await;
    let answer = app.http.post(app.request(&[])).form(&[("email", "\"<ada>")]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let html = answer.text().await.unwrap();
    assert!(html.contains("aria-invalid=\"true\"") && html.contains("This is not an e-mail address."), "{html}");
    assert!(!html.contains("<ada>"), "what was typed is escaped: {html}");
}

#[tokio::test]
async fn the_end_of_a_session_leads_back_to_known_origins_only() {
    let app = Application::start().await;
    let end =
        async |query: &[(&str, &str)]| app.http.get(app.identity("/end_session")).query(query).send().await.unwrap();
    let home = format!("{}/signed-out", app.stack.urls().web);
    let back = location(&end(&[("post_logout_redirect_uri", &home), ("state", "s2")]).await);
    assert_eq!(back.as_str(), format!("{home}?state=s2"));
    let lost = end(&[("post_logout_redirect_uri", "https://evil.example/")]).await;
    assert_eq!((lost.status(), lost.headers().get("location")), (StatusCode::BAD_REQUEST, None));
    assert!(end(&[]).await.text().await.unwrap().contains("You are signed out."));
}

#[tokio::test]
async fn the_discovery_document_names_endpoints_that_pages_of_the_shop_may_call() {
    let app = Application::start().await;
    let discovery: Value =
        app.http.get(app.identity("/.well-known/openid-configuration")).send().await.unwrap().json().await.unwrap();
    for (name, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("end_session_endpoint", "/end_session"),
        ("jwks_uri", "/.well-known/jwks.json"),
    ] {
        assert_eq!(discovery[name], json!(app.identity(path)));
    }
    for (origin, is_allowed) in [(app.stack.urls().web.as_str(), true), ("https://evil.example", false)] {
        let answer = app.http.post(app.identity("/token")).header("origin", origin).send().await.unwrap();
        assert_eq!(answer.headers().contains_key("access-control-allow-origin"), is_allowed, "{origin}");
    }
}

fn location(answer: &Response) -> Url {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// What a token says. The API checks its signature.
fn claims(token: &Value) -> Value {
    use base64::Engine;
    let body = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}
