//! Shows that parallel, late and crashed requests for a checkout lead to one open session.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use jiff::Timestamp;
use local::Options;
use serde_json::json;
use shared::domain::{CheckoutScope, CustomerId, ProductId, SessionId, UserId};
use shared::store::{CheckoutSlot, CheckoutSlotState, ReserveOutcome, SlotReservation};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::{Fault, FaultProxy};
use crate::support::learner::Learner;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_tabs_at_once_open_one_session() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CHECKOUTS_PER_MINUTE", "1000")).await;
    let ada = app.as_learner("ada").await;
    let answers = join_all((0..20).map(|_| ada.post("/checkout/sessions", json!({"course_id": COURSE})))).await;
    let opened: BTreeSet<String> =
        answers.iter().filter(|answer| answer.status.is_success()).map(|answer| answer.body.to_string()).collect();
    assert_eq!(opened.len(), 1, "{answers:?}");
    let others: BTreeSet<&str> =
        answers.iter().filter(|answer| !answer.status.is_success()).map(|answer| answer.code()).collect();
    assert!(others.is_subset(&BTreeSet::from(["checkout_in_progress"])), "{others:?}");
    assert_eq!(app.open_sessions().await.len(), 1);
}

/// Slot and profile are read together, but not at the same moment: a request may have read the slot as reserved although
/// it has a session by now.
#[tokio::test]
async fn a_late_reservation_does_not_replace_an_open_session() {
    let app = TestApp::start().await;
    let (store, ada) = (app.context().store, app.as_learner("ada").await);
    let (user, at) = (UserId::parse(ada.user.as_str()).unwrap(), Timestamp::now());
    let (scope, customer) =
        (CheckoutScope::Product(ProductId::parse(COURSE).unwrap()), CustomerId::parse("cus_1").unwrap());
    let reservation = SlotReservation {
        user: &user,
        scope: &scope,
        expected_slot: None,
        fingerprint: "f",
        referral: None,
        customer: &customer,
        email: None,
        credit: None,
        released: None,
        limit_per_minute: None,
        at,
    };
    assert_eq!(store.reserve_slot(&reservation).await.unwrap(), ReserveOutcome::Reserved);
    let reserved = store.checkout_state(&user, &scope).await.unwrap().slot.unwrap();
    let (session, url) = (SessionId::parse("cs_1").unwrap(), "https://example.com".to_owned());
    let open = CheckoutSlot { state: CheckoutSlotState::Open { session, url, open_until: at }, ..reserved.clone() };
    assert!(store.store_open_checkout(&user, &scope, &open).await.unwrap());

    let late = SlotReservation { expected_slot: Some(&reserved), ..reservation };
    assert_eq!(store.reserve_slot(&late).await.unwrap(), ReserveOutcome::Conflict);
    assert_eq!(store.checkout_state(&user, &scope).await.unwrap().slot, Some(open));
}

/// Between the read and the write of the event, the checkout gets another session.
#[tokio::test]
async fn an_event_does_not_close_the_slot_of_a_newer_session() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let partition = format!("USER#{}", ada.user);
    let mut gate = proxy.hold("TransactWriteItems");
    let (delivered, ()) = tokio::join!(app.deliver(&completed), async {
        gate.arrived(1).await;
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let slot = app.store().client().update_item().table_name(app.store().table());
        let slot = slot.key("PK", text(&partition)).key("SK", text(&format!("ACCESS_CHECKOUT#{COURSE}")));
        let slot = slot.update_expression("SET #session = :other").expression_attribute_names("#session", "session");
        slot.expression_attribute_values(":other", text("cs_of_another_tab")).send().await.unwrap();
        gate.release();
    });
    delivered.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    let slot = &app.rows_of(&partition, "ACCESS_CHECKOUT#").await[0];
    assert_eq!((&slot["state"], &slot["session"]), (&json!("open"), &json!("cs_of_another_tab")));
}

/// A crash between reserving the slot and storing the session: the next try finds the same session.
#[tokio::test]
async fn a_checkout_that_crashed_is_resumed_under_the_same_idempotency_key() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    for n in 1..=4 {
        let learner = app.as_learner(&format!("learner{n}")).await;
        crash_then_resume(&app, &proxy, &learner, n).await;
    }
}

/// Crashes after this many calls to DynamoDB, and begins the checkout again.
async fn crash_then_resume(app: &TestApp, proxy: &FaultProxy, learner: &Learner, n: usize) {
    let sessions = async || app.stripe_list("/v1/checkout/sessions", &[("limit", "100")]).await.len();
    let before = sessions().await;
    proxy.reset();
    proxy.inject(Fault::CrashAfter(n));
    let request = json!({"course_id": COURSE});
    let first = learner.post("/checkout/sessions", &request).await;
    proxy.reset();
    assert_eq!((first.status.as_u16(), first.code()), (503, "store_unavailable"), "crash after call {n}");
    learner.checkout(COURSE).await;
    assert_eq!(sessions().await, before + 1, "one session, not two, after a crash after call {n}");
}
