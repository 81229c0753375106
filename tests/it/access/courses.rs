//! Shows how courses and entitlements are listed for a learner.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn a_course_shows_which_modules_are_locked() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let locked = async || {
        let course = ada.get(&format!("/courses/{COURSE}")).await.expect(200);
        let modules = course["modules"].as_array().unwrap().clone();
        modules.iter().map(|module| module["locked"].as_bool().unwrap()).collect::<Vec<bool>>()
    };
    assert_eq!(locked().await, [false, true], "the preview is open to everybody");
    ada.buy(COURSE).await;
    assert_eq!(locked().await, [false, false]);
}

#[tokio::test]
async fn the_pages_of_a_list_join_without_a_gap() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let whole = ada.get("/courses").await.expect(200);
    assert_eq!(whole["next_cursor"], Value::Null);
    let (mut joined, mut path) = (Vec::new(), "/courses?limit=2".to_owned());
    loop {
        let page = ada.get(&path).await.expect(200);
        joined.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/courses?limit=2&cursor={cursor}");
    }
    assert_eq!(json!(joined), whole["items"]);
    assert_eq!(joined.len(), 6);
}

#[tokio::test]
async fn an_entitlement_says_what_it_opens_and_why() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let none = ada.get(&format!("/entitlements/{COURSE}")).await.expect(200);
    assert_eq!((&none["has_access"], &none["because"]["reason"]), (&json!(false), &json!("not_purchased")));
    assert_eq!(ada.get("/entitlements").await.expect(200), json!({"items": [], "next_cursor": null}));

    let intent = ada.buy(COURSE).await;
    let entitlement = ada.get(&format!("/entitlements/{COURSE}")).await.expect(200);
    assert_eq!(entitlement["courses"], json!([COURSE]));
    assert_eq!(entitlement["because"]["source"], json!(intent));
    let list = ada.get("/entitlements").await.expect(200);
    assert_eq!(list["items"], json!([entitlement]));
}
