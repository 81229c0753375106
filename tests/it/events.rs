//! The folder `events/`: one payload for each route and each handled event, as `sam local invoke` and
//! `cargo lambda invoke` take them. Each goes through its function's real entry.
//!
//! The files are made by one of these tests; this writes them again:
//! `UPDATE_EVENTS=1 cargo test -p tests --test it what_the_story_makes`

mod files;
mod members;
mod names;
mod resign;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use local::lambda::{Function, invoke};
use serde_json::Value;
use shared::config::Lookup;
use shared::fulfil::events::HANDLED_EVENTS;
use shared::http::gateway::LambdaResponse;
use shared::http::route::{Auth, Route};
use shared::store::{Store, StoreConfig};
use shared::stripe::{SignatureError, WebhookSecrets};

use crate::support::app::TestApp;
use files::{Call, SCHEDULE, SESSION};
use names::Names;
use resign::{DEVELOPMENT_SECRET, resign};
use story::Story;

/// The calls of the API, each with the status and a telling part of its answer.
const CALLS: &[(Call, u16, &str)] = &[
    (
        call("billing/cancel_subscription", "POST /billing/subscription/cancel", "", "{}"),
        200,
        r#""cancel_at_period_end":true"#,
    ),
    (
        call("billing/change_subscription", "POST /billing/subscription/change", "", r#"{"plan_id":"plus"}"#),
        200,
        r#"{"plan":"plus","status":"active","has_access":true"#,
    ),
    (call("billing/list_invoices", "GET /billing/invoices", "", ""), 200, r#""status":"paid""#),
    (
        call("billing/open_portal", "POST /billing/portal", "", r#"{"flow":"payment_method_update"}"#),
        200,
        r#"{"url":"http"#,
    ),
    (
        call(
            "billing/preview_change",
            "POST /billing/subscription/change/preview",
            "",
            r#"{"plan_id":"plus","interval":"year"}"#,
        ),
        200,
        r#""lines":[{"description":""#,
    ),
    (
        call("billing/resume_subscription", "POST /billing/subscription/resume", "", "{}"),
        200,
        r#""cancel_at_period_end":false"#,
    ),
    (call("billing/show_subscription", "GET /billing/subscription", "", ""), 200, r#""payment_problem":null"#),
    (
        call(
            "checkout/create_session",
            "POST /checkout/sessions",
            "",
            r#"{"course_id":"ai-in-4-weekends","currency":"usd"}"#,
        ),
        201,
        r#""checkout_url":"http"#,
    ),
    (
        call("checkout/show_session", "GET /checkout/sessions/{id}", SESSION, ""),
        200,
        r#"{"status":"complete","payment_status":"paid","fulfilled":true}"#,
    ),
    (call("courses/show_catalog", "GET /catalog", "", ""), 200, r#""id":"practice-bundle""#),
    (call("courses/list_courses", "GET /courses", "", ""), 200, r#""next_cursor":null"#),
    (call("courses/show_course", "GET /courses/{id}", "ai-in-4-weekends", ""), 200, r#""reason":"subscribed""#),
    (
        call("courses/check_access", "GET /courses/{id}/access", "vector-search", ""),
        200,
        r#"{"has_access":true,"because":{"reason":"purchased""#,
    ),
    (call("entitlements/list_entitlements", "GET /entitlements", "", ""), 200, r#""product":"fine-tuning""#),
    (
        call("entitlements/show_entitlement", "GET /entitlements/{product}", "ai-engineer-track", ""),
        200,
        r#""has_access":false"#,
    ),
    (call("entitlements/show_usage", "GET /usage", "", ""), 200, r#""scenarios":{"used":"#),
    (
        call("entitlements/consume_usage", "POST /usage/{meter}", "ai_minutes", r#"{"quantity":1}"#),
        200,
        r#"{"used":1,"limit":null,"period":"day","resets_at":""#,
    ),
];

const fn call(file: &'static str, route: &'static str, variable: &'static str, body: &'static str) -> Call {
    Call { file, route, variable, body }
}

#[tokio::test]
async fn every_file_is_answered_by_its_function() {
    let story = Story::play().await;
    let functions = functions(&story.app).await;
    let (_, names) = made(&story, &functions).await;
    // The webhook first, so that the API knows what happened. The ids become those that Stripe knows in this run.
    let (webhook, api): (Vec<_>, Vec<_>) =
        files::read().into_iter().partition(|(path, _)| path.starts_with("webhook/"));
    for (path, event) in webhook.into_iter().chain(api) {
        let mut event: Value = serde_json::from_str(&names.recall(&event.to_string())).unwrap();
        let name = path.split('/').next().unwrap();
        let (status, part) = match CALLS.iter().find(|(call, ..)| path == format!("{}.json", call.file)) {
            Some((_, status, part)) => (*status, *part),
            None => (200, r#"{"outcome":"applied"}"#),
        };
        if path == SCHEDULE {
            let report = story.app.stack.reconcile().await.unwrap();
            assert!(report.finished && report.failed == 0, "{report:?}");
            continue;
        }
        if name == "webhook" {
            resign(&mut event, DEVELOPMENT_SECRET, Timestamp::now());
        }
        let function = functions.iter().find(|function| function.name == name).unwrap();
        let answer = LambdaResponse::parse(&invoke(&function.router, &event).await.unwrap()).unwrap();
        let body = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status.as_u16(), status, "{path}: {body}");
        assert!(body.contains(part), "{path}: {body}");
    }
}

#[tokio::test]
async fn the_files_are_the_routes_and_the_handled_events_and_no_others() {
    let app = TestApp::start().await;
    let mut expected: BTreeSet<String> = HANDLED_EVENTS.iter().map(|(kind, _)| format!("webhook/{kind}")).collect();
    for function in functions(&app).await.iter().filter(|function| function.name != "webhook") {
        expected.extend(function.routes.iter().map(|route| format!("{} {}", function.name, route.key())));
    }
    expected.insert(SCHEDULE.to_owned());
    let named = |(path, event): (String, Value)| match path.split_once('/').unwrap() {
        _ if path == SCHEDULE => path,
        ("webhook", file) => format!("webhook/{}", file.strip_suffix(".json").unwrap()),
        (function, _) => format!("{function} {}", event["routeKey"].as_str().unwrap()),
    };
    let files: Vec<String> = files::read().into_iter().map(named).collect();
    assert_eq!(files.iter().cloned().collect::<BTreeSet<_>>(), expected, "a new one belongs into CALLS or the story");
    assert_eq!(files.len(), expected.len(), "one file each");
}

#[tokio::test]
async fn the_files_are_what_the_story_makes() {
    let story = Story::play().await;
    let functions = functions(&story.app).await;
    let (made, _) = made(&story, &functions).await;
    if std::env::var_os("UPDATE_EVENTS").is_some() {
        files::write(&made);
    }
    let kept = files::read();
    assert_eq!(kept.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>());
    for (path, event) in &made {
        assert_eq!(&kept[path], event, "{path} is out of date; the head of this file says how to write it again");
    }
}

#[test]
fn a_kept_signature_is_good_for_its_own_time_only() {
    let secrets = WebhookSecrets::parse(DEVELOPMENT_SECRET).unwrap();
    for (path, event) in files::read().into_iter().filter(|(path, _)| path.starts_with("webhook/")) {
        let (body, header) = (event["body"].as_str().unwrap(), event["headers"]["stripe-signature"].as_str().unwrap());
        let verify = |at| secrets.verify(body.as_bytes(), header, at);
        let signed_at = Timestamp::from_second(names::NOON).unwrap();
        assert_eq!(verify(signed_at), Ok(()), "{path}");
        assert_eq!(verify(Timestamp::now()), Err(SignatureError::Stale), "{path}");
    }
}

async fn made(story: &Story, functions: &[Function]) -> (BTreeMap<String, Value>, Names) {
    let routes = functions.iter().flat_map(|function| &function.routes);
    let public: Vec<String> = routes.filter(|route| route.auth == Auth::Public).map(|route| route.key()).collect();
    let public: Vec<&str> = public.iter().map(String::as_str).collect();
    let calls: Vec<&Call> = CALLS.iter().map(|(call, ..)| call).collect();
    files::make(story, &calls, &public).await
}

/// The functions as their `main.rs` make them, on the stack's table and Stripe.
async fn functions(app: &TestApp) -> [Function; 5] {
    let urls = app.stack.urls();
    let variables = [
        ("APP_ORIGINS", urls.web.as_str()),
        ("STRIPE_API_BASE", &urls.stripe),
        ("STRIPE_SECRET_KEY", app.stack.stripe_key()),
        ("STRIPE_WEBHOOK_SECRET", DEVELOPMENT_SECRET),
    ];
    let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let lookup = Lookup::new(&find);
    let sdk = local::sdk_config(&urls.dynamodb);
    let store = || Store::new(&sdk, &StoreConfig::from_lookup(&lookup).unwrap());

    let billing = billing::State::new(&billing::Config::from_lookup(&lookup).unwrap(), store()).unwrap();
    let checkout = checkout::State::new(&checkout::Config::from_lookup(&lookup).unwrap(), store()).unwrap();
    let webhook = webhook::State::new(&webhook::Config::from_lookup(&lookup).unwrap(), store()).unwrap();
    let courses = courses::State::new(&courses::Config::from_lookup(&lookup).unwrap(), store());
    let entitlements = entitlements::State::new(&entitlements::Config::from_lookup(&lookup).unwrap(), store());
    [
        function("billing", billing::routes(), billing::router(billing)),
        function("checkout", checkout::routes(), checkout::router(checkout)),
        function("courses", courses::routes(), courses::router(courses)),
        function("entitlements", entitlements::routes(), entitlements::router(entitlements)),
        function("webhook", webhook::routes(), webhook::router(webhook)),
    ]
}

fn function<S>(name: &'static str, routes: Vec<Route<S>>, router: axum::Router) -> Function {
    Function { name, routes: routes.into_iter().map(|route| route.spec).collect(), router }
}
