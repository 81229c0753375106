//! What Stripe refuses because the shop's data moved on, and nobody has told us yet: the client is told what to do, never that
//! something broke.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{COURSE, TestApp};

/// What happens at Stripe behind our back.
#[derive(Debug, Clone, Copy)]
enum Moved {
    PriceArchived(&'static str),
    ProductArchived(&'static str),
    PromotionUsedUp,
    PromotionExpired,
}

impl Moved {
    async fn happen(self, app: &TestApp) {
        match self {
            Self::PriceArchived(key) => {
                let price = price(app, key).await;
                let path = format!("/v1/prices/{}", price["id"].as_str().unwrap());
                app.stripe(Method::POST, &path, &[("active", "false")]).await.expect(200);
            }
            Self::ProductArchived(key) => {
                let path = format!("/v1/products/{}", price(app, key).await["product"].as_str().unwrap());
                app.stripe(Method::POST, &path, &[("active", "false")]).await.expect(200);
            }
            Self::PromotionUsedUp => {
                let form = [("coupon", &*coupon(app).await), ("code", "ONCE"), ("max_redemptions", "1")];
                app.stripe(Method::POST, "/v1/promotion_codes", &form).await.expect(200);
                let bob = app.learner("bob@example.com").await;
                let wish = json!({"course_id": COURSE, "promotion_code": "ONCE"});
                let checkout = app.checkout_of(&bob, &wish).await;
                app.pay(&checkout, crate::support::app::PAYS).await;
            }
            Self::PromotionExpired => {
                let form = [("coupon", &*coupon(app).await), ("code", "ONCE")];
                let made = app.stripe(Method::POST, "/v1/promotion_codes", &form).await.expect(200);
                let path = format!("/v1/promotion_codes/{}", made["id"].as_str().unwrap());
                app.stripe(Method::POST, &path, &[("active", "false")]).await.expect(200);
            }
        }
    }
}

async fn price(app: &TestApp, key: &str) -> Value {
    let found = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", key)]).await.expect(200);
    found["data"][0].clone()
}

async fn coupon(app: &TestApp) -> String {
    let made =
        app.stripe(Method::POST, "/v1/coupons", &[("percent_off", "20"), ("duration", "once")]).await.expect(200);
    made["id"].as_str().unwrap().to_owned()
}

const CHECKOUT: &str = "/checkout/sessions";
const CHANGE: &str = "/billing/subscription/change";
const PREVIEW: &str = "/billing/subscription/change/preview";

#[tokio::test]
async fn every_refusal_has_a_code_that_says_what_to_do() {
    let course = json!({"course_id": COURSE});
    let euros = json!({"course_id": COURSE, "currency": "EUR"});
    let code = json!({"course_id": COURSE, "promotion_code": "ONCE"});
    let plan = json!({"plan_id": "plus"});
    for (moved, path, wish, expected) in [
        (Moved::PriceArchived("vector-search_usd"), CHECKOUT, &course, "unknown_price"),
        (Moved::PriceArchived("vector-search_eur"), CHECKOUT, &euros, "unknown_price"),
        (Moved::ProductArchived("vector-search_usd"), CHECKOUT, &course, "unknown_price"),
        (Moved::ProductArchived("plus_month_usd"), CHANGE, &plan, "unknown_price"),
        (Moved::PromotionUsedUp, CHECKOUT, &code, "invalid_promotion_code"),
        (Moved::PromotionExpired, CHECKOUT, &code, "invalid_promotion_code"),
        (Moved::PriceArchived("plus_month_usd"), CHECKOUT, &plan, "unknown_price"),
        (Moved::PriceArchived("plus_month_usd"), CHANGE, &plan, "unknown_price"),
        (Moved::PriceArchived("plus_month_usd"), PREVIEW, &plan, "unknown_price"),
    ] {
        let app = TestApp::start().await;
        let ada = app.ada().await;
        if path != CHECKOUT {
            app.subscribe(&ada, &json!({"plan_id": "premium", "trial_days": 0})).await;
        }
        app.hold();
        moved.happen(&app).await;
        let refused = app.post(&ada, path, wish).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, expected), "{moved:?} {path}: {}", refused.body);
        // The catalog knows now, so the next wish does not get as far.
        let again = app.post(&ada, path, wish).await;
        assert_eq!(again.status.as_u16(), 400, "{moved:?} {path}: {}", again.body);
    }
}
