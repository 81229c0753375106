//! Setup intents: a payment method is saved for later payments.

use serde_json::{Value, json};

use super::account::{Account, id};

const PATH: &str = "/v1/setup_intents";

async fn customer(stripe: &Account) -> String {
    id(&stripe.post("/v1/customers", "email=ann@example.com").await)
}

#[tokio::test]
async fn a_setup_intent_saves_a_card_for_later() {
    let stripe = Account::open().await;
    let customer = customer(&stripe).await;
    let intent = stripe.post(PATH, &format!("customer={customer}&metadata[a]=1&usage=off_session")).await;
    assert_eq!((&intent["object"], &intent["status"]), (&json!("setup_intent"), &json!("requires_payment_method")));
    assert!(intent["client_secret"].as_str().unwrap().starts_with(&format!("{}_secret_", id(&intent))));
    let path = format!("{PATH}/{}", id(&intent));
    let with_method = stripe.post(&path, "payment_method=pm_card_visa").await;
    assert_eq!(with_method["status"], "requires_confirmation");
    let earlier = stripe.event_types().await;
    let confirmed = stripe.post(&format!("{path}/confirm"), "").await;
    assert_eq!((&confirmed["status"], &confirmed["metadata"]["a"]), (&json!("succeeded"), &json!("1")));
    assert_eq!(stripe.get(&path).await, confirmed);
    assert_eq!(stripe.event_types_since(&earlier).await, ["payment_method.attached", "setup_intent.succeeded"]);
    let method = confirmed["payment_method"].as_str().unwrap();
    let methods = stripe.get(&format!("/v1/payment_methods?customer={customer}")).await;
    assert_eq!(methods["data"][0]["id"], method);
    let form = format!("amount=900&currency=usd&confirm=true&customer={customer}&payment_method={method}");
    assert_eq!(stripe.post("/v1/payment_intents", &form).await["status"], "succeeded");
    for step in ["confirm", "cancel"] {
        let (status, error) = stripe.post_refused(&format!("{path}/{step}"), "payment_method=pm_card_visa").await;
        let code = if step == "confirm" { "setup_intent_unexpected_state" } else { "parameter_unknown" };
        assert_eq!((status, &error["code"]), (400, &json!(code)), "{step}");
    }
    assert_eq!(stripe.post_refused(&format!("{path}/cancel"), "").await.1["code"], "setup_intent_unexpected_state");
}

#[tokio::test]
async fn a_declined_card_is_not_saved_and_can_be_replaced() {
    let stripe = Account::open().await;
    let form = format!("customer={}&confirm=true&payment_method=pm_card_chargeDeclined", customer(&stripe).await);
    let (status, error) = stripe.post_refused(PATH, &form).await;
    assert_eq!((status, &error["code"]), (402, &json!("card_declined")));
    let intent = &error["setup_intent"];
    assert_eq!((&intent["status"], &intent["payment_method"]), (&json!("requires_payment_method"), &Value::Null));
    assert_eq!(intent["last_setup_error"]["code"], "card_declined");
    assert_eq!(stripe.event_types().await.last().unwrap(), "setup_intent.setup_failed");
    let path = format!("{PATH}/{}/confirm", id(intent));
    let confirmed = stripe.post(&path, "payment_method=pm_card_visa").await;
    assert_eq!((&confirmed["status"], &confirmed["last_setup_error"]), (&json!("succeeded"), &Value::Null));
}

#[tokio::test]
async fn a_card_that_authenticates_once_pays_without_it_afterwards() {
    for (outcome, status) in [("complete", "succeeded"), ("fail", "requires_payment_method")] {
        let stripe = Account::open().await;
        let customer = customer(&stripe).await;
        let card = "payment_method=pm_card_authenticationRequiredOnSetup";
        let form = format!("customer={customer}&confirm=true&{card}&return_url=http://shop.test/back");
        let intent = stripe.post(PATH, &form).await;
        assert_eq!(intent["status"], "requires_action");
        let url = intent["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
        let page = url.strip_prefix(&stripe.url).unwrap();
        assert!(stripe.call("GET", page, "", None).await.text().await.unwrap().contains("Complete authentication"));
        let answered = stripe.submit(page, &format!("outcome={outcome}")).await;
        assert_eq!((answered.status.as_u16(), answered.location.as_str()), (303, "http://shop.test/back"));
        let after = stripe.get(&format!("{PATH}/{}", id(&intent))).await;
        assert_eq!((&after["status"], &after["next_action"]), (&json!(status), &Value::Null));
        if outcome == "complete" {
            let method = after["payment_method"].as_str().unwrap();
            let form = format!("amount=900&currency=usd&confirm=true&customer={customer}&payment_method={method}");
            assert_eq!(stripe.post("/v1/payment_intents", &form).await["status"], "succeeded");
        } else {
            assert_eq!(after["last_setup_error"]["code"], "setup_intent_authentication_failure");
        }
    }
}

#[tokio::test]
async fn a_setup_intent_can_be_canceled_listed_and_is_checked() {
    let stripe = Account::open().await;
    let theirs = customer(&stripe).await;
    let first = id(&stripe.post(PATH, &format!("customer={theirs}")).await);
    let second = id(&stripe.post(PATH, "description=x").await);
    let listed = stripe.get(PATH).await;
    assert_eq!(listed["data"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [second.as_str(), &first]);
    let listed = stripe.get(&format!("{PATH}?customer={theirs}")).await;
    assert_eq!(listed["data"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [first.as_str()]);
    let canceled = stripe.post(&format!("{PATH}/{first}/cancel"), "cancellation_reason=abandoned").await;
    assert_eq!((&canceled["status"], &canceled["cancellation_reason"]), (&json!("canceled"), &json!("abandoned")));
    assert_eq!(stripe.event_types().await.last().unwrap(), "setup_intent.canceled");
    let cases = [
        (PATH.to_owned(), "customer=cus_x", 404, "customer"),
        (PATH.to_owned(), "usage=sometimes", 400, "usage"),
        (PATH.to_owned(), "nosuch=1", 400, "nosuch"),
        (PATH.to_owned(), "payment_method=pm_x", 404, "payment_method"),
        (format!("{PATH}/seti_x"), "", 404, "intent"),
    ];
    for (path, form, status, param) in cases {
        let (found, error) = stripe.post_refused(&path, form).await;
        assert_eq!((found, &error["param"]), (status, &json!(param)), "{path} {form}: {error}");
    }
    let (status, error) = stripe.post_refused(&format!("{PATH}/{second}/confirm"), "").await;
    assert_eq!((status, &error["code"]), (400, &json!("setup_intent_unexpected_state")));
}
