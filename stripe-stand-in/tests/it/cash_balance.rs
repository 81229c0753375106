//! Payments by bank transfer, from a customer's cash balance.

use serde_json::{Value, json};

use super::account::{Account, id};

const BY_TRANSFER: &str = "confirm=true&currency=usd&payment_method_types[0]=customer_balance\
                           &payment_method_data[type]=customer_balance";

async fn customer(stripe: &Account) -> String {
    id(&stripe.post("/v1/customers", "email=ann@example.com").await)
}

/// A confirmed payment intent that is paid by bank transfer.
async fn intent(stripe: &Account, customer: &str, amount: i64) -> Value {
    stripe.post("/v1/payment_intents", &format!("{BY_TRANSFER}&customer={customer}&amount={amount}")).await
}

async fn fund(stripe: &Account, customer: &str, amount: i64) -> Value {
    let path = format!("/v1/test_helpers/customers/{customer}/fund_cash_balance");
    stripe.post(&path, &format!("amount={amount}&currency=usd")).await
}

async fn available(stripe: &Account, customer: &str) -> Value {
    stripe.get(&format!("/v1/customers/{customer}/cash_balance")).await["available"].clone()
}

fn remaining(intent: &Value) -> &Value {
    &intent["next_action"]["display_bank_transfer_instructions"]["amount_remaining"]
}

#[tokio::test]
async fn a_transfer_of_less_than_the_amount_funds_a_payment_partially() {
    let stripe = Account::open().await;
    let customer = customer(&stripe).await;
    assert_eq!(available(&stripe, &customer).await, Value::Null);
    let created = intent(&stripe, &customer, 5_000).await;
    assert_eq!((&created["status"], remaining(&created)), (&json!("requires_action"), &json!(5_000)));
    assert_eq!(created["next_action"]["type"], "display_bank_transfer_instructions");

    let earlier = stripe.event_types().await;
    let transaction = fund(&stripe, &customer, 2_000).await;
    let seen = (&transaction["type"], &transaction["net_amount"], &transaction["ending_balance"]);
    assert_eq!(seen, (&json!("funded"), &json!(2_000), &json!(2_000)));
    assert_eq!(stripe.event_types_since(&earlier).await, ["payment_intent.partially_funded"]);
    let path = format!("/v1/payment_intents/{}", id(&created));
    let partial = stripe.get(&path).await;
    assert_eq!((&partial["status"], remaining(&partial)), (&json!("requires_action"), &json!(3_000)));
    let reference = "/next_action/display_bank_transfer_instructions/reference";
    assert_eq!(partial.pointer(reference), created.pointer(reference));
    assert_eq!(available(&stripe, &customer).await, Value::Null);

    let earlier = stripe.event_types().await;
    fund(&stripe, &customer, 3_500).await;
    let expected = ["charge.succeeded", "payment_intent.succeeded", "charge.updated"];
    assert_eq!(stripe.event_types_since(&earlier).await, expected);
    let paid = stripe.get(&path).await;
    assert_eq!((&paid["status"], &paid["amount_received"]), (&json!("succeeded"), &json!(5_000)));
    assert_eq!(paid["next_action"], Value::Null);
    assert_eq!(available(&stripe, &customer).await, json!({ "usd": 500 }));
}

#[tokio::test]
async fn money_of_the_cash_balance_pays_the_oldest_payment_first() {
    let stripe = Account::open().await;
    let customer = customer(&stripe).await;
    fund(&stripe, &customer, 1_000).await;
    let earlier = stripe.event_types().await;
    let first = intent(&stripe, &customer, 1_500).await;
    assert_eq!(remaining(&first), 500);
    let expected = ["payment_intent.created", "payment_intent.requires_action", "payment_intent.partially_funded"];
    assert_eq!(stripe.event_types_since(&earlier).await, expected);
    let second = intent(&stripe, &customer, 1_500).await;
    fund(&stripe, &customer, 1_000).await;
    let path = |intent: &Value| format!("/v1/payment_intents/{}", id(intent));
    assert_eq!(stripe.get(&path(&first)).await["status"], "succeeded");
    assert_eq!(remaining(&stripe.get(&path(&second)).await), 1_000);

    stripe.post(&format!("{}/cancel", path(&second)), "").await;
    assert_eq!(available(&stripe, &customer).await, json!({ "usd": 500 }));
    let third = intent(&stripe, &customer, 500).await;
    assert_eq!((&third["status"], available(&stripe, &customer).await), (&json!("succeeded"), Value::Null));
}

#[tokio::test]
async fn invalid_bank_transfers_are_refused() {
    let stripe = Account::open().await;
    let customer = customer(&stripe).await;
    let fund = format!("/v1/test_helpers/customers/{customer}/fund_cash_balance");
    let without_customer = format!("{BY_TRANSFER}&amount=500");
    let cases = [
        (fund.as_str(), "currency=usd", "amount"),
        (&fund, "amount=0&currency=usd", "amount"),
        (&fund, "amount=100&currency=sek", "currency"),
        ("/v1/payment_intents", &without_customer, "customer"),
    ];
    for (path, form, param) in cases {
        let (status, error) = stripe.post_refused(path, form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form}");
    }
    let method = id(&stripe.post("/v1/payment_methods", "type=customer_balance").await);
    let attach = format!("/v1/payment_methods/{method}/attach");
    assert_eq!(stripe.post_refused(&attach, &format!("customer={customer}")).await.0, 400);
}
