//! Shows what a client is answered when Stripe refuses a price or a promotion code that has changed there and not here yet.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::{CHANGE, PREVIEW, plus, premium};
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;

/// What changes at Stripe before a webhook reports it.
#[derive(Debug, Clone, Copy)]
enum Change {
    PriceArchived(&'static str),
    ProductArchived(&'static str),
    PromotionUsedUp,
    PromotionExpired,
}

impl Change {
    async fn happen(self, app: &TestApp) {
        match self {
            Self::PriceArchived(key) => {
                let price = app.price_at_stripe(key).await;
                let path = format!("/v1/prices/{}", price["id"].as_str().unwrap());
                app.stripe_post(&path, &[("active", "false")]).await;
            }
            Self::ProductArchived(key) => {
                let price = app.price_at_stripe(key).await;
                let path = format!("/v1/products/{}", price["product"].as_str().unwrap());
                app.stripe_post(&path, &[("active", "false")]).await;
            }
            Self::PromotionUsedUp => {
                app.create_promotion_code("ONCE", "20", &[("max_redemptions", "1")]).await;
                let bob = app.as_learner("bob").await;
                let request = json!({"course_id": COURSE, "promotion_code": "ONCE"});
                let checkout = bob.checkout_with(&request).await;
                app.pay(&checkout, VALID_CARD).await;
            }
            Self::PromotionExpired => {
                let made = app.create_promotion_code("ONCE", "20", &[]).await;
                let path = format!("/v1/promotion_codes/{}", made["id"].as_str().unwrap());
                app.stripe_post(&path, &[("active", "false")]).await;
            }
        }
    }
}

const CHECKOUT: &str = "/checkout/sessions";

#[tokio::test]
async fn every_refusal_by_stripe_is_answered_with_a_code_that_says_what_to_do() {
    let course = json!({"course_id": COURSE});
    let euros = json!({"course_id": COURSE, "currency": "EUR"});
    let code = json!({"course_id": COURSE, "promotion_code": "ONCE"});
    let plan = plus();
    for (change, path, request, expected) in [
        (Change::PriceArchived("vector-search_usd"), CHECKOUT, &course, "unknown_price"),
        (Change::PriceArchived("vector-search_eur"), CHECKOUT, &euros, "unknown_price"),
        (Change::ProductArchived("vector-search_usd"), CHECKOUT, &course, "unknown_price"),
        (Change::ProductArchived("plus_month_usd"), CHANGE, &plan, "unknown_price"),
        (Change::PromotionUsedUp, CHECKOUT, &code, "invalid_promotion_code"),
        (Change::PromotionExpired, CHECKOUT, &code, "invalid_promotion_code"),
        (Change::PriceArchived("plus_month_usd"), CHECKOUT, &plan, "unknown_price"),
        (Change::PriceArchived("plus_month_usd"), CHANGE, &plan, "unknown_price"),
        (Change::PriceArchived("plus_month_usd"), PREVIEW, &plan, "unknown_price"),
    ] {
        let app = TestApp::start().await;
        let ada = app.as_learner("ada").await;
        if path != CHECKOUT {
            ada.subscribe(premium()).await;
        }
        app.hold_webhooks();
        change.happen(&app).await;
        let refused = ada.post(path, request).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, expected), "{change:?} {path}: {}", refused.body);
        // The catalog is up to date now, so the next request does not reach Stripe.
        let again = ada.post(path, request).await;
        assert_eq!(again.status.as_u16(), 400, "{change:?} {path}: {}", again.body);
    }
}
