//! Shows that unknown paths and resources of others are not found, and that invalid queries are refused.

use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, RESUME};
use crate::support::catalog::COURSE;
use crate::support::expected_responses::{ExpectedResponse, check_responses};

#[tokio::test]
async fn unknown_resources_are_not_found_and_invalid_queries_are_refused() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let session = ada.checkout(COURSE).await.session;
    let intent = ada.payment_intent("fine-tuning").await;
    let grace = app.as_learner("grace").await;
    let before = app.rows_without_rates().await;

    let mut responses = Vec::new();
    for (method, path, status, code) in [
        (Method::GET, "/courses/no-such-course".to_owned(), 404, "not_found"),
        (Method::GET, "/courses/no-such-course/access".to_owned(), 404, "not_found"),
        (Method::GET, "/courses/..%2F..%2Fadmin/access".to_owned(), 404, "not_found"),
        (Method::GET, "/entitlements/no-such-product".to_owned(), 404, "not_found"),
        (Method::GET, "/entitlements/NOT%20A%20SLUG".to_owned(), 404, "not_found"),
        (Method::GET, format!("/checkout/sessions/{session}"), 404, "not_found"),
        (Method::GET, "/checkout/sessions/cs_test_unknown".to_owned(), 404, "not_found"),
        (Method::GET, "/checkout/sessions/pi_123".to_owned(), 404, "not_found"),
        (Method::GET, "/checkout/sessions/cs_1%2Fexpire".to_owned(), 404, "not_found"),
        (Method::GET, "/checkout/sessions/cs_1%3Fexpand%5B%5D=customer".to_owned(), 404, "not_found"),
        (Method::GET, format!("/checkout/payment-intents/{intent}"), 404, "not_found"),
        (Method::GET, "/checkout/payment-intents/pi_unknown".to_owned(), 404, "not_found"),
        (Method::GET, format!("/checkout/payment-intents/{session}"), 404, "not_found"),
        (Method::GET, "/checkout/payment-intents/pi_1%2Fcancel".to_owned(), 404, "not_found"),
        (Method::GET, "/courses?limit=0".to_owned(), 400, "invalid_limit"),
        (Method::GET, "/courses?limit=-1".to_owned(), 400, "invalid_limit"),
        (Method::GET, "/courses?limit=99999999999999999999".to_owned(), 400, "invalid_limit"),
        (Method::GET, "/courses?limit=ten".to_owned(), 400, "invalid_limit"),
        (Method::GET, "/courses?cursor=%21%21".to_owned(), 400, "invalid_cursor"),
        (Method::GET, "/entitlements?limit=101".to_owned(), 400, "invalid_limit"),
        (Method::GET, "/billing/invoices?limit=0".to_owned(), 400, "invalid_limit"),
        (Method::GET, "/billing/invoices?cursor=%21%21".to_owned(), 400, "invalid_cursor"),
        // Texts that are cursors of other lists, and a place outside of all lists.
        (Method::GET, "/billing/invoices?cursor=dmVjdG9yLXNlYXJjaA".to_owned(), 400, "invalid_cursor"),
        (Method::GET, "/billing/invoices?cursor=UFJPRklMRSNhYmM".to_owned(), 400, "invalid_cursor"),
        (Method::GET, "/billing/subscription?subscription_id=sub_unknown".to_owned(), 404, "not_found"),
        (Method::GET, "/billing/subscription?subscription_id=a&subscription_id=b".to_owned(), 400, "invalid_query"),
        (Method::POST, CANCEL.to_owned(), 404, "no_subscription"),
        (Method::POST, RESUME.to_owned(), 404, "no_subscription"),
        (Method::POST, "/billing/portal".to_owned(), 404, "no_customer"),
        (Method::DELETE, "/billing/subscription".to_owned(), 404, "Not Found"),
        (Method::GET, "/nowhere".to_owned(), 404, "Not Found"),
        (Method::DELETE, "/courses".to_owned(), 404, "Not Found"),
        (Method::GET, "/admin/users".to_owned(), 404, "Not Found"),
    ] {
        let response = grace.call(method.clone(), &path, None).await;
        responses.push(ExpectedResponse { request: format!("{method} {path}"), response, status, code });
    }
    check_responses(&responses, 29);
    assert_eq!(app.rows_without_rates().await, before);
}
