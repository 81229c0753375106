//! Simulated 500 and 429 responses.

use serde_json::{Value, json};

use super::account::Account;

const FAULTS: &str = "/_stand_in/faults";

/// Creates a customer, and returns the response's status.
async fn create_customer(stripe: &Account, key: Option<&str>) -> u16 {
    stripe.call("POST", "/v1/customers", "name=Ann", key).await.status().as_u16()
}

async fn count(stripe: &Account) -> usize {
    stripe.get("/v1/customers").await["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_fault_applies_to_the_given_number_of_matching_calls() {
    let stripe = Account::open().await;
    stripe.post(FAULTS, "status=500&method=POST&path=/v1/customers&times=2").await;
    stripe.post(FAULTS, "status=429&path=/v1/prices*").await;
    assert_eq!(stripe.call("POST", "/v1/products", "name=Course", None).await.status().as_u16(), 200);
    assert_eq!(count(&stripe).await, 0);
    let statuses = [create_customer(&stripe, None).await, create_customer(&stripe, None).await];
    assert_eq!(statuses, [500, 500]);
    assert_eq!(create_customer(&stripe, None).await, 200);
    assert_eq!(stripe.call("GET", "/v1/prices/price_x", "", None).await.status().as_u16(), 429);
    assert_eq!(stripe.call("GET", "/v1/prices/price_x", "", None).await.status().as_u16(), 404);
    assert_eq!(stripe.get(FAULTS).await["data"], json!([]));
}

#[tokio::test]
async fn a_500_has_an_effect_only_with_after() {
    let stripe = Account::open().await;
    for (after, customers) in [("false", 0), ("true", 1)] {
        stripe.post(FAULTS, &format!("status=500&path=/v1/customers&after={after}")).await;
        assert_eq!(create_customer(&stripe, None).await, 500);
        assert_eq!(count(&stripe).await, customers, "after={after}");
    }
    assert_eq!(stripe.event_types().await, ["customer.created"]);
    // A request that Stripe refuses is still refused, and the fault waits for another request.
    stripe.post(FAULTS, "status=500&path=/v1/customers&after=true").await;
    assert_eq!(stripe.post_refused("/v1/customers", "nosuch=1").await.0, 400);
    assert_eq!(create_customer(&stripe, None).await, 500);
}

#[tokio::test]
async fn an_idempotency_key_replays_a_500_but_not_a_429() {
    for (fault, replayed) in [("status=500", true), ("status=500&after=true", true), ("status=429", false)] {
        let stripe = Account::open().await;
        stripe.post(FAULTS, &format!("{fault}&path=/v1/customers")).await;
        let first = stripe.call("POST", "/v1/customers", "name=Ann", Some("k1")).await;
        let status = first.status();
        assert!(!first.headers().contains_key("idempotent-replayed"));
        let first = first.text().await.unwrap();
        let again = stripe.call("POST", "/v1/customers", "name=Ann", Some("k1")).await;
        assert_eq!(again.headers().contains_key("idempotent-replayed"), replayed, "{fault}");
        assert_eq!(again.status() == status, replayed, "{fault}");
        assert_eq!(again.text().await.unwrap() == first, replayed, "{fault}");
    }
}

#[tokio::test]
async fn fault_responses_look_like_stripes() {
    let stripe = Account::open().await;
    for (fault, error_type, code, should_retry) in [
        ("status=500", "api_error", Value::Null, None),
        ("status=500&should_retry=false", "api_error", Value::Null, Some("false")),
        ("status=429&should_retry=true", "invalid_request_error", json!("rate_limit"), Some("true")),
    ] {
        stripe.post(FAULTS, fault).await;
        let answer = stripe.call("GET", "/v1/customers", "", None).await;
        assert!(answer.headers()["request-id"].to_str().unwrap().starts_with("req_"));
        let header = answer.headers().get("stripe-should-retry").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), should_retry, "{fault}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!((&body["error"]["type"], &body["error"]["code"]), (&json!(error_type), &code), "{fault}");
    }
}

#[tokio::test]
async fn faults_are_listed_validated_and_removed() {
    let stripe = Account::open().await;
    let fault =
        stripe.post(FAULTS, "status=500&method=POST&path=/v1/refunds&times=3&after=true&should_retry=true").await;
    let expected = json!({
        "status": 500, "method": "POST", "path": "/v1/refunds", "times": 3, "after": true, "should_retry": true,
    });
    assert_eq!(fault["data"], json!([expected]));
    assert_eq!(stripe.get(FAULTS).await, fault);
    let cases = [
        ("status=404", "status"),
        ("times=1", "status"),
        ("status=500&times=0", "times"),
        ("status=500&method=PATCH", "method"),
        ("status=500&path=customers", "path"),
        ("status=429&after=true", "after"),
        ("status=500&should_retry=maybe", "should_retry"),
        ("status=500&sometimes=1", "sometimes"),
    ];
    for (form, param) in cases {
        let (status, error) = stripe.post_refused(FAULTS, form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form}: {error}");
    }
    assert_eq!(stripe.post(FAULTS, "").await["data"], json!([]));
    assert_eq!(create_customer(&stripe, None).await, 200);
}
