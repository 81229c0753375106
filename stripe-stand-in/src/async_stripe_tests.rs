//! Parses the stand-in's responses with the types of async-stripe, a Stripe client for Rust.

mod billing;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use miniserde::Deserialize;
use serde_json::Value;
use stripe_shared as typed;
use tower::ServiceExt;

use crate::state::transaction::{RequestContext, Tx};
use crate::values::object_type::ObjectType;
use crate::{API_VERSION, Clock, Options, StandIn};

/// A stand-in in memory, called without a network.
struct Account(StandIn);

impl Account {
    fn open() -> Account {
        let options = Options { file: None, public_url: "http://stand-in.test".to_owned(), clock: Clock::default() };
        Account(StandIn::open(options).unwrap())
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.0.router().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn post(&self, path: &str, form: &str) -> Value {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, "Bearer sk_test_123")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (status, body) = self.send(request.body(form.to_owned().into()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn text(&self, path: &str) -> String {
        let request = Request::get(path).header(header::AUTHORIZATION, "Bearer sk_test_123");
        let (status, body) = self.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// Gets an object and parses it into its async-stripe type.
    async fn typed<T: Deserialize>(&self, path: &str) -> T {
        let body = self.text(path).await;
        miniserde::json::from_str(&body).unwrap_or_else(|_| panic!("{path} does not parse: {body}"))
    }

    async fn paid_intent(&self, more: &str) -> Value {
        let form = format!("amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa{more}");
        self.post("/v1/payment_intents", &form).await
    }

    async fn session(&self) -> String {
        let product = "line_items[0][price_data][product_data][name]=Course";
        let price = "line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=4900";
        let form = format!("mode=payment&success_url=http://shop.test/ok&{product}&{price}");
        self.post("/v1/checkout/sessions", &form).await["id"].as_str().unwrap().to_owned()
    }

    async fn pay(&self, session: &str, form: &str) -> StatusCode {
        let path = format!("/c/pay/{session}");
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(form.to_owned().into()).unwrap()).await.0
    }
}

const VISA: &str = "email=ann@example.com&card_number=4242424242424242&exp=12/40&cvc=123";

#[test]
fn the_version_is_the_one_that_the_client_is_generated_for() {
    assert_eq!(typed::version::VERSION.as_str(), API_VERSION);
}

#[tokio::test]
async fn catalog_objects_parse() {
    let stripe = Account::open();
    let product = stripe.post("/v1/products", "name=Course&metadata[tuition_product]=ai").await;
    let product = product["id"].as_str().unwrap();
    let form =
        format!("product={product}&currency=usd&unit_amount=4900&lookup_key=k&currency_options[eur][unit_amount]=45");
    let price = stripe.post("/v1/prices", &form).await;
    let price = price["id"].as_str().unwrap();
    let coupon = stripe.post("/v1/coupons", "percent_off=12.5").await;
    let coupon = coupon["id"].as_str().unwrap();
    let code = stripe.post("/v1/promotion_codes", &format!("promotion[coupon]={coupon}&promotion[type]=coupon")).await;
    let code = code["id"].as_str().unwrap();

    let parsed: typed::Product = stripe.typed(&format!("/v1/products/{product}")).await;
    assert_eq!(parsed.metadata["tuition_product"], "ai");
    let parsed: typed::Price =
        stripe.typed(&format!("/v1/prices/{price}?expand[]=currency_options&expand[]=product")).await;
    assert!(parsed.product.is_object() && parsed.currency_options.unwrap().len() == 1);
    let parsed: typed::Coupon = stripe.typed(&format!("/v1/coupons/{coupon}")).await;
    assert_eq!(parsed.percent_off, Some(12.5));
    let parsed: typed::PromotionCode =
        stripe.typed(&format!("/v1/promotion_codes/{code}?expand[]=promotion.coupon")).await;
    assert!(parsed.promotion.coupon.unwrap().is_object());
    let listed: stripe_types::List<typed::Price> = stripe.typed("/v1/prices?lookup_keys[]=k").await;
    assert_eq!(listed.data.len(), 1);
    let _: typed::Account = stripe.typed("/v1/account").await;
}

#[tokio::test]
async fn a_session_parses_in_every_state() {
    let stripe = Account::open();
    let session = stripe.session().await;
    let path = format!("/v1/checkout/sessions/{session}");
    let open: typed::CheckoutSession = stripe.typed(&path).await;
    assert_eq!(open.status, Some(typed::CheckoutSessionStatus::Open));
    assert_eq!(stripe.pay(&session, &VISA.replace("4242424242424242", "4000000000000002")).await, 402);
    let _: typed::CheckoutSession = stripe.typed(&format!("{path}?expand[]=payment_intent")).await;
    assert_eq!(stripe.pay(&session, VISA).await, 303);
    let paid: typed::CheckoutSession =
        stripe.typed(&format!("{path}?expand[]=line_items&expand[]=payment_intent.latest_charge")).await;
    assert_eq!(paid.payment_status, typed::checkout_session::CheckoutSessionPaymentStatus::Paid);
    assert!(paid.payment_intent.unwrap().as_object().unwrap().latest_charge.as_ref().unwrap().is_object());
    let items: stripe_types::List<typed::CheckoutSessionItem> = stripe.typed(&format!("{path}/line_items")).await;
    assert_eq!(items.data[0].amount_total, 4900);

    let other = stripe.session().await;
    stripe.post(&format!("/v1/checkout/sessions/{other}/expire"), "").await;
    let expired: typed::CheckoutSession = stripe.typed(&format!("/v1/checkout/sessions/{other}")).await;
    assert!(expired.url.is_none());
}

#[tokio::test]
async fn payments_refunds_and_disputes_parse() {
    let stripe = Account::open();
    let customer = stripe.post("/v1/customers", "email=ann@example.com").await;
    let customer = customer["id"].as_str().unwrap();
    let _: typed::Customer = stripe.typed(&format!("/v1/customers/{customer}")).await;
    let intent = stripe.paid_intent(&format!("&customer={customer}")).await;
    let intent = intent["id"].as_str().unwrap();
    stripe.post("/v1/refunds", &format!("payment_intent={intent}&amount=500")).await;
    for kind in ["inquiry", "chargeback"] {
        stripe.post("/_stand_in/disputes", &format!("payment_intent={intent}&kind={kind}")).await;
    }
    let expanded = "expand[]=latest_charge.refunds&expand[]=customer&expand[]=payment_method";
    let parsed: typed::PaymentIntent = stripe.typed(&format!("/v1/payment_intents/{intent}?{expanded}")).await;
    let charge = parsed.latest_charge.unwrap().into_object().unwrap();
    assert_eq!((charge.amount_refunded, charge.disputed), (500, true));
    assert_eq!(charge.refunds.unwrap().data.len(), 1);
    let path = format!("/v1/charges/{}?expand[]=balance_transaction", charge.id);
    let charge: typed::Charge = stripe.typed(&path).await;
    assert!(charge.balance_transaction.unwrap().is_object());
    let refunds: stripe_types::List<typed::Refund> =
        stripe.typed(&format!("/v1/refunds?payment_intent={intent}&expand[]=data.charge")).await;
    assert_eq!(refunds.data[0].amount, 500);
    let disputes: stripe_types::List<typed::Dispute> =
        stripe.typed(&format!("/v1/disputes?payment_intent={intent}")).await;
    assert_eq!(disputes.data[0].status.as_str(), "needs_response");
    assert_eq!(disputes.data[1].status.as_str(), "warning_needs_response");
    let _: typed::PaymentMethod = stripe.typed("/v1/payment_methods/pm_card_visa").await;
}

#[tokio::test]
async fn unfinished_payments_parse() {
    let stripe = Account::open();
    let debit = "amount=900&currency=eur&confirm=true&payment_method_data[type]=sepa_debit\
                 &payment_method_data[sepa_debit][iban]=DE89370400440532013000";
    let asks = "amount=900&currency=eur&confirm=true&payment_method=pm_card_authenticationRequired";
    for (form, expected) in [(debit, "processing"), (asks, "requires_action")] {
        let intent = stripe.post("/v1/payment_intents", form).await;
        let path = format!("/v1/payment_intents/{}?expand[]=latest_charge", intent["id"].as_str().unwrap());
        let parsed: typed::PaymentIntent = stripe.typed(&path).await;
        assert_eq!(parsed.status.as_str(), expected);
    }
    let declined = stripe.session().await;
    stripe.pay(&declined, &VISA.replace("4242424242424242", "4000000000009995")).await;
    let failed: stripe_types::List<typed::PaymentIntent> =
        stripe.typed("/v1/payment_intents?limit=1&expand[]=data.latest_charge").await;
    let error = failed.data[0].last_payment_error.as_ref().unwrap();
    assert_eq!(error.decline_code.as_deref(), Some("insufficient_funds"));
}

#[tokio::test]
async fn a_session_expires_at_its_time() {
    let stripe = Account::open();
    for reader in ["API", "background task"] {
        let session = stripe.session().await;
        let backdate = |tx: &Tx<'_>| {
            let mut session = tx.load(ObjectType::CheckoutSession, &session)?;
            session.set("expires_at", tx.now() - 1);
            tx.save(&session)
        };
        let store = &stripe.0.store;
        if reader == "API" {
            // Writing without notification does not wake the background task.
            store.write_without_notify(RequestContext::default(), backdate).unwrap();
            let path = format!("/v1/checkout/sessions/{session}");
            assert!(stripe.text(&path).await.contains(r#""status": "expired""#));
        } else {
            store.write(RequestContext::default(), backdate).unwrap();
            let status = || {
                store
                    .write_without_notify(RequestContext::default(), |tx| {
                        tx.load(ObjectType::CheckoutSession, &session)
                    })
                    .unwrap()
            };
            while status().text("status") == "open" {
                tokio::task::yield_now().await;
            }
        }
    }
    let expired: stripe_types::List<typed::Event> = stripe.typed("/v1/events?type=checkout.session.expired").await;
    assert_eq!(expired.data.len(), 2);
}

#[tokio::test]
async fn every_event_parses() {
    let stripe = Account::open();
    stripe.paid_intent("").await;
    let events: stripe_types::List<typed::Event> = stripe.typed("/v1/events").await;
    let types: Vec<&str> = events.data.iter().rev().map(|event| event.type_.as_str()).collect();
    let expected = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"];
    assert_eq!(types, expected);
    assert_eq!(events.data[0].api_version.as_deref(), Some(API_VERSION));
}
