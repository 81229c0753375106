//! The main job: a learner pays, the course opens; the money goes back, it closes.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::app::{COURSE, DECLINED, PAYS, PRICE_USD, TestApp};

#[tokio::test]
async fn a_learner_pays_and_the_course_opens() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    assert_eq!(app.reason(&ada, COURSE).await, "not_purchased");

    let intent = app.buy(&ada, COURSE).await;

    let access = app.access(&ada, COURSE).await;
    assert_eq!(access["has_access"], true);
    assert_eq!(access["because"]["reason"], "purchased");
    assert_eq!(access["because"]["source"], json!(intent));
    assert_eq!(app.reason(&ada, "fine-tuning").await, "not_purchased", "nothing else opened");
    let grace = app.learner("grace@example.com").await;
    assert_eq!(app.reason(&grace, COURSE).await, "not_purchased", "and for nobody else");
    assert!(app.failures().await.is_empty());
}

#[tokio::test]
async fn the_money_goes_back_and_the_course_closes() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;

    app.refund(&intent, &[]).await;

    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
    let moved: Vec<_> =
        app.effects(&ada).await.into_iter().filter(|effect| effect["effect"] == "purchase_status_changed").collect();
    assert_eq!(moved.len(), 2, "opened once, closed once: {moved:?}");
}

#[tokio::test]
async fn a_free_course_opens_without_buying() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    assert_eq!(app.reason(&ada, "prompting-basics").await, "free_course");
}

#[tokio::test]
async fn a_declined_card_is_no_purchase_and_the_next_card_is_one() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout(&ada, COURSE).await;

    assert_ne!(app.pay(&checkout, DECLINED).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "not_purchased");
    assert!(app.rows_of("USER#", "ACCESS#").await.is_empty());

    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn unpaid_never_opens_and_the_money_that_arrives_later_does() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout(&ada, COURSE).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;

    assert_eq!(app.reason(&ada, COURSE).await, "payment_pending");
    let shown = app.return_page(&ada, &checkout.session).await.expect(200);
    assert_eq!(shown, json!({"status": "complete", "payment_status": "unpaid", "fulfilled": false}));
    let again = app.post(&ada, "/checkout/sessions", &json!({"course_id": COURSE})).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "payment_pending"));

    let intent = app.intent(&checkout.session).await;
    app.press(&format!("bank_debits/{intent}/succeed")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn a_debit_that_fails_stays_closed_and_can_be_tried_again() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout(&ada, COURSE).await;
    app.pay_by_debit(&checkout).await;
    let intent = app.intent(&checkout.session).await;
    app.press(&format!("bank_debits/{intent}/fail")).await;

    assert_eq!(app.reason(&ada, COURSE).await, "payment_failed");
    app.buy(&ada, COURSE).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn async_success_opens_even_if_it_arrives_first() {
    let app = TestApp::start().await;
    app.stack.stand_in().unwrap().hold_deliveries();
    let ada = app.ada().await;
    let checkout = app.checkout(&ada, COURSE).await;
    app.pay_by_debit(&checkout).await;
    let intent = app.intent(&checkout.session).await;
    app.press(&format!("bank_debits/{intent}/succeed")).await;

    let late = &app.events("checkout.session.completed").await[0];
    assert_eq!(late["data"]["object"]["payment_status"], "unpaid");
    let first = &app.events("checkout.session.async_payment_succeeded").await[0];
    app.deliver(first).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    app.deliver(late).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn partial_refunds_add_up_and_close_only_when_all_is_back() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;

    app.refund(&intent, &[("amount", "2000")]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    app.refund(&intent, &[("amount", &(PRICE_USD - 2_001).to_string())]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    app.refund(&intent, &[("amount", "1")]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
}

#[tokio::test]
async fn more_refunds_than_one_page_of_stripes_still_add_up() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;
    for _ in 0..12 {
        app.refund(&intent, &[("amount", "400")]).await;
    }
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    app.refund(&intent, &[("amount", "100")]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
}

#[tokio::test]
async fn a_refund_that_fails_later_opens_the_course_again() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;
    let refund = app.refund(&intent, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");

    app.press(&format!("refunds/{refund}/fail")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn a_dispute_closes_and_a_won_one_opens_again_even_the_second_time() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;

    let first = app.dispute(&intent, "chargeback").await;
    assert_eq!(app.reason(&ada, COURSE).await, "disputed");
    assert_eq!(app.access(&ada, COURSE).await["because"]["dispute"], json!(first));
    app.press(&format!("disputes/{first}/won")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");

    let second = app.dispute(&intent, "chargeback").await;
    assert_eq!(app.reason(&ada, COURSE).await, "disputed");
    app.press(&format!("disputes/{second}/lost")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "disputed");
}

#[tokio::test]
async fn an_inquiry_changes_nothing_until_it_becomes_a_chargeback() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;

    let inquiry = app.dispute(&intent, "inquiry").await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    app.press(&format!("disputes/{inquiry}/needs_response")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "disputed");
}

#[tokio::test]
async fn refunds_and_disputes_close_exactly_what_they_paid_for() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let search = app.buy(&ada, COURSE).await;
    let tuning = app.buy(&ada, "fine-tuning").await;
    app.buy(&ada, "ai-in-4-weekends").await;

    app.refund(&search, &[]).await;
    app.dispute(&tuning, "chargeback").await;

    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
    assert_eq!(app.reason(&ada, "fine-tuning").await, "disputed");
    assert_eq!(app.reason(&ada, "ai-in-4-weekends").await, "purchased");
}

#[tokio::test]
async fn a_course_bought_twice_over_stays_open_when_one_purchase_goes_back() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let single = app.buy(&ada, COURSE).await;
    let catalog = app.get(&ada, "/catalog").await.expect(200);
    let bundle = catalog["products"].as_array().unwrap().iter().find(|one| one["id"] == "practice-bundle").unwrap();
    let wish = json!({"price_id": bundle["prices"][0]["price_id"]});
    let opened = app.post(&ada, "/checkout/sessions", &wish).await.expect(201);
    let checkout = crate::support::app::Checkout {
        session: opened["session_id"].as_str().unwrap().to_owned(),
        url: opened["checkout_url"].as_str().unwrap().to_owned(),
    };
    app.pay(&checkout, PAYS).await;
    app.settle().await;
    assert_eq!(app.reason(&ada, "fine-tuning").await, "purchased");

    app.refund(&single, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased", "the bundle still opens it");
    let entitlements = app.get(&ada, "/entitlements").await.expect(200);
    let has = |product: &str| {
        let items = entitlements["items"].as_array().unwrap();
        items.iter().find(|item| item["product"] == product).unwrap()["has_access"].clone()
    };
    assert_eq!((has(COURSE), has("practice-bundle")), (json!(false), json!(true)));
}

#[tokio::test]
async fn a_purchase_that_cost_nothing_is_keyed_by_its_session() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let coupon =
        app.stripe(Method::POST, "/v1/coupons", &[("percent_off", "100"), ("duration", "once")]).await.expect(200);
    let coupon = coupon["id"].as_str().unwrap();
    let form = [("promotion[type]", "coupon"), ("promotion[coupon]", coupon), ("code", "FRIENDS")];
    app.stripe(Method::POST, "/v1/promotion_codes", &form).await.expect(200);

    let wish = json!({"course_id": COURSE, "promotion_code": "FRIENDS"});
    let opened = app.post(&ada, "/checkout/sessions", &wish).await.expect(201);
    let session = opened["session_id"].as_str().unwrap().to_owned();
    let url = opened["checkout_url"].as_str().unwrap().to_owned();
    let paid = app.pay(&crate::support::app::Checkout { session: session.clone(), url }, PAYS).await;
    assert_eq!(paid, StatusCode::SEE_OTHER);
    app.settle().await;

    let access = app.access(&ada, COURSE).await;
    assert_eq!(access["because"]["source"], json!(session));
    let fact = &app.rows_of("USER#", "ACCESS#").await[0];
    assert_eq!(fact["charged"], json!({"amount": 0, "currency": "usd"}));
}
