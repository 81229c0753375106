//! `/v1/subscription_items`: items of a subscription are added, changed and deleted.

use serde_json::{Value, json};

use super::account::{Account, id};

const PATH: &str = "/v1/subscription_items";

/// A subscription of $20 a month, and its item.
async fn subscribed(stripe: &Account) -> (String, String) {
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let subscription = stripe.subscribe(&customer, &price, "").await;
    (id(&subscription), id(&subscription["items"]["data"][0]))
}

async fn items(stripe: &Account, subscription: &str) -> Vec<String> {
    let list = stripe.get(&format!("{PATH}?subscription={subscription}")).await;
    list["data"].as_array().unwrap().iter().map(id).collect()
}

/// The amounts of pending invoice items, largest first.
async fn waiting(stripe: &Account) -> Vec<i64> {
    let list = stripe.get("/v1/invoiceitems?pending=true").await;
    let mut amounts: Vec<i64> =
        list["data"].as_array().unwrap().iter().map(|item| item["amount"].as_i64().unwrap()).collect();
    amounts.sort_unstable_by(|one, other| other.cmp(one));
    amounts
}

#[tokio::test]
async fn an_added_item_is_prorated() {
    for (behavior, pending, paid) in
        [("create_prorations", vec![1_000], false), ("none", vec![], false), ("always_invoice", vec![], true)]
    {
        let stripe = Account::open().await;
        let (subscription, first) = subscribed(&stripe).await;
        let price = stripe.price(500, "month", "").await;
        let form = format!("subscription={subscription}&price={price}&quantity=2&proration_behavior={behavior}");
        let added = stripe.post(PATH, &format!("{form}&metadata[a]=1")).await;
        assert_eq!((&added["object"], &added["subscription"]), (&json!("subscription_item"), &json!(subscription)));
        assert_eq!((&added["quantity"], &added["metadata"]["a"]), (&json!(2), &json!("1")));
        assert_eq!(items(&stripe, &subscription).await, [first, id(&added)]);
        assert_eq!(stripe.get(&format!("{PATH}/{}", id(&added))).await, added);
        assert_eq!(waiting(&stripe).await, pending, "{behavior}");
        let newest = &stripe.get("/v1/invoices").await["data"][0];
        assert_eq!(newest["billing_reason"] == "subscription_update", paid, "{behavior}");
        assert!(!paid || newest["amount_paid"] == 1_000);
        let event = &stripe.get("/v1/events?type=customer.subscription.updated").await["data"][0];
        assert_eq!(event["data"]["object"]["items"]["total_count"], 2);
    }
}

#[tokio::test]
async fn a_changed_item_keeps_its_id_and_is_prorated() {
    let stripe = Account::open().await;
    let (_, item) = subscribed(&stripe).await;
    let path = format!("{PATH}/{item}");
    assert_eq!(stripe.post(&path, "metadata[seat]=a").await["metadata"]["seat"], "a");
    assert!(waiting(&stripe).await.is_empty());
    let changed = stripe.post(&path, "quantity=3").await;
    assert_eq!((id(&changed), &changed["quantity"]), (item, &json!(3)));
    assert_eq!(waiting(&stripe).await, [6_000, -2_000]);
    let expensive = stripe.price(9_000, "month", "").await;
    let changed = stripe.post(&path, &format!("price={expensive}&quantity=1&proration_behavior=none")).await;
    assert_eq!((&changed["price"]["id"], &changed["plan"]["id"]), (&json!(expensive), &json!(expensive)));
    assert_eq!(waiting(&stripe).await.len(), 2);
}

#[tokio::test]
async fn a_deleted_item_is_credited_and_the_last_one_cannot_be_deleted() {
    let stripe = Account::open().await;
    let (subscription, first) = subscribed(&stripe).await;
    let price = stripe.price(500, "month", "").await;
    let form = format!("subscription={subscription}&price={price}&proration_behavior=none");
    let second = id(&stripe.post(PATH, &form).await);
    let delete = |item: String| {
        let stripe = &stripe;
        async move { stripe.call("DELETE", &format!("{PATH}/{item}"), "", None).await }
    };
    let gone: Value = delete(first.clone()).await.json().await.unwrap();
    assert_eq!(gone, json!({ "id": first, "object": "subscription_item", "deleted": true }));
    assert_eq!(waiting(&stripe).await, [-2_000]);
    assert_eq!(items(&stripe, &subscription).await, [second.as_str()]);
    assert_eq!(delete(first).await.status().as_u16(), 404);
    assert_eq!(delete(second).await.status().as_u16(), 400);
    assert_eq!(items(&stripe, &subscription).await.len(), 1);
}

#[tokio::test]
async fn a_declined_item_becomes_a_pending_update_or_an_error() {
    let stripe = Account::open().await;
    let (subscription, first) = subscribed(&stripe).await;
    let customer = stripe.subscription(&subscription).await["customer"].as_str().unwrap().to_owned();
    let broken = stripe.card(&customer, "chargeCustomerFail").await;
    stripe.post(&format!("/v1/subscriptions/{subscription}"), &format!("default_payment_method={broken}")).await;
    let price = stripe.price(500, "month", "").await;
    let form = format!("subscription={subscription}&price={price}&proration_behavior=always_invoice");
    let (status, _) = stripe.post_refused(PATH, &format!("{form}&payment_behavior=error_if_incomplete")).await;
    assert_eq!(status, 402);
    let waiting = stripe.post(PATH, &format!("{form}&payment_behavior=pending_if_incomplete")).await;
    assert_eq!(waiting["price"]["id"], price.as_str());
    assert_eq!(items(&stripe, &subscription).await, [first]);
    let pending = stripe.subscription(&subscription).await["pending_update"]["subscription_items"].clone();
    assert_eq!(pending[1]["id"], waiting["id"]);
}

#[tokio::test]
async fn invalid_items_are_refused() {
    let stripe = Account::open().await;
    let (subscription, item) = subscribed(&stripe).await;
    let (month, year) = (stripe.price(500, "month", "").await, stripe.price(500, "year", "").await);
    let current = stripe.get(&format!("{PATH}/{item}")).await["price"]["id"].as_str().unwrap().to_owned();
    let cases = [
        (PATH.to_owned(), format!("price={month}"), 400, "subscription"),
        (PATH.to_owned(), format!("subscription=sub_x&price={month}"), 404, "subscription"),
        (PATH.to_owned(), format!("subscription={subscription}"), 400, "price"),
        (PATH.to_owned(), format!("subscription={subscription}&price=price_x"), 404, "price"),
        (PATH.to_owned(), format!("subscription={subscription}&price={year}"), 400, "items"),
        (PATH.to_owned(), format!("subscription={subscription}&price={current}"), 400, "price"),
        (PATH.to_owned(), format!("subscription={subscription}&price={month}&nosuch=1"), 400, "nosuch"),
        (format!("{PATH}/{item}"), "quantity=-1".to_owned(), 400, "quantity"),
        (format!("{PATH}/{item}"), "nosuch=1".to_owned(), 400, "nosuch"),
        (format!("{PATH}/si_x"), "quantity=1".to_owned(), 404, "item"),
    ];
    for (path, form, status, param) in cases {
        let (found, error) = stripe.post_refused(&path, &form).await;
        assert_eq!((found, &error["param"]), (status, &json!(param)), "{path} {form}: {error}");
    }
    stripe.call("DELETE", &format!("/v1/subscriptions/{subscription}"), "", None).await;
    assert_eq!(stripe.post_refused(&format!("{PATH}/{item}"), "quantity=2").await.0, 400);
}
