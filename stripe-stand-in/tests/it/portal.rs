//! The customer portal, the page of an invoice, and the billing pages of the dashboard.

use serde_json::{Value, json};

use super::account::{Account, FormResponse, id};

/// Opens the portal of a customer, and returns its path.
async fn portal(stripe: &Account, customer: &str, more: &str) -> String {
    let form = format!("customer={customer}&return_url=http://shop.test/account{more}");
    let session = stripe.post("/v1/billing_portal/sessions", &form).await;
    session["url"].as_str().unwrap().strip_prefix(&stripe.url).unwrap().to_owned()
}

async fn page(stripe: &Account, path: &str) -> String {
    let response = stripe.call("GET", path, "", None).await;
    assert_eq!(response.status().as_u16(), 200, "{path}");
    response.text().await.unwrap()
}

async fn give_card(stripe: &Account, portal: &str, number: &str) -> FormResponse {
    let form = format!("card_number={number}&exp=12/40&cvc=123");
    stripe.submit(&format!("{portal}/payment_method"), &form).await
}

/// A subscription that was bought in Checkout, and its customer.
async fn sold(stripe: &Account) -> (String, String) {
    let price = stripe.price(2_000, "month", "").await;
    let session = stripe.subscription_session(&price, "").await;
    stripe.pay_by_card(&session, "4242424242424242").await;
    let subscription = stripe.get("/v1/subscriptions").await["data"][0].clone();
    (id(&subscription), subscription["customer"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_cancellation_is_scheduled_and_undone() {
    let stripe = Account::open().await;
    let (subscription, customer) = sold(&stripe).await;
    let portal = portal(&stripe, &customer, "").await;
    let html = page(&stripe, &portal).await;
    for text in
        ["$20.00 / month", "Renews on", "visa ending in 4242", "http://shop.test/account", "Cancel subscription"]
    {
        assert!(html.contains(text), "{text}: {html}");
    }
    let step = |step: &str| format!("{portal}/subscriptions/{subscription}/{step}");
    assert_eq!(stripe.submit(&step("cancel"), "").await.location, portal);
    let ending = stripe.subscription(&subscription).await;
    // The portal sets `cancel_at`, not `cancel_at_period_end`.
    let seen = (&ending["cancel_at"], &ending["cancel_at_period_end"], &ending["status"]);
    assert_eq!(seen, (&ending["items"]["data"][0]["current_period_end"], &json!(false), &json!("active")));
    let html = page(&stripe, &portal).await;
    assert!(html.contains("Ends on") && html.contains("Don't cancel") || html.contains("Don&#39;t cancel"), "{html}");
    stripe.submit(&step("keep"), "").await;
    assert_eq!(stripe.subscription(&subscription).await["cancel_at"], Value::Null);
    let updated = stripe.get("/v1/events?type=customer.subscription.updated").await;
    assert_eq!(updated["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_plan_change_is_paid_or_refused() {
    let stripe = Account::open().await;
    let (subscription, customer) = sold(&stripe).await;
    let expensive = stripe.price(5_000, "month", "").await;
    let portal = portal(&stripe, &customer, "").await;
    assert!(page(&stripe, &portal).await.contains("Premium, $50.00 / month"));
    let change = format!("{portal}/subscriptions/{subscription}/change");
    assert_eq!(give_card(&stripe, &portal, "4000000000000341").await.status.as_u16(), 303);
    let declined = stripe.submit(&change, &format!("price={expensive}")).await;
    assert_eq!(declined.status.as_u16(), 402);
    assert!(declined.page.contains("Your card was declined."));
    let price = |subscription: Value| subscription["items"]["data"][0]["price"]["id"].clone();
    assert_ne!(price(stripe.subscription(&subscription).await), expensive.as_str());

    give_card(&stripe, &portal, "4242424242424242").await;
    assert_eq!(stripe.submit(&change, &format!("price={expensive}")).await.status.as_u16(), 303);
    assert_eq!(price(stripe.subscription(&subscription).await), expensive.as_str());
    assert_eq!(stripe.get("/v1/invoices").await["data"][0]["amount_paid"], 3_000);
    assert_eq!(stripe.submit(&change, "price=price_nosuch").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_new_card_becomes_the_default() {
    let stripe = Account::open().await;
    let (subscription, customer) = sold(&stripe).await;
    let portal = portal(&stripe, &customer, "").await;
    let refused = give_card(&stripe, &portal, "4000000000000002").await;
    assert_eq!((refused.status.as_u16(), refused.page.contains("Your card was declined.")), (402, true));
    give_card(&stripe, &portal, "4000000000000341").await;
    stripe.advance_days(32).await;
    assert_eq!(stripe.subscription(&subscription).await["status"], "past_due");

    // The link was valid for an hour.
    assert_eq!(stripe.call("GET", &portal, "", None).await.status().as_u16(), 410);
    let portal = self::portal(&stripe, &customer, "").await;
    let html = page(&stripe, &portal).await;
    assert!(html.contains("The last payment failed") && html.contains("Pay now"), "{html}");
    give_card(&stripe, &portal, "5555555555554444").await;
    assert!(page(&stripe, &portal).await.contains("mastercard ending in 4444"));
    // The open invoice is charged to the new card at the next retry.
    assert_eq!(stripe.subscription(&subscription).await["status"], "past_due");
    stripe.advance_days(3).await;
    assert_eq!(stripe.subscription(&subscription).await["status"], "active");
}

#[tokio::test]
async fn an_open_invoice_is_paid_on_its_page() {
    let stripe = Account::open().await;
    let (subscription, _) = sold(&stripe).await;
    stripe.post(&format!("/_stand_in/subscriptions/{subscription}/fail"), "").await;
    assert_eq!(stripe.subscription(&subscription).await["status"], "past_due");
    let invoice = stripe.get("/v1/invoices").await["data"][0].clone();
    let path = format!("/i/{}", id(&invoice));
    assert_eq!(invoice["hosted_invoice_url"], format!("{}{path}", stripe.url));
    assert!(page(&stripe, &path).await.contains("Pay $20.00"));
    let card = |number: &str| format!("card_number={number}&exp=12/40&cvc=123");
    let declined = stripe.submit(&path, &card("4000000000009995")).await;
    assert_eq!((declined.status.as_u16(), declined.page.contains("insufficient funds")), (402, true));
    let bank = stripe.submit(&path, &card("4000002500003155")).await.location;
    stripe.submit(&bank, "outcome=complete").await;
    assert_eq!(stripe.subscription(&subscription).await["status"], "active");
    assert!(!page(&stripe, &path).await.contains("card_number"));
    assert_eq!(stripe.submit(&path, &card("4242424242424242")).await.status.as_u16(), 400);
    let pdf = stripe.call("GET", invoice["invoice_pdf"].as_str().unwrap().strip_prefix(&stripe.url).unwrap(), "", None);
    assert!(pdf.await.bytes().await.unwrap().starts_with(b"%PDF-1.4"));
}

#[tokio::test]
async fn a_portal_flow_shows_one_action_and_redirects_back() {
    let stripe = Account::open().await;
    let (subscription, customer) = sold(&stripe).await;
    stripe.price(5_000, "month", "").await;
    let back = "&flow_data[after_completion][type]=redirect\
                &flow_data[after_completion][redirect][return_url]=http://shop.test/bye";
    let flow = format!(
        "&flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]={subscription}{back}"
    );
    let portal = portal(&stripe, &customer, &flow).await;
    let html = page(&stripe, &portal).await;
    assert!(html.contains("Cancel subscription") && !html.contains("Change plan") && !html.contains("card_number"));
    let done = stripe.submit(&format!("{portal}/subscriptions/{subscription}/cancel"), "").await;
    assert_eq!(done.location, "http://shop.test/bye");
}

#[tokio::test]
async fn the_configuration_limits_the_portal() {
    let stripe = Account::open().await;
    let (subscription, customer) = sold(&stripe).await;
    let form = "features[invoice_history][enabled]=true&features[subscription_cancel][enabled]=true\
                &features[subscription_cancel][mode]=immediately";
    let configuration = id(&stripe.post("/v1/billing_portal/configurations", form).await);
    let portal = portal(&stripe, &customer, &format!("&configuration={configuration}")).await;
    let html = page(&stripe, &portal).await;
    assert!(!html.contains("card_number") && !html.contains("Change plan") && html.contains("Invoices"));
    assert_eq!(give_card(&stripe, &portal, "4242424242424242").await.status.as_u16(), 400);
    stripe.submit(&format!("{portal}/subscriptions/{subscription}/cancel"), "").await;
    assert_eq!(stripe.subscription(&subscription).await["status"], "canceled");
}

#[tokio::test]
async fn a_customer_cannot_change_another_customers_subscription() {
    let stripe = Account::open().await;
    let (subscription, _) = sold(&stripe).await;
    let other = stripe.customer("visa").await;
    let portal = portal(&stripe, &other, "").await;
    assert!(page(&stripe, &portal).await.contains("There is no subscription."));
    let foreign = format!("{portal}/subscriptions/{subscription}/cancel");
    assert_eq!(stripe.submit(&foreign, "").await.status.as_u16(), 404);
    let flow = format!("customer={other}&flow_data[type]=subscription_cancel");
    let flow = format!("{flow}&flow_data[subscription_cancel][subscription]={subscription}");
    assert_eq!(stripe.post_refused("/v1/billing_portal/sessions", &flow).await.0, 404);
    assert_eq!(stripe.call("GET", "/p/session/test_nosuch", "", None).await.status().as_u16(), 410);
}

#[tokio::test]
async fn the_dashboard_lists_and_advances_subscriptions() {
    let stripe = Account::open().await;
    let (subscription, _) = sold(&stripe).await;
    let html = page(&stripe, "/subscriptions").await;
    assert!(html.contains(&subscription) && html.contains("Renew now"), "{html}");
    stripe.post(&format!("/_stand_in/subscriptions/{subscription}/renew"), "").await;
    let html = page(&stripe, "/invoices").await;
    assert_eq!(html.matches("<strong>paid</strong>").count(), 2, "{html}");
    stripe.post(&format!("/_stand_in/subscriptions/{subscription}/fail"), "").await;
    let invoice = stripe.get("/v1/invoices").await["data"][0].clone();
    assert!(page(&stripe, "/invoices").await.contains("Charge now"));
    let retried = stripe.post(&format!("/_stand_in/invoices/{}/retry", id(&invoice)), "").await;
    assert_eq!((&retried["status"], &retried["attempt_count"]), (&json!("open"), &json!(2)));
    stripe.post(&format!("/_stand_in/subscriptions/{subscription}/cancel"), "").await;
    assert_eq!(stripe.subscription(&subscription).await["status"], "canceled");
    assert_eq!(stripe.post_refused(&format!("/_stand_in/subscriptions/{subscription}/renew"), "").await.0, 400);
}
