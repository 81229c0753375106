//! Crashes, lost answers, contention, outages: what was promised is kept after the next delivery.
//!
//! The store runs the SDK's standard retries (three attempts) plus its own for cancelled transactions. Where a test
//! kills one call, those retries heal it within the request; where a test crashes, every later call dies too, as it
//! would when the function is gone, and only the redelivery heals it.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{COURSE, Learner, TestApp};
use crate::support::fault_proxy::{Fault, FaultProxy};

/// One purchase, one processed record, one effect, no open error.
async fn check_exactly_once(app: &TestApp, learner: &Learner, event: &Value, when: &str) {
    assert_eq!(app.reason(learner, COURSE).await, "purchased", "{when}");
    let partition = format!("USER#{}", learner.user);
    assert_eq!(app.rows_of(&partition, "ACCESS#").await.len(), 1, "{when}");
    assert_eq!(app.effects(learner).await.len(), 1, "{when}");
    let slot = &app.rows_of(&partition, "ACCESS_CHECKOUT#").await[0];
    assert_eq!(slot["state"], "closed", "{when}");
    let object = &event["data"]["object"];
    let owner = app.rows_of(&format!("STRIPE#{}", object["payment_intent"].as_str().unwrap()), "OWNER").await;
    assert_eq!(owner.len(), 1, "{when}: owner of the payment");
    let events = app.rows_of(&format!("EVENT#{}", event["id"].as_str().unwrap()), "STATE").await;
    assert_eq!((events.len(), &events[0]["state"]), (1, &json!("processed")), "{when}");
    assert!(app.failures().await.is_empty(), "{when}");
}

/// Delivers under every fault that `plan` makes of 1, 2, .. until one comes too late to matter, then once more without.
async fn deliver_under(plan: fn(usize) -> Fault) -> Vec<u16> {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.hold();
    let mut first_answers = Vec::new();
    for n in 1.. {
        let learner = app.learner(&format!("learner{n}@example.com")).await;
        let (_, completed) = app.pay_unheard(&learner, COURSE).await;
        proxy.reset();
        proxy.inject(plan(n));
        let first = app.deliver(&completed).await;
        let reached = proxy.calls().len() >= n;
        proxy.reset();
        first_answers.push(first.status.as_u16());
        let second = app.deliver(&completed).await;
        assert_eq!(second.status, 200, "{:?}: {}", plan(n), second.body);
        check_exactly_once(&app, &learner, &completed, &format!("{:?}", plan(n))).await;
        if !reached {
            return first_answers;
        }
    }
    unreachable!("a request makes finitely many calls");
}

#[tokio::test]
async fn a_crash_before_any_call_leaves_a_retry_that_does_the_whole_work() {
    // Two calls, then the one that is never made: read, transaction.
    assert_eq!(deliver_under(Fault::CrashBefore).await, [503, 503, 200]);
}

#[tokio::test]
async fn a_crash_after_any_call_leaves_a_retry_that_finds_the_work_done() {
    assert_eq!(deliver_under(Fault::CrashAfter).await, [503, 503, 200]);
}

#[tokio::test]
async fn one_lost_call_is_healed_within_the_request() {
    assert_eq!(deliver_under(Fault::KillBefore).await, [200, 200, 200]);
}

#[tokio::test]
async fn one_lost_answer_is_healed_within_the_request() {
    assert_eq!(deliver_under(Fault::KillAfter).await, [200, 200, 200]);
}

#[tokio::test]
async fn contention_is_tried_again() {
    assert_eq!(deliver_under(Fault::TransactionConflict).await.last(), Some(&200));
}

#[tokio::test]
async fn throttling_is_tried_again() {
    assert_eq!(deliver_under(Fault::Throttle).await, [200, 200, 200]);
    assert_eq!(deliver_under(Fault::ExceedThroughput).await, [200, 200, 200]);
}

#[tokio::test]
async fn an_ordinary_purchase_costs_one_read_and_one_transaction_and_no_call_to_stripe() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    proxy.reset();
    app.deliver(&completed).await.expect(200);
    assert_eq!(proxy.calls(), ["Query", "TransactWriteItems"]);

    proxy.reset();
    app.access(&ada, COURSE).await;
    assert_eq!(proxy.calls(), ["Query"]);
    proxy.reset();
    app.get(&ada, "/entitlements").await.expect(200);
    assert_eq!(proxy.calls(), ["Query"]);
}

const PURCHASE: [&str; 4] = ["STATE", "ACCESS", "AUDIT", "OWNER"];
const CLOSED: &str = "ACCESS_CHECKOUT";

#[tokio::test]
async fn a_purchase_writes_five_items_at_most_and_what_comes_later_two() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.hold();
    let ada = app.ada().await;
    let (intent, completed) = app.pay_unheard(&ada, COURSE).await;
    let succeeded = app.events("payment_intent.succeeded").await.remove(0);
    assert_eq!(succeeded["data"]["object"]["id"], intent.as_str());
    proxy.reset();
    app.deliver(&succeeded).await.expect(200);
    app.deliver(&completed).await.expect(200);
    app.return_page(&ada, completed["data"]["object"]["id"].as_str().unwrap()).await.expect(200);
    assert_eq!(proxy.transactions(), [PURCHASE.to_vec(), vec!["STATE", CLOSED]]);

    let (_, completed) = app.pay_unheard(&ada, "fine-tuning").await;
    proxy.reset();
    app.deliver(&completed).await.expect(200);
    assert_eq!(proxy.transactions(), [[PURCHASE.as_slice(), &[CLOSED]].concat()]);
}

/// The return page has closed the checkout: the event finds that out before it writes.
#[tokio::test]
async fn no_transaction_is_sent_twice_for_want_of_an_open_checkout() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    proxy.reset();
    app.return_page(&ada, completed["data"]["object"]["id"].as_str().unwrap()).await.expect(200);
    app.deliver(&completed).await.expect(200);
    assert_eq!(proxy.transactions(), [vec!["ACCESS", "AUDIT", "OWNER", CLOSED], vec!["STATE"]]);
}

/// Between the read and the write of its event, a checkout goes on to another session.
#[tokio::test]
async fn a_checkout_that_went_on_meanwhile_stays_open() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let partition = format!("USER#{}", ada.user);
    let mut gate = proxy.hold("TransactWriteItems");
    let (delivered, ()) = tokio::join!(app.deliver(&completed), async {
        gate.arrived(1).await;
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let slot = app.store().client().update_item().table_name(app.store().table());
        let slot = slot.key("PK", text(&partition)).key("SK", text(&format!("{CLOSED}#{COURSE}")));
        let slot = slot.update_expression("SET #session = :other").expression_attribute_names("#session", "session");
        slot.expression_attribute_values(":other", text("cs_of_another_tab")).send().await.unwrap();
        gate.release();
    });
    delivered.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    let slot = &app.rows_of(&partition, "ACCESS_CHECKOUT#").await[0];
    assert_eq!((&slot["state"], &slot["session"]), (&json!("open"), &json!("cs_of_another_tab")));
}

#[tokio::test]
async fn stripe_is_asked_no_more_than_the_budget_allows() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;

    let (intent, completed) = app.pay_unheard(&ada, COURSE).await;
    assert_eq!(stripe.calls(), ["POST /v1/customers", "POST /v1/checkout/sessions"], "a new customer costs two");
    stripe.reset();
    app.pay_unheard(&ada, "fine-tuning").await;
    assert_eq!(stripe.calls(), ["POST /v1/checkout/sessions"], "a known one costs one");
    stripe.reset();
    app.deliver(&completed).await.expect(200);
    assert_eq!(stripe.calls(), [""; 0], "an ordinary purchase asks nothing");

    app.refund(&intent, &[]).await;
    stripe.reset();
    for kind in ["charge.refunded", "refund.created"] {
        let event = app.events(kind).await.remove(0);
        stripe.reset();
        app.deliver(&event).await.expect(200);
        assert_eq!(
            stripe.calls(),
            [format!("GET /v1/payment_intents/{intent}").as_str(), "GET /v1/disputes"],
            "{kind}"
        );
    }
}

/// Only an event that failed before costs more: it closes its entry, and looks whether others wait.
#[tokio::test]
async fn an_event_that_failed_before_costs_a_second_transaction_and_a_look_into_the_queue() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let mut broken = completed.clone();
    broken["data"]["object"]["metadata"] = json!({"tuition_app": "tuition"});
    app.deliver(&broken).await.expect(500);
    assert!(!app.store().is_error_queue_empty(None).await.unwrap());

    proxy.reset();
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(
        proxy.calls(),
        [["Query", "TransactWriteItems", "TransactWriteItems"].as_slice(), &["Query"; 10]].concat()
    );
    assert!(app.store().is_error_queue_empty(None).await.unwrap());

    let (_, mut other) = app.pay_unheard(&ada, "fine-tuning").await;
    proxy.reset();
    assert_eq!(app.deliver(&other).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls(), ["Query", "TransactWriteItems"], "others cost what they always do");

    other["id"] = json!("evt_that_waits");
    other["data"]["object"]["metadata"] = json!({"tuition_app": "tuition"});
    app.deliver(&other).await.expect(500);
    assert!(!app.store().is_error_queue_empty(None).await.unwrap());
}

#[tokio::test]
async fn a_checkout_costs_four_calls_to_the_store() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    let ada = app.ada().await;
    app.checkout(&ada, COURSE).await;
    let mut calls = proxy.calls();
    calls.sort();
    assert_eq!(
        calls,
        ["BatchGetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"],
        "a new customer is counted first"
    );
    proxy.reset();
    app.checkout(&ada, "fine-tuning").await;
    let mut calls = proxy.calls();
    calls.sort();
    assert_eq!(calls, ["BatchGetItem", "PutItem", "Query", "TransactWriteItems"]);
}

/// While Stripe is away: the delivery of a refund fails, is recorded, and is healed by a later one.
#[tokio::test]
async fn an_event_that_failed_waits_in_the_queue_until_a_retry_succeeds() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;
    app.hold();
    app.refund(&intent, &[]).await;
    let refunded = app.events("charge.refunded").await.remove(0);

    for attempts in [1, 2] {
        stripe.reset();
        stripe.inject(Fault::CrashBefore(1));
        let answer = app.deliver(&refunded).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (500, "event_failed"));
        let failures = app.failures().await;
        assert_eq!(failures.len(), 1);
        let failure = &failures[0];
        assert_eq!((failure.code.as_str(), failure.attempts), ("stripe_failed", attempts));
        assert_eq!(failure.kind, "charge.refunded");
        let kept: Value = serde_json::from_str(&failure.payload).unwrap();
        for name in ["id", "type", "created", "livemode"] {
            assert_eq!(kept[name], refunded[name], "{name}");
        }
        let (kept, sent) = (&kept["data"]["object"], &refunded["data"]["object"]);
        for name in ["id", "object", "metadata", "customer", "payment_intent"] {
            assert_eq!(kept[name], sent[name], "{name}");
        }
    }
    assert_eq!(app.reason(&ada, COURSE).await, "purchased", "nothing is half-written");

    stripe.reset();
    let kept: Value = serde_json::from_str(&app.failures().await[0].payload).unwrap();
    app.deliver(&kept).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
    assert_eq!(app.deliver(&refunded).await.expect(200)["outcome"], "duplicate");
    assert!(app.failures().await.is_empty(), "the entry closes");
}

#[tokio::test]
async fn while_the_table_is_down_stripe_is_asked_to_come_again_and_nothing_is_lost() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    let ada = app.ada().await;
    let checkout = app.checkout(&ada, COURSE).await;
    proxy.reset();
    proxy.inject(Fault::CrashBefore(1));
    app.pay(&checkout, crate::support::app::PAYS).await;
    app.settle().await;
    let answer = app.get(&ada, &format!("/courses/{COURSE}/access")).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "store_unavailable"));

    proxy.reset();
    for event in app.events("checkout.session.completed").await {
        let id = event["id"].as_str().unwrap();
        app.press(&format!("events/{id}/redeliver")).await;
    }
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

/// A crash between claiming the slot and showing the session: the next try finds the same session.
#[tokio::test]
async fn a_checkout_that_crashed_is_resumed_under_the_same_idempotency_key() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    for n in 1..=4 {
        let learner = app.learner(&format!("learner{n}@example.com")).await;
        crash_then_resume(&app, &proxy, &learner, n).await;
    }
}

async fn crash_then_resume(app: &TestApp, proxy: &FaultProxy, learner: &Learner, n: usize) {
    let before = app.stripe(Method::GET, "/v1/checkout/sessions", &[("limit", "100")]).await.expect(200);
    proxy.reset();
    proxy.inject(Fault::CrashAfter(n));
    let wish = json!({"course_id": COURSE});
    let first = app.post(learner, "/checkout/sessions", &wish).await;
    proxy.reset();
    assert_eq!((first.status.as_u16(), first.code()), (503, "store_unavailable"), "crash after call {n}");
    app.checkout(learner, COURSE).await;
    let after = app.stripe(Method::GET, "/v1/checkout/sessions", &[("limit", "100")]).await.expect(200);
    let count = |list: &Value| list["data"].as_array().unwrap().len();
    assert_eq!(count(&after), count(&before) + 1, "one session, not two, after a crash after call {n}");
}
