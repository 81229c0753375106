//! The discount of a subscription: added, replaced and removed.

use serde_json::{Value, json};

use super::account::{Account, id};

/// A coupon that takes a percentage off every invoice.
async fn coupon(stripe: &Account, percent: u32) -> String {
    id(&stripe.post("/v1/coupons", &format!("percent_off={percent}&duration=forever")).await)
}

/// What the next invoice of a subscription will cost.
async fn next_amount(stripe: &Account, subscription: &str) -> Value {
    let form = format!("subscription={subscription}");
    stripe.post("/v1/invoices/create_preview", &form).await["amount_due"].clone()
}

/// The events about discounts, oldest first, each with its coupon.
async fn discount_events(stripe: &Account) -> Vec<(String, String)> {
    let events = stripe.get("/v1/events?limit=100").await;
    let events = events["data"].as_array().unwrap().iter().rev();
    let about = events.filter(|event| event["type"].as_str().unwrap().starts_with("customer.discount."));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    about.map(|event| (text(&event["type"]), text(&event["data"]["object"]["source"]["coupon"]))).collect()
}

#[tokio::test]
async fn a_discount_can_be_added_replaced_and_removed() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let (small, large) = (coupon(&stripe, 10).await, coupon(&stripe, 50).await);
    let subscription = id(&stripe.subscribe(&customer, &price, "").await);
    let path = format!("/v1/subscriptions/{subscription}");
    assert_eq!(next_amount(&stripe, &subscription).await, 2_000);

    let given = stripe.post(&path, &format!("discounts[0][coupon]={small}")).await;
    assert_eq!(given["discounts"].as_array().unwrap().len(), 1);
    assert_eq!(next_amount(&stripe, &subscription).await, 1_800);
    let switched = stripe.post(&path, &format!("discounts[0][coupon]={large}")).await;
    assert_ne!(switched["discounts"], given["discounts"]);
    assert_eq!(next_amount(&stripe, &subscription).await, 1_000);
    let event = &stripe.get("/v1/events?type=customer.discount.updated").await["data"][0];
    assert_eq!(event["data"]["object"]["id"], switched["discounts"][0]);
    assert_eq!(event["data"]["previous_attributes"]["source"]["coupon"], small);
    let kept =
        stripe.post(&path, &format!("discounts[0][discount]={}", switched["discounts"][0].as_str().unwrap())).await;
    assert_eq!(kept["discounts"], switched["discounts"]);
    assert_eq!(stripe.post(&path, "discounts=").await["discounts"], json!([]));
    assert_eq!(next_amount(&stripe, &subscription).await, 2_000);
    let name = |event: &str| format!("customer.discount.{event}");
    let expected = [(name("created"), small), (name("updated"), large.clone()), (name("deleted"), large)];
    assert_eq!(discount_events(&stripe).await, expected);
    let events = stripe.event_types().await;
    let updates = events.iter().filter(|event| *event == "customer.subscription.updated").count();
    assert_eq!(updates, 3);
}

#[tokio::test]
async fn a_discount_can_be_deleted_by_itself() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let half = coupon(&stripe, 50).await;
    let discounted = stripe.subscribe(&customer, &price, &format!("&discounts[0][coupon]={half}")).await;
    let path = format!("/v1/subscriptions/{}/discount", id(&discounted));
    let deleted: Value = stripe.call("DELETE", &path, "", None).await.json().await.unwrap();
    assert_eq!((&deleted["object"], &deleted["deleted"]), (&json!("discount"), &json!(true)));
    assert_eq!(deleted["id"], discounted["discounts"][0]);
    assert_eq!(stripe.subscription(&id(&discounted)).await["discounts"], json!([]));
    assert_eq!(discount_events(&stripe).await.last().unwrap().0, "customer.discount.deleted");
    assert_eq!(stripe.call("DELETE", &path, "", None).await.status().as_u16(), 404);
}

#[tokio::test]
async fn a_bad_discount_changes_nothing() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let half = coupon(&stripe, 50).await;
    let subscription = stripe.subscribe(&customer, &price, &format!("&discounts[0][coupon]={half}")).await;
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    for (form, status, param) in [
        ("discounts[0][coupon]=no", 404, "discounts[0][coupon]"),
        ("discounts[0][promotion_code]=no", 404, "discounts[0][promotion_code]"),
        ("discounts[0][discount]=di_no", 404, "discounts[0][discount]"),
        ("discounts[0][coupon]=A&discounts[1][coupon]=B", 400, "discounts"),
    ] {
        let (found, error) = stripe.post_refused(&path, form).await;
        assert_eq!((found, &error["param"]), (status, &json!(param)), "{form}: {error}");
    }
    assert_eq!(stripe.subscription(&id(&subscription)).await["discounts"], subscription["discounts"]);
}
