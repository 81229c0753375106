//! Compares our objects with Stripe's own examples: which top-level fields are missing. The list must not grow.
//!
//! Stripe publishes the examples as `fixtures3.json` (<https://github.com/stripe/openapi>), which is not kept here.
//! `STRIPE_FIXTURES=path/to/fixtures3.json` compares; without it only the list itself is checked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::account::{Account, id};

/// Lines of a resource and a field; the rest are comments.
const MISSING: &str = include_str!("missing_fields.txt");

type Fields = BTreeSet<(String, String)>;

#[tokio::test]
async fn our_objects_lack_only_the_official_fields_that_are_listed() {
    let listed = listed();
    let ours = one_of_each().await;
    for (resource, field) in &listed {
        let object = ours.get(resource).unwrap_or_else(|| panic!("missing_fields.txt: no {resource} is made here"));
        assert!(!object.contains_key(field), "missing_fields.txt: {resource} has {field} now; take the line away");
    }
    let Some(path) = std::env::var_os("STRIPE_FIXTURES") else {
        return;
    };
    let fixtures: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let missing = missing(&fixtures["resources"], &ours);
    let lines = |fields: Vec<&(String, String)>| -> String {
        fields.iter().map(|(resource, field)| format!("{resource} {field}\n")).collect()
    };
    let new = lines(missing.difference(&listed).collect());
    let gone = lines(listed.difference(&missing).collect());
    assert!(new.is_empty(), "these official fields are missing:\n{new}");
    assert!(gone.is_empty(), "these lines of missing_fields.txt are not official fields:\n{gone}");
}

/// The sorted list, without duplicates.
fn listed() -> Fields {
    let lines: Vec<&str> = MISSING.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.is_sorted() && lines.iter().collect::<BTreeSet<_>>().len() == lines.len(), "sort missing_fields.txt");
    let pair = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        match (words.next(), words.next(), words.next()) {
            (Some(resource), Some(field), None) if !resource.is_empty() && !field.is_empty() => (resource, field),
            _ => panic!("missing_fields.txt: {line:?} is not a resource and a field"),
        }
    };
    lines.into_iter().map(pair).collect()
}

fn missing(official: &Value, ours: &BTreeMap<String, Map<String, Value>>) -> Fields {
    let mut missing = Fields::new();
    for (resource, object) in ours {
        let example = official[resource.as_str()].as_object().unwrap_or_else(|| panic!("Stripe has no {resource}"));
        let fields = example.keys().filter(|field| !object.contains_key(*field));
        missing.extend(fields.map(|field| (resource.clone(), field.clone())));
    }
    missing
}

/// One object of every resource that the stand-in has, by the name that Stripe's examples have for it.
async fn one_of_each() -> BTreeMap<String, Map<String, Value>> {
    let stripe = Account::open().await;
    let mut found = Found::default();
    pay(&stripe, &mut found).await;
    subscribe(&stripe, &mut found).await;
    set_up(&stripe, &mut found).await;
    delete(&stripe, &mut found).await;
    for event in stripe.get("/v1/events?limit=100").await["data"].as_array().unwrap() {
        found.add(event.clone());
        found.add(event["data"]["object"].clone());
    }
    found.0
}

/// The first object of each name.
#[derive(Default)]
struct Found(BTreeMap<String, Map<String, Value>>);

impl Found {
    fn add(&mut self, object: Value) {
        let Value::Object(fields) = object else { panic!("{object} is no object") };
        let name = fields["object"].as_str().unwrap();
        let is_deleted = fields.get("deleted").is_some_and(|deleted| deleted == true);
        let name = if is_deleted { format!("deleted_{name}") } else { name.to_owned() };
        self.0.entry(name).or_insert(fields);
    }

    /// The first of a list.
    fn add_first(&mut self, list: &Value) {
        self.add(list["data"][0].clone());
    }
}

/// Payments and what follows them.
async fn pay(stripe: &Account, found: &mut Found) {
    let intent = stripe.paid_intent("").await;
    found.add(stripe.get("/v1/account").await);
    found.add(stripe.post("/v1/refunds", &format!("payment_intent={intent}&amount=100")).await);
    stripe.paid_intent("&payment_method=pm_card_createDispute").await;
    for list in ["balance_transactions", "charges", "disputes", "payment_intents"] {
        found.add_first(&stripe.get(&format!("/v1/{list}")).await);
    }
    let session = stripe.session("").await;
    found.add(stripe.get(&format!("/v1/checkout/sessions/{session}")).await);
    found.add_first(&stripe.get(&format!("/v1/checkout/sessions/{session}/line_items")).await);
    found.add_first(&stripe.get("/v1/prices?active=false").await);
    found.add(stripe.post("/v1/webhook_endpoints", "url=http://127.0.0.1:1&enabled_events[]=nothing").await);
}

/// Subscriptions and their invoices.
async fn subscribe(stripe: &Account, found: &mut Found) {
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let coupon = stripe.post("/v1/coupons", "percent_off=10&duration=forever").await;
    let subscription = stripe.subscribe(&customer, &price, &format!("&discounts[0][coupon]={}", id(&coupon))).await;
    let subscription = id(&subscription);
    found.add(stripe.subscription(&subscription).await);
    found.add_first(&stripe.get(&format!("/v1/subscription_items?subscription={subscription}")).await);
    found.add(stripe.post("/v1/invoiceitems", &format!("customer={customer}&currency=usd&amount=100")).await);
    found.add(stripe.get(&format!("/v1/plans/{price}")).await);
    let invoice = &stripe.get("/v1/invoices").await["data"][0];
    found.add_first(&invoice["lines"]);
    found.add_first(&stripe.get(&format!("/v1/invoice_payments?invoice={}", id(invoice))).await);
    found.add(stripe.post("/v1/subscription_schedules", &format!("from_subscription={subscription}")).await);
    found.add(stripe.post("/v1/billing_portal/sessions", &format!("customer={customer}")).await);
    found.add_first(&stripe.get("/v1/billing_portal/configurations").await);
    let code = format!("promotion[type]=coupon&promotion[coupon]={}", id(&coupon));
    found.add(stripe.post("/v1/promotion_codes", &code).await);
    found.add(
        stripe
            .call("DELETE", &format!("/v1/subscriptions/{subscription}/discount"), "", None)
            .await
            .json()
            .await
            .unwrap(),
    );
    found.add(coupon);
}

/// Setup intents and payment links.
async fn set_up(stripe: &Account, found: &mut Found) {
    found.add(stripe.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_visa").await);
    found.add_first(&stripe.get("/v1/payment_methods").await);
    let price = stripe.price(2_000, "month", "").await;
    found.add(stripe.post("/v1/payment_links", &format!("line_items[0][price]={price}")).await);
    found.add(stripe.post("/v1/test_helpers/test_clocks", "frozen_time=1750000000").await);
}

/// Deleted objects.
async fn delete(stripe: &Account, found: &mut Found) {
    let customer = format!("/v1/customers/{}", id(&stripe.post("/v1/customers", "").await));
    let product = format!("/v1/products/{}", id(&stripe.post("/v1/products", "name=Course").await));
    let coupon = format!("/v1/coupons/{}", id(&stripe.post("/v1/coupons", "percent_off=10").await));
    let endpoints = stripe.get("/v1/webhook_endpoints").await;
    let endpoint = format!("/v1/webhook_endpoints/{}", id(&endpoints["data"][0]));
    let clocks = stripe.get("/v1/test_helpers/test_clocks").await;
    let clock = format!("/v1/test_helpers/test_clocks/{}", id(&clocks["data"][0]));
    for path in [customer, product, coupon, endpoint, clock] {
        found.add(stripe.call("DELETE", &path, "", None).await.json().await.unwrap());
    }
}
