//! Subscriptions, invoices and their related objects.

use serde_json::Value;
use stripe_billing as billing;
use stripe_shared as typed;
use stripe_types::List;

use super::{Account, VISA};

impl Account {
    async fn customer(&self, card: &str) -> String {
        let customer = self.post("/v1/customers", "email=ann@example.com&name=Ann").await;
        let customer = customer["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/payment_methods/pm_card_{card}/attach");
        let card = self.post(&path, &format!("customer={customer}")).await;
        let default = format!("invoice_settings[default_payment_method]={}", card["id"].as_str().unwrap());
        self.post(&format!("/v1/customers/{customer}"), &default).await;
        customer
    }

    async fn price(&self, amount: i64, interval: &str) -> String {
        let product = self.post("/v1/products", "name=Premium").await;
        let product = product["id"].as_str().unwrap();
        let form = format!("product={product}&currency=usd&unit_amount={amount}&recurring[interval]={interval}");
        self.post("/v1/prices", &form).await["id"].as_str().unwrap().to_owned()
    }

    async fn subscribe(&self, customer: &str, price: &str, more: &str) -> Value {
        let form = format!("customer={customer}&items[0][price]={price}&metadata[tuition_user]=u1{more}");
        self.post("/v1/subscriptions", &form).await
    }

    /// The object of every event parses as the type that it names.
    async fn parses_every_event(&self) {
        let events: Value = serde_json::from_str(&self.text("/v1/events?limit=100").await).unwrap();
        for event in events["data"].as_array().unwrap() {
            let object = &event["data"]["object"];
            let text = object.to_string();
            let parses = match object["object"].as_str().unwrap() {
                "subscription" => parses::<typed::Subscription>(&text),
                "invoice" => parses::<typed::Invoice>(&text),
                "invoice_payment" => parses::<typed::InvoicePayment>(&text),
                "invoiceitem" => parses::<billing::InvoiceItem>(&text),
                "discount" => parses::<typed::Discount>(&text),
                "checkout.session" => parses::<typed::CheckoutSession>(&text),
                "customer" => parses::<typed::Customer>(&text),
                "payment_intent" => parses::<typed::PaymentIntent>(&text),
                "charge" => parses::<typed::Charge>(&text),
                "payment_method" => parses::<typed::PaymentMethod>(&text),
                "price" => parses::<typed::Price>(&text),
                "product" => parses::<typed::Product>(&text),
                "coupon" => parses::<typed::Coupon>(&text),
                other => panic!("{other} has no type here"),
            };
            assert!(parses, "{}: {text}", event["type"]);
        }
    }
}

fn parses<T: miniserde::Deserialize>(text: &str) -> bool {
    miniserde::json::from_str::<T>(text).is_ok()
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_subscription_and_its_invoice_parse() {
    let stripe = Account::open();
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month").await;
    let coupon = stripe.post("/v1/coupons", "percent_off=10&duration=forever").await;
    let begun = stripe.subscribe(&customer, &price, &format!("&discounts[0][coupon]={}", id(&coupon))).await;
    let expanded = "expand[]=latest_invoice.payments&expand[]=customer&expand[]=default_payment_method\
                    &expand[]=discounts";
    let parsed: typed::Subscription = stripe.typed(&format!("/v1/subscriptions/{}?{expanded}", id(&begun))).await;
    assert_eq!(parsed.status, typed::SubscriptionStatus::Active);
    assert!(parsed.discounts[0].is_object());
    assert_eq!(parsed.metadata["tuition_user"], "u1");
    assert!(parsed.items.data[0].current_period_end > parsed.items.data[0].current_period_start);
    let invoice = parsed.latest_invoice.unwrap().into_object().unwrap();
    assert_eq!((invoice.total, invoice.payments.unwrap().data[0].amount_paid), (1_800, Some(1_800)));
    let details = invoice.parent.unwrap().subscription_details.unwrap();
    assert_eq!(details.metadata.unwrap()["tuition_user"], "u1");
    let item = invoice.lines.data[0].parent.as_ref().unwrap().subscription_item_details.as_ref().unwrap();
    assert!(!item.proration);

    let listed: List<typed::Invoice> =
        stripe.typed("/v1/invoices?expand[]=data.parent.subscription_details.subscription").await;
    assert_eq!(listed.data[0].billing_reason, Some(typed::InvoiceBillingReason::SubscriptionCreate));
    let path = format!("/v1/invoices/{}/lines", listed.data[0].id.as_ref().unwrap());
    let _: List<typed::InvoiceLineItem> = stripe.typed(&path).await;
    let _: List<typed::InvoicePayment> = stripe.typed("/v1/invoice_payments").await;
    let path = format!("/v1/subscription_items?subscription={}", id(&begun));
    let _: List<typed::SubscriptionItem> = stripe.typed(&path).await;
}

#[tokio::test]
async fn a_subscription_parses_in_every_status() {
    let stripe = Account::open();
    let (customer, broken) = (stripe.customer("visa").await, stripe.customer("chargeCustomerFail").await);
    let (price, dear) = (stripe.price(2_000, "month").await, stripe.price(5_000, "month").await);
    let pause = "&trial_period_days=9&trial_settings[end_behavior][missing_payment_method]=pause";
    let nobody = id(&stripe.post("/v1/customers", "").await).to_owned();
    let paused = stripe.subscribe(&nobody, &price, pause).await;
    stripe.post(&format!("/v1/subscriptions/{}", id(&paused)), "trial_end=now").await;
    stripe.subscribe(&customer, &price, "&trial_period_days=2").await;
    let incomplete = stripe.subscribe(&broken, &price, "").await;
    let invoice = incomplete["latest_invoice"].as_str().unwrap();
    stripe.post(&format!("/v1/invoices/{invoice}/void"), "").await;
    stripe.subscribe(&broken, &price, "").await;
    let changed = stripe.subscribe(&customer, &price, "").await;
    let path = format!("/v1/subscriptions/{}", id(&changed));
    let card =
        stripe.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", &format!("customer={customer}")).await;
    let swap = format!("items[0][id]={}&items[0][price]={dear}", id(&changed["items"]["data"][0]));
    stripe.post(&path, &format!("default_payment_method={}", id(&card))).await;
    stripe
        .post(&path, &format!("{swap}&proration_behavior=always_invoice&payment_behavior=pending_if_incomplete"))
        .await;
    let past_due = stripe.subscribe(&customer, &price, "").await;
    let swap = format!("items[0][id]={}&items[0][price]={dear}", id(&past_due["items"]["data"][0]));
    let form = format!(
        "{swap}&proration_behavior=always_invoice&default_payment_method={}&cancel_at=min_period_end",
        id(&card)
    );
    stripe.post(&format!("/v1/subscriptions/{}", id(&past_due)), &form).await;
    let paused = stripe.subscribe(&customer, &price, "").await;
    let path = format!("/v1/subscriptions/{}", id(&paused));
    stripe.post(&path, "pause_collection[behavior]=void&pause_collection[resumes_at]=4102444800").await;

    let all: List<typed::Subscription> =
        stripe.typed("/v1/subscriptions?status=all&expand[]=data.latest_invoice").await;
    let mut statuses: Vec<&str> = all.data.iter().map(|subscription| subscription.status.as_str()).collect();
    statuses.sort_unstable();
    let expected = ["active", "active", "incomplete", "incomplete_expired", "past_due", "paused", "trialing"];
    assert_eq!(statuses, expected);
    assert_eq!(all.data.iter().filter(|subscription| subscription.pending_update.is_some()).count(), 1);
    let _: List<billing::InvoiceItem> = stripe.typed("/v1/invoiceitems").await;
    stripe.parses_every_event().await;
}

#[tokio::test]
async fn a_preview_parses() {
    let stripe = Account::open();
    let customer = stripe.customer("visa").await;
    let (price, dear) = (stripe.price(2_000, "month").await, stripe.price(50_000, "year").await);
    let begun = stripe.subscribe(&customer, &price, "").await;
    let item = id(&begun["items"]["data"][0]);
    let items = format!("subscription_details[items][0][id]={item}&subscription_details[items][0][price]={dear}");
    let new = format!("customer={customer}&subscription_details[items][0][price]={dear}");
    let existing = format!("subscription={}", id(&begun));
    for form in [existing.clone(), format!("{existing}&{items}"), new] {
        let body = stripe.post("/v1/invoices/create_preview", &form).await.to_string();
        let parsed: Result<typed::Invoice, _> = miniserde::json::from_str(&body);
        assert!(parsed.is_ok(), "{form}: {body}");
    }
}

#[tokio::test]
async fn a_completed_subscription_session_parses() {
    let stripe = Account::open();
    let price = stripe.price(999, "month").await;
    for more in ["", "&subscription_data[trial_period_days]=7&subscription_data[metadata][a]=1"] {
        let form = format!("mode=subscription&success_url=http://shop.test/ok&line_items[0][price]={price}{more}");
        let session = stripe.post("/v1/checkout/sessions", &form).await;
        assert_eq!(stripe.pay(id(&session), VISA).await, 303);
        let path = format!("/v1/checkout/sessions/{}?expand[]=subscription&expand[]=invoice", id(&session));
        let parsed: typed::CheckoutSession = stripe.typed(&path).await;
        assert!(parsed.subscription.unwrap().is_object() && parsed.invoice.unwrap().is_object());
    }
    stripe.parses_every_event().await;
}

#[tokio::test]
async fn a_test_clock_parses() {
    let stripe = Account::open();
    let clock = stripe.post("/v1/test_helpers/test_clocks", "frozen_time=1750000000").await;
    let advance = format!("/v1/test_helpers/test_clocks/{}/advance", id(&clock));
    let advancing = stripe.post(&advance, "frozen_time=1750003600").await.to_string();
    assert!(parses::<typed::TestHelpersTestClock>(&advancing), "{advancing}");
    let clocks: List<typed::TestHelpersTestClock> = stripe.typed("/v1/test_helpers/test_clocks").await;
    assert_eq!(clocks.data[0].status, typed::TestHelpersTestClockStatus::Ready);
    let customer = stripe.post("/v1/customers", &format!("test_clock={}", id(&clock))).await;
    let path = format!("/v1/customers/{}?expand[]=test_clock", id(&customer));
    let _: typed::Customer = stripe.typed(&path).await;
}

#[tokio::test]
async fn the_portal_parses() {
    let stripe = Account::open();
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month").await;
    let subscription = stripe.subscribe(&customer, &price, "").await;
    let flow = format!(
        "&flow_data[type]=subscription_update_confirm&flow_data[after_completion][type]=hosted_confirmation\
         &flow_data[subscription_update_confirm][subscription]={}\
         &flow_data[subscription_update_confirm][items][0][id]={}\
         &flow_data[subscription_update_confirm][items][0][price]={price}",
        id(&subscription),
        id(&subscription["items"]["data"][0]),
    );
    for more in ["", &flow] {
        let form = format!("customer={customer}&return_url=http://shop.test{more}");
        let session = stripe.post("/v1/billing_portal/sessions", &form).await.to_string();
        assert!(parses::<billing::BillingPortalSession>(&session), "{session}");
    }
    let configurations: List<billing::BillingPortalConfiguration> =
        stripe.typed("/v1/billing_portal/configurations").await;
    assert!(configurations.data[0].is_default);
}
