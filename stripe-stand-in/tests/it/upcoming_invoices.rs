//! `invoice.upcoming` is emitted a week before a renewal.

use serde_json::{Value, json};

use super::account::{Account, id};

const DAY: i64 = 86_400;

/// The invoices of all `invoice.upcoming` events, newest first.
async fn announced(stripe: &Account) -> Vec<Value> {
    let events = stripe.get("/v1/events?type=invoice.upcoming").await;
    events["data"].as_array().unwrap().iter().map(|event| event["data"]["object"].clone()).collect()
}

async fn advance_to(stripe: &Account, time: i64) {
    stripe.post("/_stand_in/clock/advance", &format!("until={time}")).await;
}

#[tokio::test]
async fn an_invoice_is_announced_once_a_week_before_each_renewal() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let begun = stripe.subscribe(&customer, &price, "").await;
    let end = begun["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    advance_to(&stripe, end - 7 * DAY - 60).await;
    assert!(announced(&stripe).await.is_empty());
    stripe
        .post(
            &format!("/v1/subscriptions/{}", id(&begun)),
            &format!("items[0][id]={}&items[0][quantity]=2&proration_behavior=none", id(&begun["items"]["data"][0])),
        )
        .await;
    advance_to(&stripe, end - 7 * DAY + 60).await;
    let invoices = announced(&stripe).await;
    assert_eq!(invoices.len(), 1);
    let invoice = &invoices[0];
    assert!(id(invoice).starts_with("upcoming_in_"));
    assert_eq!((&invoice["amount_due"], &invoice["billing_reason"]), (&json!(4_000), &json!("upcoming")));
    assert_eq!(invoice["parent"]["subscription_details"]["subscription"], begun["id"]);
    assert_eq!(stripe.get("/v1/invoices").await["data"].as_array().unwrap().len(), 1);
    advance_to(&stripe, end + DAY).await;
    assert_eq!(announced(&stripe).await.len(), 1);
    advance_to(&stripe, end + 29 * DAY).await;
    assert_eq!(announced(&stripe).await.len(), 2);
}

#[tokio::test]
async fn no_upcoming_event_without_a_renewal_or_in_a_short_interval() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let (month, week) = (stripe.price(2_000, "month", "").await, stripe.price(500, "week", "").await);
    stripe.subscribe(&customer, &month, "&cancel_at_period_end=true").await;
    stripe.subscribe(&customer, &week, "").await;
    let canceled = id(&stripe.subscribe(&customer, &month, "").await);
    stripe.call("DELETE", &format!("/v1/subscriptions/{canceled}"), "", None).await;
    stripe.advance_days(40).await;
    assert!(announced(&stripe).await.is_empty());
}
