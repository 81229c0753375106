//! Shows how a learner's invoices are listed.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{plus, premium};
use crate::support::time::DAY;

#[tokio::test]
async fn invoices_are_listed_in_pages_the_newest_first() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    for plan in [plus(), json!({"plan_id": "plus", "interval": "year"})] {
        ada.change_plan(&plan).await;
    }
    app.advance(366 * DAY).await;
    app.settle().await;
    let all = ada.get("/billing/invoices").await.expect(200);
    let items = all["items"].as_array().unwrap();
    assert_eq!((items.len(), &all["next_cursor"]), (4, &Value::Null));
    assert!(items.is_sorted_by_key(|invoice| std::cmp::Reverse(invoice["created"].as_str().unwrap().to_owned())));
    for invoice in items {
        assert_eq!(invoice["status"], "paid");
        assert!(invoice["number"].is_string() && invoice["pdf_url"].is_string(), "{invoice}");
        assert!(invoice["hosted_invoice_url"].as_str().unwrap().starts_with(&app.stack.urls().stripe));
        assert!(invoice["amount"].is_i64() && invoice["currency"] == "usd", "{invoice}");
    }

    let mut paged = Vec::new();
    let mut path = "/billing/invoices?limit=3".to_owned();
    loop {
        let page = ada.get(&path).await.expect(200);
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/billing/invoices?limit=3&cursor={cursor}");
    }
    assert_eq!(&paged, items);
    let other = app.as_learner("grace").await;
    assert_eq!(other.get(&path).await.expect(200)["items"], json!([]), "a cursor is of no use to another learner");
}
