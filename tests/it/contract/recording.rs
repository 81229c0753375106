//! What the examples are made of: one learner buys, uses and subscribes, and does everything wrong once.

use jiff::{Timestamp, ToSpan};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::domain::ReferralCode;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME, SUBSCRIPTION, plus, premium};
use crate::support::cards::{FAILING_CARD, VALID_CARD};
use crate::support::catalog::COURSE;
use crate::support::hosted_page::Checkout;
use crate::support::learner::Learner;
use crate::support::learning::{FREE_COURSE, FREE_STEPS, step_path};
use crate::support::response::TestResponse;
use crate::support::stable_ids::{NOON, StableIds};

/// What the first answer of each operation and status was.
struct Recording {
    began: Timestamp,
    operations: Value,
}

/// Plays it, and gives the examples with stable ids and times.
pub(super) async fn record() -> Value {
    let app = TestApp::start().await;
    let mut recording = Recording { began: Timestamp::now(), operations: json!({}) };
    let ada = app.as_learner("ada").await;
    courses(&mut recording, &ada).await;
    checkout(&mut recording, &app, &ada).await;
    learning(&mut recording, &app, &ada).await;
    entitlements(&mut recording, &ada).await;
    refunds(&mut recording, &app).await;
    referrals(&mut recording, &app).await;
    billing(&mut recording, &app, &ada).await;
    recording.with_stable_values(&app)
}

async fn courses(recording: &mut Recording, ada: &Learner) {
    recording.get(ada, "show_catalog", "/catalog", "").await;
    recording.get(ada, "list_courses", "/courses", "?limit=2").await;
    recording.get(ada, "list_courses", "/courses", "?limit=0").await;
    recording.get(ada, "show_course", "/courses/", COURSE).await;
    recording.get(ada, "show_course", "/courses/", "unheard-of").await;
    recording.get(ada, "check_access", "/courses/", "unheard-of/access").await;
}

async fn learning(recording: &mut Recording, app: &TestApp, ada: &Learner) {
    for (id, method) in [("complete_step", Method::POST), ("undo_step", Method::DELETE)] {
        recording.step(ada, id, &method, COURSE, "chunking").await;
        recording.step(ada, id, &method, COURSE, "unheard-of").await;
    }
    let grace = app.as_learner("grace").await;
    let track = "ai-engineer-track";
    for (id, method) in [("complete_step", Method::POST), ("undo_step", Method::DELETE)] {
        recording.step(&grace, id, &method, track, "ingest").await;
    }
    grace.receive_grant(Some(track), None).await;
    for (id, method) in [("complete_step", Method::POST), ("undo_step", Method::DELETE)] {
        recording.step(&grace, id, &method, track, "ingest").await;
    }
    ada.complete(COURSE, &["chunking"]).await;
    recording.get(ada, "list_enrollments", "/enrollments", "").await;
    recording.get(ada, "list_enrollments", "/enrollments", "?limit=0").await;
    ada.complete(FREE_COURSE, &FREE_STEPS).await;
    let (id, name) = ("create_certificate", json!({"name": "Ada Lovelace"}));
    let made = recording.post(ada, id, "/courses/", &format!("{FREE_COURSE}/certificate"), &name).await;
    recording.post(ada, id, "/courses/", &format!("{FREE_COURSE}/certificate"), &name).await;
    recording.post(ada, id, "/courses/", &format!("{FREE_COURSE}/certificate"), &json!({"name": ""})).await;
    recording.post(ada, id, "/courses/", &format!("{COURSE}/certificate"), &name).await;
    recording.post(ada, id, "/courses/", "ai-in-4-weekends/certificate", &name).await;
    recording.get(ada, "show_certificate", "/certificates/", made.body["id"].as_str().unwrap()).await;
    recording.get(ada, "show_certificate", "/certificates/", "unheard-of").await;
}

async fn checkout(recording: &mut Recording, app: &TestApp, ada: &Learner) {
    let (id, path) = ("create_session", "/checkout/sessions");
    let request = json!({"course_id": COURSE, "currency": "usd"});
    let opened = recording.post(ada, id, path, "", &request).await;
    recording.post(ada, id, path, "", &request).await;
    recording.post(ada, id, path, "", &json!({"course_id": "unheard-of"})).await;
    let checkout = Checkout::of_answer(&opened.body);
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    recording.post(ada, id, path, "", &request).await;
    recording.get(ada, "show_session", "/checkout/sessions/", &checkout.session).await;
    recording.get(ada, "show_session", "/checkout/sessions/", "cs_test_unknown").await;
    recording.get(ada, "check_access", "/courses/", &format!("{COURSE}/access")).await;
    payment_intents(recording, app, ada).await;
}

async fn payment_intents(recording: &mut Recording, app: &TestApp, ada: &Learner) {
    let (id, path) = ("create_payment_intent", "/checkout/payment-intents");
    let request = json!({"course_id": "fine-tuning", "currency": "usd"});
    let opened = recording.post(ada, id, path, "", &request).await;
    recording.post(ada, id, path, "", &request).await;
    recording.post(ada, id, path, "", &json!({"course_id": "fine-tuning", "amount": 1})).await;
    let intent = opened.body["payment_intent_id"].as_str().unwrap();
    app.pay_intent(intent).await;
    app.settle().await;
    recording.post(ada, id, path, "", &request).await;
    recording.get(ada, "show_payment_intent", "/checkout/payment-intents/", intent).await;
    recording.get(ada, "show_payment_intent", "/checkout/payment-intents/", "pi_unknown").await;
}

async fn entitlements(recording: &mut Recording, ada: &Learner) {
    recording.get(ada, "list_entitlements", "/entitlements", "").await;
    recording.get(ada, "list_entitlements", "/entitlements", "?cursor=!").await;
    recording.get(ada, "show_entitlement", "/entitlements/", COURSE).await;
    recording.get(ada, "show_entitlement", "/entitlements/", "unheard-of").await;
    recording.get(ada, "show_usage", "/usage", "").await;
    for (meter, quantity) in [("ai_minutes", 1), ("ai_minutes", 1_000), ("ai_minutes", 1_000_001), ("unheard_of", 1)] {
        recording.post(ada, "consume_usage", "/usage/", meter, &json!({"quantity": quantity})).await;
    }
    ada.consume_with_key("ai_minutes", 1, b"call-7").await.expect(200);
    recording.keep("consume_usage", "ai_minutes", None, &ada.consume_with_key("ai_minutes", 2, b"call-7").await);
}

async fn billing(recording: &mut Recording, app: &TestApp, ada: &Learner) {
    // She has paid nothing yet, and then her card fails.
    let grace = app.as_learner("grace").await;
    recording.post(&grace, "cancel_subscription", CANCEL, "", &json!({})).await;
    recording.post(&grace, "open_portal", "/billing/portal", "", &json!({})).await;

    let of_grace = grace.subscribe(premium()).await;
    app.set_card(&of_grace, FAILING_CARD).await;
    recording.post(&grace, "change_subscription", CHANGE, "", &plus()).await;

    ada.subscribe(premium()).await;
    recording.get(ada, "show_subscription", SUBSCRIPTION, "").await;
    recording.get(ada, "show_subscription", SUBSCRIPTION, "?subscription_id=sub_unknown").await;
    recording.get(ada, "list_invoices", "/billing/invoices", "").await;
    recording.get(ada, "list_invoices", "/billing/invoices", "?limit=many").await;
    for (id, path) in [("preview_change", PREVIEW), ("change_subscription", CHANGE)] {
        recording.post(ada, id, path, "", &plus()).await;
        recording.post(ada, id, path, "", &json!({"plan_id": "unheard-of"})).await;
    }
    for (id, path) in [("preview_change", PREVIEW), ("change_subscription", CHANGE)] {
        recording.post(ada, id, path, "", &plus()).await;
    }
    recording.post(ada, "cancel_subscription", CANCEL, "", &json!({"immediately": false})).await;
    recording.post(ada, "resume_subscription", RESUME, "", &json!({})).await;
    recording.post(ada, "resume_subscription", RESUME, "", &json!({})).await;
    recording.post(ada, "open_portal", "/billing/portal", "", &json!({"flow": "payment_method_update"})).await;
    recording
        .post(ada, "open_portal", "/billing/portal", "", &json!({"return_url": "https://elsewhere.example/"}))
        .await;
}

/// A learner with one payment: those of one second have no order.
async fn refunds(recording: &mut Recording, app: &TestApp) {
    let (learner, olga) = (&app.as_learner("linus").await, app.as_operator("olga").await);
    let payment = &learner.buy(COURSE).await;
    recording.get(learner, "show_payment", "/billing/payments/", payment).await;
    recording.get(learner, "show_payment", "/billing/payments/", "pi_unknown").await;
    let (id, rest) = ("create_refund_request", format!("{payment}/refund-requests"));
    let reason = json!({"reason": "It is not what I expected."});
    for request in [&json!({"reason": ""}), &reason, &reason] {
        recording.post(learner, id, "/billing/payments/", &rest, request).await;
    }
    recording.post(learner, id, "/billing/payments/", "pi_unknown/refund-requests", &reason).await;
    recording.get(learner, "list_payments", "/billing/payments", "").await;
    recording.get(learner, "list_payments", "/billing/payments", "?limit=0").await;
    recording.get(learner, "list_refund_requests", "/billing/refund-requests", "").await;

    let withdrawn = learner.payment(payment).await["refund_request"]["id"].as_str().unwrap().to_owned();
    recording.keep("withdraw_refund_request", &withdrawn, None, &learner.withdraw(&withdrawn).await);
    recording.keep("withdraw_refund_request", "", None, &learner.withdraw("rr_unknown").await);
    let request = learner.refund_request(payment).await;
    let queue = "/admin/refund-requests";
    recording.get(&olga, "list_all_refund_requests", queue, "?status=open").await;
    recording.get(&olga, "list_all_refund_requests", queue, "?status=new").await;
    recording.get(learner, "list_all_refund_requests", queue, "").await;
    let queue = "/admin/refund-requests/";
    recording.get(&olga, "show_refund_request", queue, &request).await;
    recording.get(learner, "show_refund_request", queue, &request).await;
    let part = json!({"amount": 1_000, "note": "A part of it, as agreed."});
    let approve = |id: &str| format!("{id}/approve");
    recording.post(learner, "approve_refund_request", queue, &approve(&request), &part).await;
    recording.post(&olga, "approve_refund_request", queue, &approve(&withdrawn), &part).await;
    recording.post(&olga, "approve_refund_request", queue, &approve(&request), &part).await;
    recording.post(&olga, "approve_refund_request", queue, &approve("rr_unknown"), &part).await;
    app.settle().await;
    let again = learner.refund_request(payment).await;
    let note = json!({"note": "The rest was used."});
    recording.post(&olga, "reject_refund_request", queue, &format!("{again}/reject"), &note).await;
    recording.post(&olga, "reject_refund_request", queue, &format!("{withdrawn}/reject"), &note).await;
    recording.post(&olga, "reject_refund_request", queue, "rr_unknown/reject", &note).await;
    recording.post(learner, "reject_refund_request", queue, &format!("{again}/reject"), &note).await;
}

async fn referrals(recording: &mut Recording, app: &TestApp) {
    let (rosa, karl) = (app.as_learner("rosa").await, app.as_learner("karl").await);
    rosa.refer(&karl, COURSE).await;
    recording.get(&rosa, "show_referrals", "/referrals", "").await;
    recording.get(&rosa, "list_referral_history", "/referrals/history", "").await;
    recording.get(&rosa, "list_referral_history", "/referrals/history", "?limit=0").await;
    recording.get(&rosa, "check_referral_code", "/referrals/codes/", "K7QM2XNA").await;
}

impl Recording {
    async fn get(&mut self, learner: &Learner, id: &str, path: &str, rest: &str) -> TestResponse {
        let answer = learner.call(Method::GET, &format!("{path}{rest}"), None).await;
        self.keep(id, rest, None, &answer);
        answer
    }

    async fn post(&mut self, learner: &Learner, id: &str, path: &str, rest: &str, body: &Value) -> TestResponse {
        let answer = learner.post(&format!("{path}{rest}"), body).await;
        self.keep(id, rest, Some(body), &answer);
        answer
    }

    async fn step(&mut self, learner: &Learner, id: &str, method: &Method, course: &str, step: &str) {
        let answer = learner.call(method.clone(), &step_path(course, step), None).await;
        self.keep(id, course, None, &answer);
    }

    /// The first answer of a status stays. Of the requests, the first one that succeeds.
    fn keep(&mut self, id: &str, rest: &str, request: Option<&Value>, answer: &TestResponse) {
        let operation = &mut self.operations[id];
        let status = answer.status.as_u16().to_string();
        if answer.status.is_success() {
            let variable = rest.split(['/', '?']).next().unwrap_or_default();
            let known =
                [("path", Some(json!(variable)).filter(|_| !variable.is_empty())), ("request", request.cloned())];
            for (name, value) in known {
                if let Some(value) = value.filter(|_| operation.get(name).is_none()) {
                    operation[name] = value;
                }
            }
        }
        if operation["responses"].get(&status).is_none() {
            operation["responses"][&status] = answer.body.clone();
        }
    }

    /// Ids are numbered, times are those of a run at noon, and addresses those of `make run`.
    fn with_stable_values(mut self, app: &TestApp) -> Value {
        let began = self.began;
        stabilize(&mut self.operations, began);
        let urls = app.stack.urls();
        let text = self.operations.to_string();
        let today = |second| Timestamp::from_second(second).unwrap().strftime("%d %b %Y").to_string();
        let text = text.replace(&today(began.as_second()), &today(NOON));
        let text = text.replace(&urls.stripe, "http://127.0.0.1:12111").replace(&urls.web, "http://127.0.0.1:3000");
        serde_json::from_str(&StableIds::default().replace(&text)).unwrap()
    }
}

fn stabilize(value: &mut Value, began: Timestamp) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| stabilize(item, began)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match name.as_str() {
                    "code" if member.as_str().is_some_and(|code| ReferralCode::parse(code).is_ok()) => {
                        *member = json!("K7QM2XNA");
                    }
                    "link" => *member = json!("http://127.0.0.1:3000/ref/K7QM2XNA"),
                    "request_id" => *member = json!("JKJaXmPLvHcESHA="),
                    "number" => *member = json!("TUITION-0001"),
                    "completed_on" => *member = json!("2026-11-20"),
                    _ => stabilize(member, began),
                }
            }
        }
        Value::String(text) => {
            if let Ok(time) = text.parse::<Timestamp>() {
                *text = at_noon(time, began).to_string();
            }
        }
        _ => {}
    }
}

/// The same time in a run that began at noon: to the hour, and midnight stays midnight.
fn at_noon(time: Timestamp, began: Timestamp) -> Timestamp {
    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    let noon = Timestamp::from_second(NOON).unwrap();
    let since = time.as_second() - began.as_second();
    if time.as_second() % DAY == 0 {
        let days = (since + DAY - 1) / DAY;
        return (noon + (days * 24 - 12).hours()).to_owned();
    }
    noon + ((since + HOUR / 2).div_euclid(HOUR)).hours()
}
