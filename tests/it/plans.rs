//! Plans: from `catalog.yaml` to Stripe's recurring prices, to the table, and to everybody's pricing page.

use cli::catalog::{CatalogFile, SyncError, push, render, sync};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{SubscriptionPolicy, UserId, decide_access};

use crate::support::app::{COURSE, TestApp};

const YAML: &str = include_str!("../../catalog.yaml");

/// The repository's catalog without one of its plans.
fn without(plan: &str) -> String {
    let start = YAML.find(&format!("  - id: {plan}\n")).unwrap();
    let end = YAML[start + 1..].find("\n  - id: ").map_or(YAML.len(), |length| start + length + 2);
    format!("{}{}", &YAML[..start], &YAML[end..])
}

async fn row(app: &TestApp, product: &str) -> Value {
    app.rows_of("CATALOG", &format!("PRODUCT#{product}")).await.remove(0)
}

async fn stripes_price(app: &TestApp, lookup_key: &str) -> Value {
    let found = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", lookup_key)]).await.expect(200);
    found["data"][0].clone()
}

#[tokio::test]
async fn a_pricing_page_needs_nothing_but_the_catalog() {
    let app = TestApp::start().await;
    let catalog = app.call(Method::GET, None, "/catalog", None).await.expect(200);
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
async fn a_paid_plan_is_a_product_with_recurring_prices_in_stripe_and_the_others_are_unknown_there() {
    let app = TestApp::start().await;
    let price = stripes_price(&app, "premium_year_eur").await;
    let recurring = (&price["recurring"]["interval"], &price["recurring"]["interval_count"]);
    assert_eq!(recurring, (&json!("year"), &json!(1)));
    assert_eq!((&price["unit_amount"], &price["currency"]), (&json!(18_000), &json!("eur")));
    assert_eq!(row(&app, "premium").await["stripe_product"], price["product"]);

    let products = app.stripe(Method::GET, "/v1/products", &[("limit", "100")]).await.expect(200);
    let slugs: Vec<&Value> =
        products["data"].as_array().unwrap().iter().map(|product| &product["metadata"]["tuition_product"]).collect();
    assert!(slugs.contains(&&json!("plus")), "{slugs:?}");
    for plan in ["free", "enterprise"] {
        assert!(!slugs.contains(&&json!(plan)), "{slugs:?}");
        assert_eq!(row(&app, plan).await["stripe_product"], Value::Null);
    }
}

#[tokio::test]
async fn a_new_monthly_price_leaves_the_yearly_one_alone() {
    let app = TestApp::start().await;
    let context = app.context();
    let year = stripes_price(&app, "premium_year_usd").await;
    let file = CatalogFile::parse(&YAML.replace("usd: 1900,", "usd: 2400,")).unwrap();
    let done: Vec<String> =
        push(&context.stripe, &context.app, &file).await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(done, ["created price     premium_month_usd", "archived price    premium_month_usd"]);
    sync(&context, &file).await.unwrap();
    let shown = render(&context.store.catalog().await.unwrap());
    assert!(shown.contains("2400 usd per month"), "{shown}");
    assert_eq!(stripes_price(&app, "premium_year_usd").await, year);
}

#[tokio::test]
async fn what_changes_in_stripe_changes_the_plans_price_and_nothing_else_of_it() {
    let app = TestApp::start().await;
    let before = row(&app, "premium").await;
    let price = stripes_price(&app, "premium_month_usd").await;
    let path = format!("/v1/prices/{}", price["id"].as_str().unwrap());
    app.stripe(Method::POST, &path, &[("active", "false")]).await.expect(200);
    app.settle().await;
    let after = row(&app, "premium").await;
    let keys: Vec<&Value> = after["prices"].as_array().unwrap().iter().map(|price| &price["lookup_key"]).collect();
    assert_eq!(keys, ["premium_month_eur", "premium_year_eur", "premium_year_usd"]);
    assert_eq!(after["plan"], before["plan"]);
    assert!(app.failures().await.is_empty());
}

/// Prices made in the Dashboard, under keys that look like ours.
#[tokio::test]
async fn only_a_single_interval_is_on_offer_for_a_plan_and_only_one_payment_for_a_product() {
    let app = TestApp::start().await;
    let (plan, product) = (row(&app, "premium").await, row(&app, COURSE).await);
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
        app.stripe(Method::POST, "/v1/prices", &form).await.expect(200);
    }
    app.settle().await;
    assert_eq!(row(&app, "premium").await, plan);
    assert_eq!(row(&app, COURSE).await, product);
    assert!(app.failures().await.is_empty());
}

#[tokio::test]
async fn a_plan_that_is_not_offered_any_more_stays_open_to_those_who_have_it() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.grant(&ada, Some("enterprise"), None).await;
    assert_eq!(app.reason(&ada, COURSE).await, "granted");
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
async fn a_plan_that_is_only_talked_about_loses_its_prices() {
    let app = TestApp::start().await;
    let context = app.context();
    let start = YAML.find("  - id: plus\n").unwrap();
    let (before, plus) = YAML.split_at(start);
    let (prices, limits) = (plus.find("    prices:").unwrap(), plus.find("    limits:").unwrap());
    let yaml = format!("{before}{}    tier: contact\n{}", &plus[..prices], &plus[limits..]);
    sync(&context, &CatalogFile::parse(&yaml).unwrap()).await.unwrap();
    let plus = row(&app, "plus").await;
    assert_eq!((&plus["prices"], &plus["plan"]["tier"]), (&json!([]), &json!("contact")));
    sync(&context, &CatalogFile::parse(YAML).unwrap()).await.unwrap();
    assert_eq!(row(&app, "plus").await["prices"].as_array().unwrap().len(), 4, "and has them again");
}

/// Those who keep the retired plan would else be counted in two periods at once.
#[tokio::test]
async fn a_meter_keeps_its_period_while_a_retired_plan_counts_it() {
    let app = TestApp::start().await;
    let context = app.context();
    let before = app.rows_of("CATALOG", "").await;
    let monthly = |yaml: &str| CatalogFile::parse(&yaml.replace("per day", "per month")).unwrap();
    let error = sync(&context, &monthly(&without("enterprise"))).await.unwrap_err();
    assert!(matches!(error, SyncError::PeriodChanged { .. }), "{error}");
    assert!(error.to_string().starts_with("ai_minutes is counted in another period in enterprise"), "{error}");
    assert_eq!(app.rows_of("CATALOG", "").await, before);

    sync(&context, &monthly(YAML)).await.unwrap();
    assert_eq!(row(&app, "free").await["plan"]["limits"]["ai_minutes"]["per"], "month");
}
