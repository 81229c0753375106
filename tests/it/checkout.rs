//! One open way to pay per learner and product.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use local::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::domain::{CheckoutScope, CustomerId, ProductId, SessionId, UserId};
use shared::store::{CheckoutSlot, CheckoutSlotState, ClaimOutcome, SlotClaim};

use crate::support::app::{COURSE, Learner, PAYS, TestApp};
use crate::support::fault_proxy::Fault;

async fn open_sessions(app: &TestApp) -> Vec<Value> {
    let form = [("status", "open"), ("limit", "100")];
    let list = app.stripe(Method::GET, "/v1/checkout/sessions", &form).await.expect(200);
    list["data"].as_array().unwrap().clone()
}

async fn wish(app: &TestApp, learner: &Learner, wish: Value) -> crate::support::app::Answer {
    app.post(learner, "/checkout/sessions", &wish).await
}

#[tokio::test]
async fn a_second_tab_gets_the_same_session() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = wish(&app, &ada, json!({"course_id": COURSE})).await.expect(201);
    let second = wish(&app, &ada, json!({"course_id": COURSE})).await.expect(200);
    assert_eq!(first, second);
    assert_eq!(open_sessions(&app).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_tabs_at_once_open_one_session() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CHECKOUTS_PER_MINUTE", "1000")).await;
    let ada = app.ada().await;
    let answers = join_all((0..20).map(|_| wish(&app, &ada, json!({"course_id": COURSE})))).await;
    let opened: BTreeSet<String> =
        answers.iter().filter(|answer| answer.status.is_success()).map(|answer| answer.body.to_string()).collect();
    assert_eq!(opened.len(), 1, "{answers:?}");
    let others: BTreeSet<&str> =
        answers.iter().filter(|answer| !answer.status.is_success()).map(|answer| answer.code()).collect();
    assert!(others.is_subset(&BTreeSet::from(["checkout_in_progress"])), "{others:?}");
    assert_eq!(open_sessions(&app).await.len(), 1);
}

/// Slot and profile are read together, and yet not at one moment: a request may take a slot for claimed that shows a
/// session by now.
#[tokio::test]
async fn a_claim_never_takes_a_slot_that_shows_a_session_by_now() {
    let app = TestApp::start().await;
    let (store, ada) = (app.context().store, app.ada().await);
    let (user, at) = (UserId::parse(ada.user.as_str()).unwrap(), Timestamp::now());
    let (scope, customer) =
        (CheckoutScope::Product(ProductId::parse(COURSE).unwrap()), CustomerId::parse("cus_1").unwrap());
    let claim = SlotClaim {
        user: &user,
        scope: &scope,
        expected_slot: None,
        fingerprint: "f",
        customer: &customer,
        email: None,
        limit_per_minute: None,
        at,
    };
    assert_eq!(store.claim_slot(&claim).await.unwrap(), ClaimOutcome::Claimed);
    let claimed = store.checkout_state(&user, &scope).await.unwrap().slot.unwrap();
    let (session, url) = (SessionId::parse("cs_1").unwrap(), "https://example.com".to_owned());
    let open = CheckoutSlot { state: CheckoutSlotState::Open { session, url, open_until: at }, ..claimed.clone() };
    assert!(store.store_open_session(&user, &scope, &open).await.unwrap());

    let late = SlotClaim { expected_slot: Some(&claimed), ..claim };
    assert_eq!(store.claim_slot(&late).await.unwrap(), ClaimOutcome::Conflict);
    assert_eq!(store.checkout_state(&user, &scope).await.unwrap().slot, Some(open));
}

#[tokio::test]
async fn another_wish_for_the_product_expires_the_first_session() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let usd = wish(&app, &ada, json!({"course_id": COURSE})).await.expect(201);
    let eur = wish(&app, &ada, json!({"course_id": COURSE, "currency": "EUR"})).await.expect(201);
    assert_ne!(usd["session_id"], eur["session_id"]);
    let open = open_sessions(&app).await;
    assert_eq!(open.len(), 1);
    assert_eq!((&open[0]["id"], &open[0]["currency"]), (&eur["session_id"], &json!("eur")));
    // And back again: the first one's idempotency key must not bring the dead session back.
    let again = wish(&app, &ada, json!({"course_id": COURSE})).await.expect(201);
    assert_ne!(again["session_id"], usd["session_id"]);
    assert_eq!(open_sessions(&app).await.len(), 1);
}

#[tokio::test]
async fn owning_it_already_is_a_conflict_and_a_refund_makes_it_buyable_again() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;
    let again = wish(&app, &ada, json!({"course_id": COURSE})).await;
    assert_eq!((again.status.as_u16(), again.code()), (409, "already_owned"));

    app.refund(&intent, &[]).await;
    app.buy(&ada, COURSE).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 2);
}

#[tokio::test]
async fn what_a_bundle_opened_is_not_sold_again_course_by_course() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let catalog = app.get(&ada, "/catalog").await.expect(200);
    let products = catalog["products"].as_array().unwrap();
    let bundle = products.iter().find(|product| product["id"] == "practice-bundle").unwrap();
    let opened = wish(&app, &ada, json!({"price_id": bundle["prices"][0]["price_id"]})).await.expect(201);
    let url = opened["checkout_url"].as_str().unwrap().to_owned();
    let session = opened["session_id"].as_str().unwrap().to_owned();
    app.pay(&crate::support::app::Checkout { session, url }, PAYS).await;
    app.settle().await;
    let single = wish(&app, &ada, json!({"course_id": COURSE})).await;
    assert_eq!((single.status.as_u16(), single.code()), (409, "already_owned"));
}

/// The webhook has not come yet, and the learner clicks "buy" again.
#[tokio::test]
async fn a_session_that_turns_out_paid_is_fulfilled_instead_of_sold_again() {
    let app = TestApp::start().await;
    app.hold();
    for currency in ["usd", "eur"] {
        let learner = app.learner(&format!("{currency}@example.com")).await;
        app.pay_unheard(&learner, COURSE).await;
        let again = wish(&app, &learner, json!({"course_id": COURSE, "currency": currency})).await;
        assert_eq!((again.status.as_u16(), again.code()), (409, "already_owned"), "{currency}");
        assert_eq!(app.reason(&learner, COURSE).await, "purchased");
    }
}

#[tokio::test]
async fn an_expired_session_makes_way_for_a_new_one() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = app.checkout(&ada, COURSE).await;
    app.stripe(Method::POST, &format!("/v1/checkout/sessions/{}/expire", first.session), &[]).await.expect(200);
    app.settle().await;
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "closed");
    let second = app.checkout(&ada, COURSE).await;
    assert_ne!(first.session, second.session);
    let shown = app.return_page(&ada, &first.session).await.expect(200);
    assert_eq!(shown, json!({"status": "expired", "payment_status": "unpaid", "fulfilled": false}));
}

#[tokio::test]
async fn a_learner_may_begin_so_many_checkouts_a_minute() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CHECKOUTS_PER_MINUTE", "3")).await;
    let ada = app.ada().await;
    let mut answers = Vec::new();
    // Eight tries fall into two minutes at most, of three each.
    for _ in 0..8 {
        answers.push(wish(&app, &ada, json!({"course_id": COURSE})).await);
    }
    let refused = answers.iter().find(|answer| answer.status == 429).expect("a limit");
    assert_eq!(refused.code(), "rate_limited");
    let seconds: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let grace = app.learner("grace@example.com").await;
    wish(&app, &grace, json!({"course_id": COURSE})).await.expect(201);
}

#[tokio::test]
async fn the_session_carries_the_sale_and_the_customer_is_bound_to_the_learner() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = app.checkout(&ada, COURSE).await;
    let second = app.checkout(&ada, "fine-tuning").await;
    let session = |id: String| async move { id };
    let (first, second) = (session(first.session).await, session(second.session).await);
    let read = async |id: &str| app.stripe(Method::GET, &format!("/v1/checkout/sessions/{id}"), &[]).await.expect(200);
    let (first, second) = (read(&first).await, read(&second).await);
    assert_eq!(first["customer"], second["customer"], "one customer per learner");
    assert_eq!(first["metadata"]["tuition_user"], json!(ada.user));
    assert_eq!(first["metadata"]["tuition_product"], COURSE);
    assert_eq!(first["metadata"]["tuition_app"], "tuition");
    let customer = first["customer"].as_str().unwrap();
    let owner = app.rows_of(&format!("STRIPE#{customer}"), "OWNER").await;
    assert_eq!(owner[0]["user"], json!(ada.user));
}

#[tokio::test]
async fn a_promotion_code_that_does_not_apply_is_the_learners_to_mend() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let answer = wish(&app, &ada, json!({"course_id": COURSE, "promotion_code": "NOPE"})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "invalid_promotion_code"));
    // The claim was given back: the next wish need not wait.
    wish(&app, &ada, json!({"course_id": COURSE})).await.expect(201);
}

#[tokio::test]
async fn somebody_elses_session_does_not_exist() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout(&ada, COURSE).await;
    let grace = app.learner("grace@example.com").await;
    assert_eq!(app.return_page(&grace, &checkout.session).await.status, 404);
    assert_eq!(app.return_page(&ada, "cs_test_unknown").await.status, 404);
}

#[tokio::test]
async fn a_page_that_cannot_be_closed_is_not_shown_for_another_currency() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    let euros = json!({"course_id": COURSE, "currency": "eur"});
    let dollars = app.checkout_of(&ada, &json!({"course_id": COURSE, "currency": "usd"})).await;
    stripe.reset();
    // The first call is the one that expires the old page; the proxy refuses it with a 400.
    stripe.inject(Fault::Throttle(1));
    let refused = app.post(&ada, "/checkout/sessions", &euros).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (503, "stripe_unavailable"), "{}", refused.body);
    assert!(refused.body.get("checkout_url").is_none(), "{}", refused.body);
    stripe.reset();
    let page = app.checkout_of(&ada, &euros).await;
    assert_ne!(page.session, dollars.session);
    assert_eq!(app.return_page(&ada, &dollars.session).await.expect(200)["status"], "expired");
}

#[tokio::test]
async fn an_open_page_with_a_trial_that_was_used_since_is_replaced() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let plan = json!({"plan_id": "premium"});
    let with_trial = app.checkout_of(&ada, &plan).await;
    assert_eq!(app.checkout_of(&ada, &plan).await.session, with_trial.session);

    // A trial of an operator's, made in the Dashboard, and over.
    let customer = app.rows_of("USER#", "PROFILE").await[0]["customer"].as_str().unwrap().to_owned();
    let items = format!("/v1/checkout/sessions/{}/line_items", with_trial.session);
    let price = app.stripe(Method::GET, &items, &[]).await.expect(200)["data"][0]["price"]["id"].clone();
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", price.as_str().unwrap()),
        ("trial_period_days", "7"),
        ("metadata[tuition_app]", "tuition"),
        ("metadata[tuition_user]", ada.user.as_str()),
        ("metadata[tuition_product]", "premium"),
        ("metadata[tuition_family]", "membership"),
    ];
    let made = app.stripe(Method::POST, "/v1/subscriptions", &form).await.expect(200);
    app.settle().await;
    app.stripe(Method::DELETE, &format!("/v1/subscriptions/{}", made["id"].as_str().unwrap()), &[]).await.expect(200);
    app.settle().await;

    let without_trial = app.checkout_of(&ada, &plan).await;
    assert_ne!(without_trial.session, with_trial.session);
    assert_eq!(app.pay(&without_trial, PAYS).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.access(&ada, COURSE).await["because"]["status"], "active");
}

/// A token for the same learner with other claims.
fn token(app: &TestApp, learner: &Learner, email: &str, is_verified: bool) -> Learner {
    let mut claims = app.stack.identity().claims("ada@example.com", &[]).unwrap();
    claims.insert("email".to_owned(), json!(email));
    claims.insert("email_verified".to_owned(), json!(is_verified));
    let token = app.stack.identity().sign(&claims).unwrap();
    Learner { token, user: learner.user.clone() }
}

#[tokio::test]
async fn an_address_goes_to_stripe_when_it_is_verified_and_again_when_it_changes() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    let customer = async || app.stripe(Method::GET, "/v1/customers", &[]).await.expect(200)["data"][0].clone();

    app.checkout(&token(&app, &ada, "victim@example.com", false), COURSE).await;
    assert_eq!(customer().await["email"], Value::Null, "anybody can write somebody else's address");
    app.checkout(&token(&app, &ada, "ada@example.com", true), "fine-tuning").await;
    assert_eq!(customer().await["email"], "ada@example.com");
    app.checkout(&token(&app, &ada, "victim@example.com", false), "ai-in-4-weekends").await;
    assert_eq!(customer().await["email"], "ada@example.com");

    let moved = token(&app, &ada, "ada@elsewhere.example", true);
    app.checkout(&moved, "ai-engineer-track").await;
    assert_eq!(customer().await["email"], "ada@elsewhere.example");
    stripe.reset();
    app.checkout_of(&moved, &json!({"plan_id": "premium"})).await;
    assert_eq!(stripe.calls(), ["POST /v1/checkout/sessions"], "told once");
}
