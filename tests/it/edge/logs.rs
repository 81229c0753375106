//! Shows that the logs are enough to follow a purchase, and contain nothing that identifies a person or is secret.

use serde_json::{Value, json};
use shared::telemetry;

use crate::support::app::TestApp;
use crate::support::cards::DECLINED_CARD;
use crate::support::catalog::COURSE;
use crate::support::logs::LogMemory;

#[tokio::test]
async fn the_logs_of_a_purchase_contain_no_address_no_key_and_no_payload() {
    // The subscriber is the process's, so it hears the other tests, too: all the better.
    let memory = LogMemory::default();
    let writer = memory.clone();
    let filter = "info,shared=trace,checkout=trace,webhook=trace,courses=trace,entitlements=trace,mcp=trace,rmcp=trace";
    let filter = filter.parse().unwrap();
    tracing::subscriber::set_global_default(telemetry::subscriber(filter, move || writer.clone())).unwrap();

    let app = TestApp::start().await;
    let ada = app.as_learner("ada.lovelace").await;
    let checkout = ada.checkout("fine-tuning").await;
    app.pay(&checkout, DECLINED_CARD).await;
    let intent = ada.buy(COURSE).await;
    ada.show_intent(&ada.payment_intent("ai-engineer-track").await).await.expect(200);
    ada.return_page(&checkout.session).await.expect(200);
    ada.call_tool("show_checkout_session", json!({"session_id": checkout.session, "note": "secret note"})).await;
    ada.call_tool("create_checkout_session", json!({"plan_id": "premium"})).await;
    app.refund(&intent, &[]).await;
    let completed = app.events("checkout.session.completed").await.remove(0);
    let mut broken = completed.clone();
    broken["id"] = json!("evt_broken");
    broken["data"]["object"]["metadata"] = json!({"tuition_app": "tuition", "note": "secret note"});
    assert_eq!(app.deliver(&broken).await.status, 500);
    assert_eq!(app.deliver_signed(b"{\"hello\": 1}", Some("t=1,v1=00")).await.status, 400);
    ada.post("/checkout/sessions", json!({"course_id": 7, "note": "secret note"})).await.expect(400);

    let mut logged: Vec<Value> = memory.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Its digits are as good as random.
    logged.iter_mut().for_each(|line| drop(line.as_object_mut().unwrap().remove("timestamp")));
    let lines: Vec<String> = logged.iter().map(Value::to_string).collect();
    let all = lines.join("\n");
    // Long enough that no random id holds one by chance.
    let token_start = &ada.token[..12];
    let token_end = ada.token.rsplit('.').next().unwrap();
    let secret = app.stack.webhook_secret();
    for forbidden in [
        "@",
        "lovelace",
        "42424242",
        "sk_test",
        "whsec_",
        token_start,
        "client_secret",
        "_secret_",
        "customer_details",
        "secret note",
        // Not `payment_method`: the types of events may be logged, and Stripe's CLI causes `payment_method.attached`.
        "payment_method_types",
        token_end,
        secret,
        app.stack.stripe_key(),
    ] {
        assert!(
            !all.contains(forbidden),
            "{forbidden:?} is in {:?}",
            lines.iter().find(|line| line.contains(forbidden))
        );
    }
    let has = |name: &str, value: Value| logged.iter().any(|line| line[name] == value);
    assert!(has("route", json!("/checkout/sessions")) && has("status", json!(201)), "requests can be followed");
    assert!(has("kind", json!("checkout.session.completed")) && has("outcome", json!("applied")), "and events");
    assert!(has("tool", json!("create_checkout_session")), "and what an assistant does");
    assert!(has("code", json!("event_failed")), "and failures, by their code");
}
