//! Shows how plans become recurring prices at Stripe, rows of the table, and a part of the public catalog.

use cli::catalog::{CatalogFile, SyncError, push, render, sync};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{SubscriptionPolicy, UserId, decide_access};

use crate::support::app::TestApp;
use crate::support::catalog::{CATALOG_YAML, COURSE};

/// The repository's catalog without one of its plans.
fn without(plan: &str) -> String {
    let start = CATALOG_YAML.find(&format!("  - id: {plan}\n")).unwrap();
    let end = CATALOG_YAML[start + 1..].find("\n  - id: ").map_or(CATALOG_YAML.len(), |length| start + length + 2);
    format!("{}{}", &CATALOG_YAML[..start], &CATALOG_YAML[end..])
}

#[tokio::test]
async fn the_catalog_has_all_that_a_pricing_page_shows() {
    let app = TestApp::start().await;
    let catalog = app.call_without_token(Method::GET, "/catalog", None).await.expect(200);
    let ids = |list: &str| -> Vec<String> {
        catalog[list].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("plans"), ["free", "premium", "plus", "enterprise"]);
    assert!(ids("products").iter().all(|product| !ids("plans").contains(product)), "a plan is no product here");

    let mut premium = catalog["plans"][1].clone();
    for price in premium["prices"].as_array_mut().unwrap() {
        let id = price.as_object_mut().unwrap().remove("price_id").unwrap();
        assert!(id.as_str().unwrap().starts_with("price_"));
    }
    let price = |interval: &str, amount: i64, currency: &str| json!({"interval": interval, "amount": amount, "currency": currency});
    let expected = json!({
        "id": "premium",
        "family": "membership",
        "tier": "paid",
        "name": "Premium",
        "description": "The curriculum and every single course, and five hours of conversation a day.",
        "courses": ["ai-in-4-weekends", "vector-search", "fine-tuning"],
        "trial_days": 7,
        "prices": [
            price("month", 1_800, "eur"),
            price("month", 1_900, "usd"),
            price("year", 18_000, "eur"),
            price("year", 19_000, "usd"),
        ],
        "limits": {
            "ai_minutes": {"limit": 300, "period": "day"},
            "scenarios": {"limit": null, "period": "week"},
        },
    });
    assert_eq!(premium, expected);
    for (plan, tier) in [(0, "free"), (3, "contact")] {
        let plan = &catalog["plans"][plan];
        assert_eq!((&plan["tier"], &plan["prices"]), (&json!(tier), &json!([])));
    }
}

#[tokio::test]
async fn only_paid_plans_are_products_with_recurring_prices_at_stripe() {
    let app = TestApp::start().await;
    let price = app.price_at_stripe("premium_year_eur").await;
    let recurring = (&price["recurring"]["interval"], &price["recurring"]["interval_count"]);
    assert_eq!(recurring, (&json!("year"), &json!(1)));
    assert_eq!((&price["unit_amount"], &price["currency"]), (&json!(18_000), &json!("eur")));
    assert_eq!(app.product_row("premium").await["stripe_product"], price["product"]);

    let products = app.stripe_list("/v1/products", &[("limit", "100")]).await;
    let slugs: Vec<&Value> = products.iter().map(|product| &product["metadata"]["tuition_product"]).collect();
    assert!(slugs.contains(&&json!("plus")), "{slugs:?}");
    for plan in ["free", "enterprise"] {
        assert!(!slugs.contains(&&json!(plan)), "{slugs:?}");
        assert_eq!(app.product_row(plan).await["stripe_product"], Value::Null);
    }
}

#[tokio::test]
async fn a_new_monthly_price_does_not_change_the_yearly_one() {
    let app = TestApp::start().await;
    let context = app.context();
    let year = app.price_at_stripe("premium_year_usd").await;
    let file = CatalogFile::parse(&CATALOG_YAML.replace("usd: 1900,", "usd: 2400,")).unwrap();
    let done: Vec<String> =
        push(&context.stripe, &context.app, &file).await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(done, ["created price     premium_month_usd", "archived price    premium_month_usd"]);
    sync(&context, &file).await.unwrap();
    let shown = render(&context.store.catalog().await.unwrap());
    assert!(shown.contains("2400 usd per month"), "{shown}");
    assert_eq!(app.price_at_stripe("premium_year_usd").await, year);
}

#[tokio::test]
async fn a_change_at_stripe_changes_only_the_prices_of_a_plan() {
    let app = TestApp::start().await;
    let before = app.product_row("premium").await;
    let price = app.price_at_stripe("premium_month_usd").await;
    let path = format!("/v1/prices/{}", price["id"].as_str().unwrap());
    app.stripe_post(&path, &[("active", "false")]).await;
    app.settle().await;
    let after = app.product_row("premium").await;
    let keys: Vec<&Value> = after["prices"].as_array().unwrap().iter().map(|price| &price["lookup_key"]).collect();
    assert_eq!(keys, ["premium_month_eur", "premium_year_eur", "premium_year_usd"]);
    assert_eq!(after["plan"], before["plan"]);
    assert!(app.failures().await.is_empty());
}

/// Prices made in the Dashboard, under keys that look like ours.
#[tokio::test]
async fn other_kinds_of_prices_made_at_stripe_are_not_offered() {
    let app = TestApp::start().await;
    let (plan, product) = (app.product_row("premium").await, app.product_row(COURSE).await);
    let (month, twice) = (("recurring[interval]", "month"), ("recurring[interval_count]", "2"));
    for (of, key, recurring) in [
        (&plan, "premium_usd", &[][..]),
        (&plan, "premium_month_gbp", &[month, twice][..]),
        (&plan, "premium_month_chf", &[month, ("recurring[usage_type]", "metered")][..]),
        (&plan, "premium_week_gbp", &[month][..]),
        (&product, "vector-search_month_gbp", &[month][..]),
    ] {
        let currency = key.rsplit('_').next().unwrap();
        let id = of["stripe_product"].as_str().unwrap();
        let mut form = vec![("product", id), ("currency", currency), ("unit_amount", "100"), ("lookup_key", key)];
        form.extend(recurring);
        app.stripe_post("/v1/prices", &form).await;
    }
    app.settle().await;
    assert_eq!(app.product_row("premium").await, plan);
    assert_eq!(app.product_row(COURSE).await, product);
    assert!(app.failures().await.is_empty());
}

#[tokio::test]
async fn a_retired_plan_stays_open_to_those_who_have_it() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.receive_grant(Some("enterprise"), None).await;
    assert_eq!(ada.access_reason(COURSE).await, "granted");
    let context = app.context();
    sync(&context, &CatalogFile::parse(&without("enterprise")).unwrap()).await.unwrap();
    let catalog = context.store.catalog().await.unwrap();
    let offered: Vec<&str> = catalog.plans().map(|(product, _)| product.id.as_str()).collect();
    assert_eq!(offered, ["free", "premium", "plus"]);
    assert!(!render(&catalog).contains("enterprise"));
    let facts = context.store.facts(&UserId::parse(ada.user.as_str()).unwrap()).await.unwrap();
    let answer = decide_access(
        Timestamp::now(),
        &SubscriptionPolicy::default(),
        &facts,
        catalog.access_target(catalog.course(COURSE).unwrap()),
    );
    assert!(answer.is_allowed(), "{answer:?}");
}

#[tokio::test]
async fn a_plan_that_becomes_a_contact_plan_loses_its_prices() {
    let app = TestApp::start().await;
    let context = app.context();
    let start = CATALOG_YAML.find("  - id: plus\n").unwrap();
    let (before, plus) = CATALOG_YAML.split_at(start);
    let (prices, limits) = (plus.find("    prices:").unwrap(), plus.find("    limits:").unwrap());
    let yaml = format!("{before}{}    tier: contact\n{}", &plus[..prices], &plus[limits..]);
    sync(&context, &CatalogFile::parse(&yaml).unwrap()).await.unwrap();
    let plus = app.product_row("plus").await;
    assert_eq!((&plus["prices"], &plus["plan"]["tier"]), (&json!([]), &json!("contact")));
    sync(&context, &CatalogFile::parse(CATALOG_YAML).unwrap()).await.unwrap();
    assert_eq!(app.product_row("plus").await["prices"].as_array().unwrap().len(), 4, "and has them again");
}

/// Those who keep the retired plan would else be counted in two periods at once.
#[tokio::test]
async fn the_period_of_a_meter_cannot_change_while_a_retired_plan_uses_it() {
    let app = TestApp::start().await;
    let context = app.context();
    let before = app.rows_of("CATALOG", "").await;
    let monthly = |yaml: &str| CatalogFile::parse(&yaml.replace("per day", "per month")).unwrap();
    let error = sync(&context, &monthly(&without("enterprise"))).await.unwrap_err();
    assert!(matches!(error, SyncError::PeriodChanged { .. }), "{error}");
    assert!(error.to_string().starts_with("ai_minutes is counted in another period in enterprise"), "{error}");
    assert_eq!(app.rows_of("CATALOG", "").await, before);

    sync(&context, &monthly(CATALOG_YAML)).await.unwrap();
    assert_eq!(app.product_row("free").await["plan"]["limits"]["ai_minutes"]["per"], "month");
}
