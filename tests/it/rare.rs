//! Rare sequences, each of which once ended wrong: races around the checkout, sales made in the Dashboard, things deleted
//! or copied there, a bank that takes the money for good.

use cli::catalog::{CatalogFile, sync};
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{UserId, decide_access};

use crate::support::app::{COURSE, Checkout, PAYS, TestApp};
use crate::support::fault_proxy::Fault;

const YAML: &str = include_str!("../../catalog.yaml");

async fn open_sessions(app: &TestApp) -> usize {
    let form = [("status", "open"), ("limit", "100")];
    let list = app.stripe(Method::GET, "/v1/checkout/sessions", &form).await.expect(200);
    list["data"].as_array().unwrap().len()
}

fn checkout_of(body: &Value) -> Checkout {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    Checkout { session: text("id"), url: text("url") }
}

async fn event_about(app: &TestApp, kind: &str, id: &str) -> Value {
    let about = |event: &Value| event["data"]["object"]["id"] == id || event["data"]["object"]["payment_intent"] == id;
    app.events(kind).await.into_iter().find(about).unwrap()
}

/// A session that an operator made in the Dashboard: our price, our customer, none of our metadata.
async fn dashboard_session(app: &TestApp, like: &str, customer: Option<&str>, metadata: &[(&str, &str)]) -> Checkout {
    let items = format!("/v1/checkout/sessions/{like}/line_items");
    let items = app.stripe(Method::GET, &items, &[]).await.expect(200);
    let price = items["data"][0]["price"]["id"].as_str().unwrap().to_owned();
    let mut form = vec![
        ("mode", "payment"),
        ("line_items[0][price]", price.as_str()),
        ("line_items[0][quantity]", "1"),
        ("success_url", "https://example.com/"),
    ];
    form.extend(customer.map(|customer| ("customer", customer)));
    form.extend(metadata);
    checkout_of(&app.stripe(Method::POST, "/v1/checkout/sessions", &form).await.expect(200))
}

/// The webhook commits between checkout's reading of the facts and its look at the session.
#[tokio::test(flavor = "multi_thread")]
async fn paid_while_checkout_asks_stripe_is_not_sold_again() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;
    let first = app.checkout(&ada, COURSE).await;
    let mut gate = stripe.hold(&format!("GET /v1/checkout/sessions/{}", first.session));
    let wish = json!({"course_id": COURSE});
    let (again, ()) = tokio::join!(app.post(&ada, "/checkout/sessions", &wish), async {
        gate.arrived(1).await;
        app.pay(&first, PAYS).await;
        let completed = event_about(&app, "checkout.session.completed", &first.session).await;
        app.deliver(&completed).await.expect(200);
        gate.release();
    });
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!((again.status.as_u16(), again.code()), (409, "already_owned"), "{}", again.body);
}

/// The webhook commits while the slot is read.
#[tokio::test(flavor = "multi_thread")]
async fn paid_while_the_slot_is_read_is_not_sold_again() {
    let (app, table) = TestApp::start_behind_proxy().await;
    app.hold();
    let ada = app.ada().await;
    let first = app.checkout(&ada, COURSE).await;
    let mut gate = table.hold("BatchGetItem");
    let wish = json!({"course_id": COURSE});
    let (again, ()) = tokio::join!(app.post(&ada, "/checkout/sessions", &wish), async {
        gate.arrived(1).await;
        app.pay(&first, PAYS).await;
        let completed = event_about(&app, "checkout.session.completed", &first.session).await;
        app.deliver(&completed).await.expect(200);
        gate.release();
    });
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!((again.status.as_u16(), again.code()), (409, "already_owned"), "{}", again.body);
}

/// Giving a claim back must not close the session that another request has opened under the same claim.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_twin_does_not_close_the_open_slot() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    let coupon =
        app.stripe(Method::POST, "/v1/coupons", &[("percent_off", "10"), ("duration", "once")]).await.expect(200);
    let form = [("promotion[type]", "coupon"), ("promotion[coupon]", coupon["id"].as_str().unwrap()), ("code", "TEN")];
    let code = app.stripe(Method::POST, "/v1/promotion_codes", &form).await.expect(200);
    let wish = json!({"course_id": COURSE, "promotion_code": "TEN"});
    let mut first = stripe.hold("POST /v1/checkout/sessions");
    let a = app.post(&ada, "/checkout/sessions", &wish);
    let b = async {
        first.arrived(1).await;
        let mut second = stripe.hold("GET /v1/promotion_codes");
        let b = app.post(&ada, "/checkout/sessions", &wish);
        let then = async {
            second.arrived(1).await;
            first.release();
            while open_sessions(&app).await == 0 || app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"] != "open"
            {
                tokio::task::yield_now().await;
            }
            let path = format!("/v1/promotion_codes/{}", code["id"].as_str().unwrap());
            app.stripe(Method::POST, &path, &[("active", "false")]).await.expect(200);
            second.release();
        };
        tokio::join!(b, then).0
    };
    let (a, b) = tokio::join!(a, b);
    a.expect(201);
    assert_eq!((b.status.as_u16(), b.code()), (400, "invalid_promotion_code"));
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "open");
    app.post(&ada, "/checkout/sessions", &json!({"course_id": COURSE})).await.expect(201);
    assert_eq!(open_sessions(&app).await, 1, "two ways to pay are open");
}

/// A sale that only the customer names; its refund is heard first.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_heard_before_a_dashboard_sale_closes() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let ours = app.checkout(&ada, COURSE).await;
    let read = app.stripe(Method::GET, &format!("/v1/checkout/sessions/{}", ours.session), &[]).await.expect(200);
    let sold = dashboard_session(&app, &ours.session, read["customer"].as_str(), &[]).await;
    app.pay(&sold, PAYS).await;
    let intent = app.intent(&sold.session).await;
    app.refund(&intent, &[]).await;
    for kind in ["payment_intent.succeeded", "charge.refunded", "refund.created", "checkout.session.completed"] {
        let id = if kind.starts_with("checkout") { &sold.session } else { &intent };
        app.deliver(&event_about(&app, kind, id).await).await.expect(200);
    }
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
}

/// Nobody bought anything: an abandoned Payment Link.
#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_payment_link_is_no_error() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let ours = app.checkout(&ada, COURSE).await;
    let link = dashboard_session(&app, &ours.session, None, &[]).await;
    app.stripe(Method::POST, &format!("/v1/checkout/sessions/{}/expire", link.session), &[]).await.expect(200);
    let expired = event_about(&app, "checkout.session.expired", &link.session).await;
    assert_eq!(app.deliver(&expired).await.expect(200)["outcome"], "not_ours");
    assert!(app.failures().await.is_empty(), "{:?}", app.failures().await[0].error);
}

/// A product that is not offered any more stays open to those who bought it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_stays_bought_when_the_product_is_delisted() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.buy(&ada, COURSE).await;
    let mut file = CatalogFile::parse(YAML).unwrap();
    file.products.retain(|listed| listed.product.id.as_str() != COURSE);
    let context = app.context();
    sync(&context, &file).await.unwrap();
    let catalog = context.store.catalog().await.unwrap();
    let facts = context.store.facts(&UserId::parse(ada.user.as_str()).unwrap()).await.unwrap();
    let course = catalog.course(COURSE).unwrap();
    let answer = decide_access(
        jiff::Timestamp::now(),
        &shared::domain::SubscriptionPolicy::default(),
        &facts,
        catalog.access_target(course),
    );
    assert!(answer.is_allowed(), "{answer:?}");
}

/// Somebody duplicates the product in the Dashboard (metadata is copied, prices have no lookup key).
#[tokio::test(flavor = "multi_thread")]
async fn a_second_stripe_product_does_not_take_the_first_off_sale() {
    let app = TestApp::start().await;
    let form = [("name", "Copy"), ("metadata[tuition_app]", "tuition"), ("metadata[tuition_product]", COURSE)];
    app.stripe(Method::POST, "/v1/products", &form).await.expect(200);
    app.settle().await;
    let row = app.rows_of("CATALOG", &format!("PRODUCT#{COURSE}")).await.remove(0);
    assert_ne!(row["prices"], json!([]));
}

/// The customer was deleted in the Dashboard.
#[tokio::test(flavor = "multi_thread")]
async fn a_learner_whose_customer_was_deleted_can_still_buy() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;
    let read = app.stripe(Method::GET, &format!("/v1/payment_intents/{intent}"), &[]).await.expect(200);
    let customer = read["customer"].as_str().unwrap();
    app.stripe(Method::DELETE, &format!("/v1/customers/{customer}"), &[]).await.expect(200);
    app.settle().await;
    let other = app.post(&ada, "/checkout/sessions", &json!({"course_id": "fine-tuning"})).await;
    assert!(other.status.is_success());
}

/// Rate limit: how many calls reach Stripe for a learner who is over it.
#[tokio::test(flavor = "multi_thread")]
async fn a_learner_over_the_limit_costs_no_calls_to_stripe() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    app.checkout(&ada, COURSE).await;
    stripe.reset();
    for _ in 0..40 {
        app.post(&ada, "/checkout/sessions", &json!({"course_id": COURSE})).await;
    }
    assert!(stripe.calls().len() <= 21);
}

/// And while a claim waits (Stripe refuses for a moment) nothing is counted at all.
#[tokio::test(flavor = "multi_thread")]
async fn resuming_a_claim_is_counted() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    // The customer is created, then Stripe goes away: the claim stays.
    stripe.inject(Fault::CrashBefore(2));
    app.post(&ada, "/checkout/sessions", &json!({"course_id": COURSE})).await;
    let mut refused = 0;
    for _ in 0..25 {
        refused += u32::from(app.post(&ada, "/checkout/sessions", &json!({"course_id": COURSE})).await.status == 429);
    }
    assert!(refused > 0);
}

/// An event that failed once and then turns out not to be ours.
#[tokio::test(flavor = "multi_thread")]
async fn success_closes_the_entry_even_of_what_is_not_ours() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    app.hold();
    let form = [
        ("amount", "500"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("automatic_payment_methods[enabled]", "true"),
        ("automatic_payment_methods[allow_redirects]", "never"),
    ];
    let intent = app.stripe(Method::POST, "/v1/payment_intents", &form).await.expect(200);
    let intent = intent["id"].as_str().unwrap();
    app.refund(intent, &[]).await;
    let created = event_about(&app, "refund.created", intent).await;
    stripe.inject(Fault::CrashBefore(1));
    assert_eq!(app.deliver(&created).await.status, 500);
    assert_eq!(app.failures().await.len(), 1);
    stripe.reset();
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "not_ours");
    assert!(app.failures().await.is_empty(), "the entry stays open for ever");
}

/// Metadata of the charge was edited in the Dashboard before the refund.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_closes_whoever_the_charge_names_now() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let grace = app.learner("grace@example.com").await;
    let intent = app.buy(&ada, COURSE).await;
    let read = app.stripe(Method::GET, &format!("/v1/payment_intents/{intent}"), &[]).await.expect(200);
    let charge = read["latest_charge"].as_str().unwrap();
    let edit = [("metadata[tuition_user]", grace.user.as_str())];
    app.stripe(Method::POST, &format!("/v1/charges/{charge}"), &edit).await.expect(200);
    app.hold();
    app.refund(&intent, &[]).await;
    for kind in ["charge.refunded", "refund.created"] {
        app.deliver(&event_about(&app, kind, &intent).await).await.expect(200);
    }
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
}

/// The bank took the money back for good; the learner wants to buy again.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_dispute_the_course_can_be_bought_again() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    app.press(&format!("disputes/{dispute}/lost")).await;
    let again = app.post(&ada, "/checkout/sessions", &json!({"course_id": COURSE})).await;
    assert!(again.status.is_success());
}

/// A payload of our version that our types cannot read is asked for instead.
#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_payload_is_fetched() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, mut completed) = app.pay_unheard(&ada, COURSE).await;
    completed["data"]["object"]["custom_fields"] = Value::Null;
    let answer = app.deliver(&completed).await;
    assert_eq!(answer.status, 200);
}
