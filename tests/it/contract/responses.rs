//! The check that every answer of the API goes through can fail.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::contract;
use crate::support::response::TestResponse;

#[tokio::test]
async fn an_answer_that_is_not_in_the_contract_is_found() {
    let ada = TestApp::start().await.as_learner("ada").await;
    let usage = ada.get("/usage").await;
    let refused = ada.consume("ai_minutes", 1_000).await;
    assert_eq!((mismatch("/usage", &usage), mismatch("/usage/ai_minutes", &refused)), (None, None));

    let check = |path: &str, answer: &TestResponse, change: &dyn Fn(&mut TestResponse)| {
        let mut changed = answer.clone();
        change(&mut changed);
        assert!(mismatch(path, &changed).is_some(), "{path} {} {}", changed.status, changed.body);
    };
    check("/usage", &usage, &|answer| answer.status = StatusCode::IM_A_TEAPOT);
    check("/usage", &usage, &|answer| answer.body["unheard_of"] = json!(1));
    check("/usage", &usage, &|answer| answer.body["meters"]["ai_minutes"]["unheard_of"] = json!(1));
    check("/usage", &usage, &|answer| answer.body["meters"]["ai_minutes"]["resets_at"] = json!("tomorrow"));
    check("/usage", &usage, &|answer| answer.body["meters"]["ai_minutes"]["used"] = Value::Null);
    check("/unheard-of", &usage, &|_| ());
    check("/usage/ai_minutes", &refused, &|answer| answer.body["code"] = json!("rate_limited"));
    check("/usage/ai_minutes", &refused, &|answer| drop(answer.body.as_object_mut().unwrap().remove("resets_at")));
    check("/usage/ai_minutes", &refused, &|answer| {
        answer.headers.insert("content-type", "text/plain".parse().unwrap());
    });
}

fn mismatch(path: &str, answer: &TestResponse) -> Option<String> {
    contract::mismatch(path, answer.status, &answer.headers, &answer.body)
}
