//! What a payer's browser may do with a publishable key and a client secret, and what it sees.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::account::Account;

/// The key of everybody who opens the merchant's page.
const KEY: &str = "pk_test_browser";
/// A page that embeds Stripe.js.
const PAGE: &str = "https://shop.test";

/// A payment intent, and a browser that knows its client secret.
struct Browser {
    stripe: Account,
    client: Client,
    intent: String,
    secret: String,
}

impl Browser {
    async fn open(more: &str) -> Browser {
        let stripe = Account::open().await;
        let customer = stripe.customer("visa").await;
        let form = format!("amount=4900&currency=eur&customer={customer}&metadata[user]=u1{more}");
        let intent = stripe.post("/v1/payment_intents", &form).await;
        let text = |field: &str| intent[field].as_str().unwrap().to_owned();
        let (intent, secret) = (text("id"), text("client_secret"));
        Browser { stripe, client: Client::builder().no_proxy().build().unwrap(), intent, secret }
    }

    /// Sends the key as a parameter, as Stripe.js does.
    async fn call(&self, method: Method, path: &str, form: &str) -> (StatusCode, Value) {
        let form = format!("key={KEY}&{form}");
        let url = format!("{}{path}", self.stripe.url);
        let request = match method {
            Method::GET => self.client.get(format!("{url}?{form}")),
            method => self
                .client
                .request(method, url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.clone()),
        };
        let response = request.header("origin", PAGE).send().await.unwrap();
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        (response.status(), response.json().await.unwrap())
    }

    async fn confirm(&self, more: &str) -> (StatusCode, Value) {
        let form = format!("client_secret={}&use_stripe_sdk=true&{more}", self.secret);
        self.call(Method::POST, &format!("/v1/payment_intents/{}/confirm", self.intent), &form).await
    }

    async fn pay_by_card(&self, number: &str) -> (StatusCode, Value) {
        let card = format!("[number]={number}&payment_method_data[card][exp_month]=12");
        let rest = "&payment_method_data[card][exp_year]=2040&payment_method_data[card][cvc]=123";
        self.confirm(&format!("payment_method_data[type]=card&payment_method_data[card]{card}{rest}")).await
    }

    async fn retrieve(&self) -> Value {
        let path = format!("/v1/payment_intents/{}", self.intent);
        let (status, intent) = self.call(Method::GET, &path, &format!("client_secret={}", self.secret)).await;
        assert_eq!(status, StatusCode::OK, "{intent}");
        intent
    }
}

#[tokio::test]
async fn a_browser_confirms_a_payment_and_sees_only_what_stripe_shows_it() {
    let browser = Browser::open("").await;
    let (status, paid) = browser.pay_by_card("4242424242424242").await;
    assert_eq!((status, &paid["status"]), (StatusCode::OK, &json!("succeeded")), "{paid}");
    for intent in [&paid, &browser.retrieve().await] {
        assert_eq!((&intent["amount"], &intent["client_secret"]), (&json!(4900), &json!(browser.secret)));
        for hidden in ["customer", "metadata", "latest_charge", "amount_received", "statement_descriptor"] {
            assert_eq!(intent.get(hidden), None, "{hidden}");
        }
    }
    let path = format!("/v1/payment_intents/{}", browser.intent);
    assert_eq!(browser.stripe.get(&path).await["metadata"]["user"], "u1");
}

#[tokio::test]
async fn without_the_client_secret_a_publishable_key_opens_no_intent() {
    let browser = Browser::open("").await;
    let path = format!("/v1/payment_intents/{}", browser.intent);
    let confirm = format!("{path}/confirm");
    for secret in ["", "&client_secret=", "&client_secret=pi_1_secret_2"] {
        for (method, path) in [(Method::GET, &path), (Method::POST, &confirm)] {
            let form = format!("{secret}&expand[]=customer").trim_start_matches('&').to_owned();
            let (status, body) = browser.call(method, path, &form).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{secret}: {body}");
            assert_eq!(body["error"]["param"], "client_secret", "{body}");
            assert!(!body.to_string().contains("cus_"), "{body}");
        }
    }
    let (_, intent) = browser
        .call(Method::GET, &path, &format!("client_secret={}&expand[]=customer&expand[]=latest_charge", browser.secret))
        .await;
    assert!(!intent.to_string().contains("cus_"), "{intent}");
}

#[tokio::test]
async fn a_publishable_key_is_refused_wherever_stripe_refuses_it() {
    let browser = Browser::open("").await;
    let intent = format!("/v1/payment_intents/{}", browser.intent);
    let secret = format!("client_secret={}", browser.secret);
    let refused = [
        (Method::GET, "/v1/payment_intents".to_owned()),
        (Method::POST, "/v1/payment_intents".to_owned()),
        (Method::POST, intent.clone()),
        (Method::POST, format!("{intent}/cancel")),
        (Method::POST, format!("{intent}/capture")),
        (Method::GET, "/v1/customers".to_owned()),
        (Method::GET, "/v1/payment_methods".to_owned()),
        (Method::POST, "/v1/refunds".to_owned()),
        (Method::GET, "/v1/events".to_owned()),
    ];
    for (method, path) in refused {
        let (status, body) = browser.call(method, &path, &secret).await;
        let error = (status, &body["error"]["code"]);
        assert_eq!(error, (StatusCode::UNAUTHORIZED, &json!("secret_key_required")), "{path}");
    }
}

#[tokio::test]
async fn a_declined_card_is_a_card_error_with_the_payment_intent() {
    let cases = [
        ("4000000000000002", "card_declined", json!("generic_decline")),
        ("4000000000009995", "card_declined", json!("insufficient_funds")),
        ("4000000000000069", "expired_card", json!("expired_card")),
        ("4000000000000127", "incorrect_cvc", json!("incorrect_cvc")),
    ];
    for (number, code, decline_code) in cases {
        let browser = Browser::open("").await;
        let (status, body) = browser.pay_by_card(number).await;
        let error = &body["error"];
        assert_eq!((status, &error["type"]), (StatusCode::PAYMENT_REQUIRED, &json!("card_error")), "{body}");
        assert_eq!((&error["code"], &error["decline_code"]), (&json!(code), &decline_code), "{number}");
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
        assert_eq!(error["payment_intent"]["last_payment_error"]["payment_method"]["card"]["last4"], number[12..]);
        assert!(!body.to_string().contains("cus_") && !body.to_string().contains("fingerprint"), "{body}");
        // The same intent is paid with another card.
        assert_eq!(browser.pay_by_card("4242424242424242").await.1["status"], "succeeded");
        assert_eq!(browser.pay_by_card("4242424242424242").await.1["error"]["code"], "payment_intent_unexpected_state");
    }
}

#[tokio::test]
async fn three_d_secure_is_shown_by_stripe_js_and_tells_it_when_it_is_over() {
    for (outcome, status) in [("complete", "succeeded"), ("fail", "requires_payment_method")] {
        let browser = Browser::open("").await;
        let (_, intent) = browser.pay_by_card("4000002500003155").await;
        assert_eq!(intent["status"], "requires_action");
        assert_eq!(intent["next_action"]["type"], "use_stripe_sdk");
        let url = intent["next_action"]["use_stripe_sdk"]["stripe_js"].as_str().unwrap();
        let path = url.strip_prefix(&browser.stripe.url).unwrap();
        let done = browser.stripe.submit(path, &format!("outcome={outcome}")).await;
        assert_eq!(done.status, StatusCode::OK);
        assert!(done.page.contains("stripe_authentication_done"), "{}", done.page);
        let intent = browser.retrieve().await;
        assert_eq!(intent["status"], status);
        let code = if outcome == "fail" { json!("payment_intent_authentication_failure") } else { Value::Null };
        assert_eq!(intent["last_payment_error"]["code"], code);
    }
}

#[tokio::test]
async fn an_intent_is_paid_only_by_the_methods_that_it_allows() {
    let debit = "payment_method_data[type]=sepa_debit&payment_method_data[sepa_debit][iban]=DE89370400440532013000";
    let browser = Browser::open("").await;
    let (status, body) = browser.confirm(debit).await;
    assert_eq!((status, &body["error"]["param"]), (StatusCode::BAD_REQUEST, &json!("payment_method")), "{body}");
    assert_eq!(browser.retrieve().await["status"], "requires_payment_method");

    let browser = Browser::open("&automatic_payment_methods[enabled]=true").await;
    assert_eq!(browser.retrieve().await["payment_method_types"], json!(["card", "sepa_debit"]));
    assert_eq!(browser.confirm(debit).await.1["status"], "processing");
}

#[tokio::test]
async fn a_browser_creates_payment_methods_and_tokens() {
    let browser = Browser::open("").await;
    let card = "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2040&card[cvc]=123";
    let (_, method) = browser.call(Method::POST, "/v1/payment_methods", &format!("type=card&{card}")).await;
    assert_eq!((&method["card"]["last4"], method.get("customer")), (&json!("4242"), None), "{method}");
    let (_, token) = browser.call(Method::POST, "/v1/tokens", card).await;
    assert_eq!((&token["id"], &token["card"]["exp_year"]), (&json!("tok_visa"), &json!(2040)), "{token}");
    let form = "payment_method_data[type]=card&payment_method_data[card][token]=tok_visa";
    assert_eq!(browser.confirm(form).await.1["status"], "succeeded");
}

#[tokio::test]
async fn every_page_may_call_the_api() {
    let browser = Browser::open("").await;
    let preflight = browser
        .client
        .request(Method::OPTIONS, format!("{}/v1/payment_intents/pi_1/confirm", browser.stripe.url))
        .header("origin", PAGE)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), StatusCode::OK);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    assert!(preflight.headers()["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    let secret_key =
        browser.client.get(format!("{}/v1/events?key=sk_test_1", browser.stripe.url)).send().await.unwrap();
    assert_eq!(secret_key.status(), StatusCode::UNAUTHORIZED);
}
