//! Shows that every file of `events/` is up to date, and is answered by its function.
//!
//! The files are made by one of these tests; this writes them again:
//! `UPDATE_EVENTS=1 cargo test -p tests --test it what_the_scenario_makes`

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use local::lambda::{Function, invoke};
use serde_json::Value;
use shared::fulfil::events::HANDLED_EVENTS;
use shared::http::gateway::LambdaResponse;
use shared::http::route::Auth;
use shared::stripe::{SignatureError, WebhookSecrets};

use super::calls::CALLS;
use super::files::{self, Call, SCHEDULE};
use super::functions::functions;
use super::scenario::Scenario;
use super::signature::{DEVELOPMENT_SECRET, sign};
use crate::support::app::TestApp;
use crate::support::stable_ids::{NOON, StableIds};

#[tokio::test]
async fn every_file_is_answered_by_its_function() {
    let scenario = Scenario::play().await;
    let functions = functions(&scenario.app).await;
    let (_, ids) = made(&scenario, &functions).await;
    // The webhook first, as the API answers what it has stored. The ids become those of this run.
    let (webhook, api): (Vec<_>, Vec<_>) =
        files::read().into_iter().partition(|(path, _)| path.starts_with("webhook/"));
    for (path, event) in webhook.into_iter().chain(api) {
        let mut event: Value = serde_json::from_str(&ids.restore(&event.to_string())).unwrap();
        let name = path.split('/').next().unwrap();
        let (status, part) = match CALLS.iter().find(|(call, ..)| path == format!("{}.json", call.file)) {
            Some((_, status, part)) => (*status, *part),
            None => (200, r#"{"outcome":"applied"}"#),
        };
        if path == SCHEDULE {
            let report = scenario.app.stack.reconcile().await.unwrap();
            assert!(report.finished && report.failed == 0, "{report:?}");
            continue;
        }
        if name == "webhook" {
            sign(&mut event, DEVELOPMENT_SECRET, Timestamp::now());
        }
        let function = functions.iter().find(|function| function.name == name).unwrap();
        let answer = LambdaResponse::parse(&invoke(&function.router, &event).await.unwrap()).unwrap();
        let body = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status.as_u16(), status, "{path}: {body}");
        assert!(body.contains(part), "{path}: {body}");
    }
}

#[tokio::test]
async fn there_is_one_file_for_every_route_and_every_handled_event() {
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
    assert_eq!(
        files.iter().cloned().collect::<BTreeSet<_>>(),
        expected,
        "a new one belongs into CALLS or the scenario"
    );
    assert_eq!(files.len(), expected.len(), "one file each");
}

#[tokio::test]
async fn the_files_are_what_the_scenario_makes() {
    let scenario = Scenario::play().await;
    let functions = functions(&scenario.app).await;
    let (made, _) = made(&scenario, &functions).await;
    if std::env::var_os("UPDATE_EVENTS").is_some() {
        files::write(&made);
    }
    let stored = files::read();
    assert_eq!(stored.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>());
    for (path, event) in &made {
        assert_eq!(&stored[path], event, "{path} is out of date; the head of this file says how to write it again");
    }
}

#[test]
fn the_signature_in_a_file_is_valid_only_at_its_own_time() {
    let secrets = WebhookSecrets::parse(DEVELOPMENT_SECRET).unwrap();
    for (path, event) in files::read().into_iter().filter(|(path, _)| path.starts_with("webhook/")) {
        let (body, header) = (event["body"].as_str().unwrap(), event["headers"]["stripe-signature"].as_str().unwrap());
        let verify = |at| secrets.verify(body.as_bytes(), header, at);
        let signed_at = Timestamp::from_second(NOON).unwrap();
        assert_eq!(verify(signed_at), Ok(()), "{path}");
        assert_eq!(verify(Timestamp::now()), Err(SignatureError::Stale), "{path}");
    }
}

async fn made(scenario: &Scenario, functions: &[Function]) -> (BTreeMap<String, Value>, StableIds) {
    let routes = functions.iter().flat_map(|function| &function.routes);
    let public: Vec<String> = routes.filter(|route| route.auth == Auth::Public).map(|route| route.key()).collect();
    let public: Vec<&str> = public.iter().map(String::as_str).collect();
    let calls: Vec<&Call> = CALLS.iter().map(|(call, ..)| call).collect();
    files::make(scenario, &calls, &public).await
}
