//! The files of `events/`: what Lambda receives, made of the scenario.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::{Value, json};
use shared::fulfil::events::HANDLED_EVENTS;
use shared::http::gateway::{EventSource, Invocation, flatten_claims};

use super::scenario::Scenario;
use super::signature::{DEVELOPMENT_SECRET, sign};
use crate::support::stable_ids::{NOON, StableIds, move_to_noon};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");

/// One call of the API: the file, the route as API Gateway names it, and what the client sends.
pub(super) struct Call {
    pub(super) file: &'static str,
    pub(super) route: &'static str,
    /// What the route's variables are, with a space between them; `SESSION` is the scenario's paid one, `PAYMENT_INTENT`
    /// what paid it, `CERTIFICATE` its certificate.
    pub(super) variable: &'static str,
    pub(super) body: &'static str,
}

/// What a schedule calls a function with.
pub(super) const SCHEDULE: &str = "reconcile/schedule.json";

/// The variable that stands for the session of the scenario.
pub(super) const SESSION: &str = "SESSION";

/// The variable that stands for the certificate of the scenario.
pub(super) const CERTIFICATE: &str = "CERTIFICATE";
/// The variable that stands for the payment of that session.
pub(super) const PAYMENT_INTENT: &str = "PAYMENT_INTENT";

/// Every file by its path beneath `events/`, as the scenario makes it, and the ids that this run had.
pub(super) async fn make(
    scenario: &Scenario,
    calls: &[&Call],
    public: &[&str],
) -> (BTreeMap<String, Value>, StableIds) {
    let mut ids = StableIds::default();
    let mut files = BTreeMap::new();
    for (kind, _) in HANDLED_EVENTS {
        let mut event = scenario.event(kind).await;
        move_to_noon(&mut event, scenario.began);
        // Stripe indents its payloads by two spaces.
        let payload = on_the_usual_ports(scenario, &ids.replace(&format!("{event:#}")));
        files.insert(format!("webhook/{kind}.json"), delivery(&payload));
    }
    for call in calls {
        let event = request(scenario, call, public.contains(&call.route));
        let text = on_the_usual_ports(scenario, &ids.replace(&event.to_string()));
        files.insert(format!("{}.json", call.file), serde_json::from_str(&text).unwrap());
    }
    files.insert(SCHEDULE.to_owned(), scheduled());
    (files, ids)
}

/// What EventBridge sends. See <https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html>.
fn scheduled() -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": Timestamp::from_second(NOON).unwrap().to_string(),
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/tuition-ReconcileSchedule"],
        "detail": {},
    })
}

/// The files of the folder.
pub(super) fn read() -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    for function in entries(Path::new(FOLDER)) {
        for file in entries(&function) {
            let path = file.strip_prefix(FOLDER).unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            files.insert(path, serde_json::from_str(&text).unwrap());
        }
    }
    files
}

/// Replaces the folder.
pub(super) fn write(files: &BTreeMap<String, Value>) {
    for file in read().keys() {
        std::fs::remove_file(Path::new(FOLDER).join(file)).unwrap();
    }
    for (path, event) in files {
        let path = Path::new(FOLDER).join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("{event:#}\n")).unwrap();
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// A delivery of Stripe's to the function URL, signed at noon.
fn delivery(payload: &str) -> Value {
    let headers = headers(&[
        (CONTENT_TYPE, "application/json; charset=utf-8"),
        (USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
    ]);
    let mut event = Invocation {
        source: EventSource::FunctionUrl,
        method: &Method::POST,
        path: "/",
        query: None,
        headers: &headers,
        body: payload.as_bytes(),
        domain_name: "tuitionwebhook.lambda-url.us-east-1.on.aws",
        source_ip: "3.18.12.63",
        request_id: "c7b9e1c4-7b5b-4c8e-9d0a-2f6f5a3b8d11",
        time: noon(),
    }
    .to_event();
    sign(&mut event, DEVELOPMENT_SECRET, noon());
    event
}

/// A call of the API, as its gateway hands it over.
fn request(scenario: &Scenario, call: &Call, is_public: bool) -> Value {
    let (method, template) = call.route.split_once(' ').unwrap();
    let values = match call.variable {
        SESSION => &scenario.session,
        PAYMENT_INTENT => &scenario.payment_intent,
        CERTIFICATE => &scenario.certificate,
        variables => variables,
    };
    let (path, path_parameters) = fill(template, values);
    let browser = [(USER_AGENT, "Mozilla/5.0"), (HeaderName::from_static("origin"), "http://127.0.0.1:3000")];
    let is_of_an_assistant = call.file.starts_with("mcp/");
    let mut sent = if is_of_an_assistant { vec![(USER_AGENT, "mcp-client/1.0")] } else { browser.to_vec() };
    if !is_public {
        sent.push((AUTHORIZATION, "Bearer the-gateway-has-checked-it"));
    }
    if !call.body.is_empty() {
        sent.push((CONTENT_TYPE, "application/json"));
    }
    let claims = claims(scenario, call);
    Invocation {
        source: EventSource::HttpApi {
            route_key: call.route,
            path_parameters: &path_parameters,
            claims: (!is_public).then_some(&claims),
        },
        method: &method.parse().unwrap(),
        path: &path,
        query: None,
        headers: &headers(&sent),
        body: call.body.as_bytes(),
        domain_name: "tuitionapi.execute-api.us-east-1.amazonaws.com",
        source_ip: "127.0.0.1",
        request_id: "JKJaXmPLvHcESHA=",
        time: noon(),
    }
    .to_event()
}

/// A path template with its variables.
fn fill(template: &str, values: &str) -> (String, BTreeMap<String, String>) {
    let (mut path, mut parameters) = (template.to_owned(), BTreeMap::new());
    for value in values.split_whitespace() {
        let (before, rest) = path.split_once('{').unwrap();
        let (name, after) = rest.split_once('}').unwrap();
        parameters.insert(name.to_owned(), value.to_owned());
        path = format!("{before}{value}{after}");
    }
    (path, parameters)
}

/// What the JWT authorizer found in the token.
fn claims(scenario: &Scenario, call: &Call) -> BTreeMap<String, String> {
    let mut claims = json!({
        "sub": scenario.ada.user,
        "email": "ada@example.com",
        "email_verified": true,
        "token_use": "id",
        "iss": "http://127.0.0.1:9002",
        "aud": "tuition-local",
        "iat": NOON,
        "exp": NOON + 3_600,
    });
    if call.file.starts_with("admin/") {
        claims["cognito:groups"] = json!(["admin"]);
    }
    flatten_claims(claims.as_object().unwrap())
}

fn headers(sent: &[(HeaderName, &'static str)]) -> HeaderMap {
    sent.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

/// Every run has free ports; the files have those of `make run`.
fn on_the_usual_ports(scenario: &Scenario, text: &str) -> String {
    let urls = scenario.app.stack.urls();
    text.replace(&urls.stripe, "http://127.0.0.1:12111").replace(&urls.web, "http://127.0.0.1:3000")
}

fn noon() -> Timestamp {
    Timestamp::from_second(NOON).unwrap()
}
