//! Shows that no record of a payment ever expires.

use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn no_item_of_a_payment_has_a_time_to_live() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    ada.subscribe(premium()).await;
    let request = ada.refund_request(&intent).await;
    olga.approve(&request, serde_json::json!({})).await.expect(200);
    app.settle().await;
    let rows = app.rows().await;
    let kinds = ["ACCESS#PURCHASE#", "ACCESS#SUBSCRIPTION#", "INVOICE#", "ACCESS_REFUND_REQUEST#", "AUDIT#", "OWNER"];
    for kind in kinds {
        let is_kind = |row: &&Value| row["SK"].as_str().is_some_and(|sort| sort.starts_with(kind));
        let found: Vec<&Value> = rows.iter().filter(is_kind).collect();
        assert!(!found.is_empty(), "{kind}");
        for row in found {
            assert_eq!(row["expires_at"], Value::Null, "{row}");
        }
    }
    // The check can fail: what expires says so.
    assert!(rows.iter().any(|row| row["expires_at"].is_number()));
}
