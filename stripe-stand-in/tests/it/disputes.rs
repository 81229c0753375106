//! Disputes: inquiries and chargebacks, won, lost, and twice on one payment.

use serde_json::json;

use super::account::{Account, id};

async fn dispute(stripe: &Account, intent: &str, kind: &str) -> String {
    id(&stripe.post("/_stand_in/disputes", &format!("payment_intent={intent}&kind={kind}")).await)
}

#[tokio::test]
async fn a_dispute_moves_through_stripes_statuses() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "chargeback",
            &["under_review", "won"],
            &[
                "charge.dispute.created",
                "charge.dispute.funds_withdrawn",
                "charge.dispute.updated",
                "charge.dispute.funds_reinstated",
                "charge.dispute.closed",
            ],
        ),
        (
            "chargeback",
            &["lost"],
            &["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"],
        ),
        ("inquiry", &["warning_closed"], &["charge.dispute.created", "charge.dispute.closed"]),
        (
            "inquiry",
            &["needs_response"],
            &["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated"],
        ),
    ];
    for (kind, statuses, expected_events) in cases {
        let stripe = Account::open().await;
        let intent = stripe.paid_intent("").await;
        let earlier = stripe.event_types().await;
        let dispute = dispute(&stripe, &intent, kind).await;
        for status in *statuses {
            stripe.post(&format!("/_stand_in/disputes/{dispute}/{status}"), "").await;
            assert_eq!(stripe.get(&format!("/v1/disputes/{dispute}")).await["status"], *status);
        }
        assert_eq!(stripe.event_types_since(&earlier).await, *expected_events, "{kind} {statuses:?}");
    }
}

#[tokio::test]
async fn a_payment_can_be_disputed_twice() {
    let stripe = Account::open().await;
    let intent = stripe.paid_intent("&metadata[tuition_user]=u1").await;
    let first = dispute(&stripe, &intent, "chargeback").await;
    stripe.post(&format!("/_stand_in/disputes/{first}/won"), "").await;
    let second = dispute(&stripe, &intent, "chargeback").await;
    let disputes = stripe.get(&format!("/v1/disputes?payment_intent={intent}")).await;
    let found: Vec<_> = disputes["data"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(found, [second, first]);
    assert_eq!(disputes["data"][0]["metadata"], json!({}));
}

#[tokio::test]
async fn a_charged_back_payment_cannot_be_refunded() {
    let stripe = Account::open().await;
    let intent = stripe.paid_intent("").await;
    let dispute = dispute(&stripe, &intent, "chargeback").await;
    let (status, error) = stripe.post_refused("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!((status, &error["code"]), (400, &json!("charge_disputed")));
    stripe.post(&format!("/_stand_in/disputes/{dispute}/won"), "").await;
    stripe.post("/v1/refunds", &format!("payment_intent={intent}")).await;
}

#[tokio::test]
async fn evidence_decides_a_dispute() {
    let stripe = Account::open().await;
    let cases = [("winning_evidence", "won"), ("losing_evidence", "lost"), ("a letter", "under_review")];
    for (text, status) in cases {
        let intent = stripe.paid_intent("").await;
        let dispute = dispute(&stripe, &intent, "chargeback").await;
        let form = format!("evidence[uncategorized_text]={text}");
        assert_eq!(stripe.post(&format!("/v1/disputes/{dispute}"), &form).await["status"], status);
    }
    let intent = stripe.paid_intent("").await;
    let dispute = dispute(&stripe, &intent, "inquiry").await;
    let path = format!("/v1/disputes/{dispute}/close");
    assert_eq!(stripe.post(&path, "").await["status"], "warning_closed");
    assert_eq!(stripe.post_refused(&path, "").await.0, 400);
}
