//! Behavior of all routes: keys, errors, idempotency, lists.

use serde_json::json;

use super::account::{Account, id};

#[tokio::test]
async fn invalid_calls_are_refused_as_by_stripe() {
    let stripe = Account::open().await;
    let session = "mode=payment&success_url=http://shop.test";
    let product = "line_items[0][price_data][product_data][name]=C&line_items[0][price_data][currency]=usd";
    let cases: &[(&str, &str, u16, &str, &str)] = &[
        ("/v1/customers", "nosuch=1", 400, "parameter_unknown", "nosuch"),
        ("/v1/customers", "address=x&email=no", 400, "email_invalid", "email"),
        ("/v1/customers/cus_x", "name=A", 404, "resource_missing", "id"),
        ("/v1/products", "", 400, "parameter_missing", "name"),
        ("/v1/products", "name=", 400, "parameter_invalid_empty", "name"),
        ("/v1/prices", "currency=usd&unit_amount=1", 400, "parameter_missing", "product"),
        ("/v1/prices", "product=prod_x&currency=usd&unit_amount=1", 404, "resource_missing", "product"),
        ("/v1/payment_intents", "amount=4900", 400, "parameter_missing", "currency"),
        ("/v1/payment_intents", "amount=x&currency=usd", 400, "parameter_invalid_integer", "amount"),
        ("/v1/payment_intents", "amount=-5&currency=usd", 400, "parameter_invalid_integer", "amount"),
        ("/v1/payment_intents", "amount=49&currency=usd", 400, "amount_too_small", "amount"),
        ("/v1/payment_intents", "amount=999999999&currency=usd", 400, "amount_too_large", "amount"),
        ("/v1/checkout/sessions", "mode=payment", 400, "parameter_missing", "success_url"),
        ("/v1/checkout/sessions", session, 400, "parameter_missing", "line_items"),
        ("/v1/refunds", "charge=ch_x", 404, "resource_missing", "charge"),
        ("/v1/nosuch", "", 404, "", ""),
    ];
    for (path, form, status, code, param) in cases {
        let (found, error) = stripe.post_refused(path, form).await;
        let seen = (found, error["code"].as_str().unwrap_or_default(), error["param"].as_str().unwrap_or_default());
        assert_eq!(seen, (*status, *code, *param), "{path} {form}: {error}");
    }
    let missing = stripe.post_refused("/v1/customers/cus_x", "").await;
    assert_eq!(missing.1["message"], "No such customer: 'cus_x'");
    let unknown = format!("{session}&{product}&line_items[0][price_data][unit_amount]=900&line_items[0][x]=1");
    assert_eq!(stripe.post_refused("/v1/checkout/sessions", &unknown).await.1["param"], "line_items[0][x]");
    assert_eq!(stripe.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn only_test_keys_are_accepted() {
    let stripe = Account::open().await;
    let client = reqwest::Client::new();
    let url = format!("{}/v1/customers", stripe.url);
    for (key, status) in [("", 401), ("sk_live_1", 401), ("nonsense", 401), ("pk_test_1", 401), ("rk_test_1", 200)] {
        let response = client.get(&url).bearer_auth(key).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{key}");
        assert!(response.headers()["request-id"].to_str().unwrap().starts_with("req_"));
    }
    let basic = client.get(&url).basic_auth("sk_test_1", Some("")).send().await.unwrap();
    assert_eq!(basic.status().as_u16(), 200);
}

#[tokio::test]
async fn an_idempotency_key_replays_only_the_same_call() {
    let stripe = Account::open().await;
    let first = stripe.call("POST", "/v1/customers", "name=Ann", Some("k1")).await;
    assert!(!first.headers().contains_key("idempotent-replayed"));
    let first = first.text().await.unwrap();
    let again = stripe.call("POST", "/v1/customers", "name=Ann", Some("k1")).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.text().await.unwrap(), first);
    for (path, form) in [("/v1/customers", "name=Bob"), ("/v1/products", "name=Ann")] {
        let other = stripe.call("POST", path, form, Some("k1")).await;
        assert_eq!(other.status().as_u16(), 400);
        let body: serde_json::Value = other.json().await.unwrap();
        assert_eq!(body["error"]["type"], "idempotency_error", "{path}");
    }
    assert_eq!(stripe.get("/v1/customers").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_invalid_call_frees_its_idempotency_key_and_a_declined_one_does_not() {
    let stripe = Account::open().await;
    assert_eq!(stripe.call("POST", "/v1/products", "", Some("k1")).await.status().as_u16(), 400);
    assert_eq!(stripe.call("POST", "/v1/products", "name=C", Some("k1")).await.status().as_u16(), 200);
    let declined = "amount=900&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined";
    for replayed in [false, true] {
        let answer = stripe.call("POST", "/v1/payment_intents", declined, Some("k2")).await;
        assert_eq!(answer.status().as_u16(), 402);
        assert_eq!(answer.headers().contains_key("idempotent-replayed"), replayed);
    }
    assert_eq!(stripe.get("/v1/charges").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn lists_are_paginated_from_the_newest() {
    let stripe = Account::open().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(id(&stripe.post("/v1/customers", &format!("name=C{number}")).await));
    }
    ids.reverse();
    let cases = [
        ("limit=2".to_owned(), &ids[..2], true),
        (format!("limit=2&starting_after={}", ids[1]), &ids[2..4], true),
        (format!("limit=2&starting_after={}", ids[3]), &ids[4..], false),
        (format!("limit=2&ending_before={}", ids[3]), &ids[1..3], true),
        (format!("limit=9&ending_before={}", ids[2]), &ids[..2], false),
        ("created[gte]=1&email=no@one.test".to_owned(), &ids[..0], false),
    ];
    for (query, expected, more) in cases {
        let list = stripe.get(&format!("/v1/customers?{query}")).await;
        let found: Vec<_> = list["data"].as_array().unwrap().iter().map(id).collect();
        assert_eq!((found.as_slice(), &list["has_more"]), (expected, &json!(more)), "{query}");
    }
    assert_eq!(stripe.call("GET", "/v1/customers?limit=101", "", None).await.status().as_u16(), 400);
    assert_eq!(stripe.call("GET", "/v1/customers?expand[]=data.name", "", None).await.status().as_u16(), 400);
}

#[tokio::test]
async fn metadata_is_merged_and_events_have_previous_attributes() {
    let stripe = Account::open().await;
    let customer = id(&stripe.post("/v1/customers", "name=Ann&metadata[a]=1&metadata[b]=2").await);
    let path = format!("/v1/customers/{customer}");
    let changed = stripe.post(&path, "metadata[a]=&metadata[c]=3").await;
    assert_eq!(changed["metadata"], json!({ "b": "2", "c": "3" }));
    let event = &stripe.get("/v1/events?type=customer.updated").await["data"][0];
    assert_eq!(event["data"]["previous_attributes"], json!({ "metadata": { "a": "1", "c": null } }));
    stripe.post(&path, "name=Ann").await;
    assert_eq!(stripe.event_types().await, ["customer.created", "customer.updated"]);
}

#[tokio::test]
async fn a_lookup_key_moves_from_price_to_price() {
    let stripe = Account::open().await;
    let product = id(&stripe.post("/v1/products", "name=Course").await);
    let form = format!("product={product}&currency=usd&unit_amount=4900&lookup_key=course");
    let old = id(&stripe.post("/v1/prices", &form).await);
    assert_eq!(stripe.post_refused("/v1/prices", &form).await.1["param"], "lookup_key");
    let new = id(&stripe.post("/v1/prices", &format!("{form}&transfer_lookup_key=true")).await);
    let found = stripe.get("/v1/prices?lookup_keys[]=course").await;
    assert_eq!(found["data"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [new]);
    assert!(stripe.get(&format!("/v1/prices/{old}")).await["lookup_key"].is_null());
}
