//! What the contract says of a request beyond the types of its members.

use serde_json::json;

use crate::support::contract::validator;

#[test]
fn a_checkout_and_a_change_name_exactly_one_of_what_can_be_bought() {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let checkout = validator("a checkout", &schema("CreateSessionRequest"));
    let change = validator("a change", &schema("ChangeSubscriptionRequest"));
    for one in [
        json!({"plan_id": "premium"}),
        json!({"price_id": "price_1"}),
        json!({"plan_id": "premium", "price_id": null, "interval": "year"}),
    ] {
        assert!(checkout.is_valid(&one) && change.is_valid(&one), "{one}");
    }
    assert!(checkout.is_valid(&json!({"course_id": "vector-search", "currency": "eur"})));
    for none_or_several in [
        json!({}),
        json!({"plan_id": null}),
        json!({"interval": "year"}),
        json!({"plan_id": "premium", "price_id": "price_1"}),
    ] {
        let allowed = checkout.is_valid(&none_or_several) || change.is_valid(&none_or_several);
        assert!(!allowed, "{none_or_several}");
    }
    assert!(!checkout.is_valid(&json!({"plan_id": "premium", "course_id": "vector-search"})));
}
