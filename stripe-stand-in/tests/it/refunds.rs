//! Refunds and their effect on the charge.

use serde_json::{Value, json};

use super::account::{Account, id};

async fn charge(stripe: &Account, intent: &str) -> Value {
    let path = format!("/v1/payment_intents/{intent}?expand[]=latest_charge");
    let intent = stripe.get(&path).await;
    assert_eq!(intent["status"], "succeeded");
    intent["latest_charge"].clone()
}

#[tokio::test]
async fn refunds_add_up_to_the_charged_amount() {
    let stripe = Account::open().await;
    let intent = stripe.paid_intent("&metadata[tuition_user]=u1").await;
    let steps = [("&amount=900", 900, false), ("&amount=1000", 1900, false), ("", 4900, true)];
    for (amount, refunded, full) in steps {
        let refund = stripe.post("/v1/refunds", &format!("payment_intent={intent}{amount}")).await;
        assert_eq!((&refund["status"], &refund["metadata"]), (&json!("succeeded"), &json!({})));
        let charge = charge(&stripe, &intent).await;
        assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(refunded), &json!(full)));
    }
    let (status, error) = stripe.post_refused("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!((status, &error["code"]), (400, &json!("charge_already_refunded")));
}

#[tokio::test]
async fn a_refund_amount_must_be_positive() {
    let stripe = Account::open().await;
    let intent = stripe.paid_intent("").await;
    for path in ["/v1/refunds", "/_stand_in/refunds"] {
        for amount in ["0", "-1", "4901", "1.5"] {
            let (status, error) = stripe.post_refused(path, &format!("payment_intent={intent}&amount={amount}")).await;
            assert_eq!((status, &error["param"]), (400, &json!("amount")), "{path} {amount}");
        }
    }
    assert_eq!(charge(&stripe, &intent).await["amount_refunded"], 0);
    let page = stripe.call("GET", "/", "", None).await.text().await.unwrap();
    assert!(page.contains("in minor units"), "{page}");
}

#[tokio::test]
async fn a_failed_refund_no_longer_counts_as_refunded() {
    let stripe = Account::open().await;
    let intent = stripe.paid_intent("").await;
    let earlier = stripe.event_types().await;
    let refund = id(&stripe.post("/v1/refunds", &format!("payment_intent={intent}")).await);
    let made = stripe.event_types_since(&earlier).await;
    assert_eq!(made, ["refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"]);

    let earlier = stripe.event_types().await;
    let failed = stripe.post(&format!("/_stand_in/refunds/{refund}/fail"), "").await;
    assert_eq!(failed["status"], "failed");
    let emitted = stripe.event_types_since(&earlier).await;
    assert_eq!(emitted, ["refund.updated", "charge.refund.updated", "refund.failed"]);
    let charge = charge(&stripe, &intent).await;
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(0), &json!(false)));
    let again = stripe.post_refused(&format!("/_stand_in/refunds/{refund}/fail"), "").await;
    assert_eq!(again.0, 400);
    stripe.post("/v1/refunds", &format!("payment_intent={intent}")).await;
}

#[tokio::test]
async fn a_pending_refund_counts_until_it_is_canceled() {
    let stripe = Account::open().await;
    for (end, status, refunded) in [("cancel", "canceled", 0), ("succeed", "succeeded", 4900)] {
        let intent = stripe.paid_intent("").await;
        let form = format!("payment_intent={intent}&metadata[stand_in]=pending");
        let refund = stripe.post("/v1/refunds", &form).await;
        assert_eq!(refund["status"], "pending");
        assert_eq!(charge(&stripe, &intent).await["amount_refunded"], 4900);
        let base = if end == "cancel" { "/v1/refunds" } else { "/_stand_in/refunds" };
        let ended = stripe.post(&format!("{base}/{}/{end}", id(&refund)), "").await;
        assert_eq!(ended["status"], status);
        assert_eq!(charge(&stripe, &intent).await["amount_refunded"], refunded);
    }
}

#[tokio::test]
async fn refund_test_cards_behave_as_documented() {
    let stripe = Account::open().await;
    for (card, answered, in_the_end) in [("refundFail", "succeeded", "failed"), ("pendingRefund", "pending", "pending")]
    {
        let form = format!("amount=4900&currency=usd&confirm=true&payment_method=pm_card_{card}");
        let intent = id(&stripe.post("/v1/payment_intents", &form).await);
        let refund = stripe.post("/v1/refunds", &format!("payment_intent={intent}")).await;
        assert_eq!(refund["status"], answered, "{card}");
        assert_eq!(stripe.get(&format!("/v1/refunds/{}", id(&refund))).await["status"], in_the_end, "{card}");
    }
}
