//! Everything that a client, a stranger or a broken sender can get wrong. Each row says what is answered; none of them
//! writes anything.

use jiff::{SignedDuration, Timestamp};
use local::Options;
use local::identity::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};
use shared::stripe::sign;

use crate::support::app::{Answer, COURSE, Learner, TestApp};

/// A row's outcome: what was answered, and what should have been.
struct Row {
    what: String,
    answer: Answer,
    status: u16,
    code: &'static str,
}

#[track_caller]
fn check(rows: &[Row], at_least: usize) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| row.answer.status.as_u16() != row.status || code_of(&row.answer) != row.code)
        .map(|row| {
            format!("{}: {} {} instead of {} {}", row.what, row.answer.status, row.answer.body, row.status, row.code)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows.len() >= at_least, "{} rows", rows.len());
    for row in rows.iter().filter(|row| row.answer.body.get("code").is_some()) {
        let kind = row.answer.headers["content-type"].to_str().unwrap();
        assert_eq!(kind, "application/problem+json", "{}", row.what);
        let request = row.answer.body["request_id"].as_str().unwrap();
        assert!(!request.is_empty(), "{}: a problem names its request", row.what);
    }
}

/// Ours is a problem's `code`; API Gateway's own answers have only a `message`.
fn code_of(answer: &Answer) -> &str {
    answer.body["code"].as_str().or(answer.body["message"].as_str()).unwrap_or_default()
}

/// The table, but for what only counts requests.
async fn stored(app: &TestApp) -> Vec<Value> {
    let counts = |row: &Value| row["SK"].as_str().is_some_and(|key| key.starts_with("RATE#CALL#"));
    app.rows().await.into_iter().filter(|row| !counts(row)).collect()
}

#[tokio::test]
async fn a_wrong_checkout_is_refused_with_its_code_and_writes_nothing() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let catalog = app.get(&ada, "/catalog").await.expect(200);
    let price = catalog["products"][0]["prices"][0]["price_id"].as_str().unwrap().to_owned();
    let plan = &catalog["plans"][1]["prices"][0]["price_id"];
    let before = stored(&app).await;

    let long = "x".repeat(70_000);
    let course = |field: &str, value: Value| json!({"course_id": COURSE, field: value}).to_string();
    let bodies: Vec<(String, u16, &'static str)> = vec![
        (String::new(), 400, "body_missing"),
        ("   \n".to_owned(), 400, "body_missing"),
        ("{".to_owned(), 400, "malformed_json"),
        ("course_id=vector-search".to_owned(), 400, "malformed_json"),
        ("{\"course_id\": \"vector-search\"} {}".to_owned(), 400, "malformed_json"),
        ("{\"course_id\": \"\u{1}\"}".to_owned(), 400, "malformed_json"),
        ("null".to_owned(), 400, "invalid_field"),
        ("[]".to_owned(), 400, "invalid_field"),
        ("\"vector-search\"".to_owned(), 400, "invalid_field"),
        ("{}".to_owned(), 400, "invalid_field"),
        (json!({"course_id": 7}).to_string(), 400, "invalid_field"),
        (json!({"course_id": null}).to_string(), 400, "invalid_field"),
        (json!({"course_id": ["vector-search"]}).to_string(), 400, "invalid_field"),
        (json!({"course_id": COURSE, "price_id": price}).to_string(), 400, "invalid_field"),
        (course("amount", json!(1)), 400, "invalid_field"),
        (course("amount", json!(-4_900)), 400, "invalid_field"),
        (course("quantity", json!(99_999_999_999_999_999_999u128 as f64)), 400, "invalid_field"),
        (course("user_id", json!("somebody-else")), 400, "invalid_field"),
        (course("currency", json!(840)), 400, "invalid_field"),
        (course("currency", json!("dollars")), 400, "invalid_currency"),
        (course("currency", json!("")), 400, "invalid_currency"),
        (course("currency", json!("jpy")), 400, "no_price_in_currency"),
        (json!({"course_id": "no-such-course"}).to_string(), 400, "unknown_course"),
        (json!({"course_id": ""}).to_string(), 400, "unknown_course"),
        (json!({"course_id": "../admin"}).to_string(), 400, "unknown_course"),
        (json!({"course_id": "prompting-basics"}).to_string(), 400, "not_for_sale"),
        (json!({"price_id": plan, "course_id": COURSE}).to_string(), 400, "invalid_field"),
        (json!({"price_id": plan, "trial_days": 8}).to_string(), 400, "invalid_trial"),
        (json!({"price_id": plan, "interval": "month"}).to_string(), 400, "invalid_field"),
        (course("trial_days", json!(1)), 400, "invalid_field"),
        (course("interval", json!("month")), 400, "invalid_field"),
        (course("plan_id", json!("premium")), 400, "invalid_field"),
        (json!({"plan_id": "no-such-plan"}).to_string(), 400, "unknown_plan"),
        (json!({"plan_id": COURSE}).to_string(), 400, "unknown_plan"),
        (json!({"course_id": "premium"}).to_string(), 400, "unknown_course"),
        (json!({"plan_id": "free"}).to_string(), 400, "not_for_sale"),
        (json!({"plan_id": "enterprise"}).to_string(), 400, "not_for_sale"),
        (json!({"plan_id": "premium", "interval": "fortnight"}).to_string(), 400, "invalid_interval"),
        (json!({"plan_id": "premium", "interval": "week"}).to_string(), 400, "no_price_in_interval"),
        (json!({"plan_id": "premium", "currency": "jpy"}).to_string(), 400, "no_price_in_currency"),
        (json!({"plan_id": "premium", "trial_days": 8}).to_string(), 400, "invalid_trial"),
        (json!({"plan_id": "premium", "trial_days": -1}).to_string(), 400, "invalid_field"),
        (json!({"plan_id": "premium", "trial_days": 1.5}).to_string(), 400, "invalid_field"),
        (json!({"course_id": "premium"}).to_string(), 400, "unknown_course"),
        (json!({"price_id": "price_unknown"}).to_string(), 400, "unknown_price"),
        (json!({"price_id": "x".repeat(5_000)}).to_string(), 400, "unknown_price"),
        (json!({"price_id": price, "currency": "jpy"}).to_string(), 400, "currency_mismatch"),
        (course("success_url", json!("https://evil.example/")), 400, "url_not_allowed"),
        (course("success_url", json!("javascript:alert(1)")), 400, "url_not_allowed"),
        (course("success_url", json!("/relative")), 400, "url_not_allowed"),
        (course("success_url", json!(format!("{}.evil.example/", app.stack.urls().web))), 400, "url_not_allowed"),
        (course("cancel_url", json!(format!("{}@evil.example/", app.stack.urls().web))), 400, "url_not_allowed"),
        (course("cancel_url", json!("")), 400, "url_not_allowed"),
        (course("promotion_code", json!("")), 400, "invalid_promotion_code"),
        (course("promotion_code", json!("50%OFF&x=y")), 400, "invalid_promotion_code"),
        (course("promotion_code", json!("X".repeat(201))), 400, "invalid_promotion_code"),
        (course("promotion_code", json!(50)), 400, "invalid_field"),
        (course("promotion_code", json!(long)), 413, "body_too_large"),
    ];
    let mut rows = Vec::new();
    for (body, status, code) in bodies {
        let what: String = body.chars().take(80).collect();
        let answer = app.call(Method::POST, Some(&ada), "/checkout/sessions", Some(body)).await;
        rows.push(Row { what, answer, status, code });
    }
    check(&rows, 42);
    assert_eq!(stored(&app).await, before);
}

#[tokio::test]
async fn a_wrong_wish_about_a_subscription_is_refused_with_its_code_and_changes_nothing() {
    const CHANGE: &str = "/billing/subscription/change";
    const CANCEL: &str = "/billing/subscription/cancel";
    const RESUME: &str = "/billing/subscription/resume";
    const PORTAL: &str = "/billing/portal";
    let app = TestApp::start_with(Options::ephemeral().with_variable("CALLS_PER_MINUTE", "1000")).await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &json!({"plan_id": "premium", "trial_days": 0})).await;
    let catalog = app.get(&ada, "/catalog").await.expect(200);
    let course = catalog["products"][0]["prices"][0]["price_id"].as_str().unwrap();
    let prices = catalog["plans"][2]["prices"].as_array().unwrap();
    let euros = prices.iter().find(|price| price["currency"] == "eur").unwrap()["price_id"].as_str().unwrap();
    let at_stripe = async || app.stripe(Method::GET, &format!("/v1/subscriptions/{id}"), &[]).await.expect(200);
    let (before, stripe_before) = (stored(&app).await, at_stripe().await);

    let change = |field: &str, value: Value| (CHANGE, json!({"plan_id": "plus", field: value}).to_string());
    let whole = |value: Value| (CHANGE, value.to_string());
    let to = |path: &'static str, value: Value| (path, value.to_string());
    let web = &app.stack.urls().web;
    let wishes: Vec<((&str, String), u16, &'static str)> = vec![
        ((CHANGE, String::new()), 400, "body_missing"),
        ((CHANGE, "{".to_owned()), 400, "malformed_json"),
        (whole(json!({})), 400, "invalid_field"),
        (whole(json!([])), 400, "invalid_field"),
        (whole(json!({"plan_id": 7})), 400, "invalid_field"),
        (whole(json!({"plan_id": ""})), 400, "unknown_plan"),
        (whole(json!({"plan_id": "no-such-plan"})), 400, "unknown_plan"),
        (whole(json!({"plan_id": COURSE})), 400, "unknown_plan"),
        (whole(json!({"plan_id": "free"})), 400, "not_for_sale"),
        (whole(json!({"plan_id": "enterprise"})), 400, "not_for_sale"),
        (whole(json!({"price_id": "price_unknown"})), 400, "unknown_price"),
        (whole(json!({"price_id": course})), 400, "not_for_sale"),
        (whole(json!({"price_id": euros})), 400, "currency_mismatch"),
        (whole(json!({"price_id": euros, "interval": "year"})), 400, "invalid_field"),
        (change("price_id", json!(euros)), 400, "invalid_field"),
        (change("interval", json!("decade")), 400, "invalid_interval"),
        (change("interval", json!("day")), 400, "no_price_in_interval"),
        (change("currency", json!("eur")), 400, "currency_mismatch"),
        (change("currency", json!("dollars")), 400, "invalid_currency"),
        (change("amount", json!(1)), 400, "invalid_field"),
        (change("quantity", json!(0)), 400, "invalid_field"),
        (change("proration_date", json!("yesterday")), 400, "invalid_field"),
        (change("proration_date", json!(1_790_000_000)), 400, "invalid_field"),
        (change("proration_date", json!("2999-01-01T00:00:00Z")), 409, "preview_expired"),
        (change("subscription_id", json!("sub_unknown")), 404, "not_found"),
        (change("subscription_id", json!("../customers/cus_1")), 404, "not_found"),
        (change("subscription_id", json!("x".repeat(5_000))), 404, "not_found"),
        (whole(json!({"plan_id": "premium"})), 409, "same_plan"),
        (change("plan", json!("x".repeat(70_000))), 413, "body_too_large"),
        (to(CANCEL, json!({"immediately": "yes"})), 400, "invalid_field"),
        (to(CANCEL, json!({"refund": true})), 400, "invalid_field"),
        (to(CANCEL, json!({"subscription_id": "sub_unknown"})), 404, "not_found"),
        ((CANCEL, "immediately".to_owned()), 400, "malformed_json"),
        (to(RESUME, json!({"subscription_id": 7})), 400, "invalid_field"),
        (to(RESUME, json!({"subscription_id": ""})), 404, "not_found"),
        (to(RESUME, json!({})), 409, "not_canceling"),
        (to(PORTAL, json!({"flow": "subscription_cancel"})), 400, "invalid_field"),
        (to(PORTAL, json!({"customer": "cus_1"})), 400, "invalid_field"),
        (to(PORTAL, json!({"return_url": ""})), 400, "url_not_allowed"),
        (to(PORTAL, json!({"return_url": "javascript:alert(1)"})), 400, "url_not_allowed"),
        (to(PORTAL, json!({"return_url": format!("{web}.evil.example/")})), 400, "url_not_allowed"),
    ];
    let mut rows = Vec::new();
    for ((path, body), status, code) in wishes {
        let what = format!("{path} {}", body.chars().take(80).collect::<String>());
        let answer = app.call(Method::POST, Some(&ada), path, Some(body.clone())).await;
        rows.push(Row { what: what.clone(), answer, status, code });
        if path == CHANGE && code != "preview_expired" {
            let preview = app.call(Method::POST, Some(&ada), "/billing/subscription/change/preview", Some(body)).await;
            rows.push(Row { what: format!("{what}, previewed"), answer: preview, status, code });
        }
    }
    check(&rows, 68);
    assert_eq!(stored(&app).await, before);
    assert_eq!(at_stripe().await, stripe_before);
}

#[tokio::test]
async fn an_unknown_or_foreign_thing_is_not_found_and_a_wrong_query_is_refused() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let session = app.checkout(&ada, COURSE).await.session;
    let grace = app.learner("grace@example.com").await;
    let before = stored(&app).await;

    let mut rows = Vec::new();
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
        (Method::POST, "/billing/subscription/cancel".to_owned(), 404, "no_subscription"),
        (Method::POST, "/billing/subscription/resume".to_owned(), 404, "no_subscription"),
        (Method::POST, "/billing/portal".to_owned(), 404, "no_customer"),
        (Method::DELETE, "/billing/subscription".to_owned(), 404, "Not Found"),
        (Method::GET, "/nowhere".to_owned(), 404, "Not Found"),
        (Method::DELETE, "/courses".to_owned(), 404, "Not Found"),
        (Method::GET, "/admin/users".to_owned(), 404, "Not Found"),
    ] {
        let answer = app.call(method.clone(), Some(&grace), &path, None).await;
        rows.push(Row { what: format!("{method} {path}"), answer, status, code });
    }
    check(&rows, 29);
    assert_eq!(stored(&app).await, before);
}

#[tokio::test]
async fn a_wrong_consumption_is_refused_with_its_code_and_counts_nothing() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let before = stored(&app).await;
    let mut rows = Vec::new();
    for (meter, body, status, code) in [
        ("scenarios", "", 400, "body_missing"),
        ("scenarios", "1", 400, "invalid_field"),
        ("scenarios", "{", 400, "malformed_json"),
        ("scenarios", "{}", 400, "invalid_field"),
        ("scenarios", r#"{"quantity": null}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": -1}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1.5}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": "1"}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1000001}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 99999999999999999999999}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1, "limit": 100}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1, "user_id": "somebody-else"}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 6}"#, 429, "limit_reached"),
        ("no_such_meter", r#"{"quantity": 1}"#, 404, "not_found"),
        ("SCENARIOS", r#"{"quantity": 1}"#, 404, "not_found"),
        ("a%20meter%23with%2Fparts", r#"{"quantity": 1}"#, 404, "not_found"),
        ("", r#"{"quantity": 1}"#, 404, "Not Found"),
    ] {
        let path = format!("/usage/{meter}");
        let answer = app.call(Method::POST, Some(&ada), &path, Some(body.to_owned())).await;
        rows.push(Row { what: format!("{meter} {body}"), answer, status, code });
    }
    for (what, key) in [
        ("an empty key", Vec::new()),
        ("a key of 256 characters", vec![b'k'; 256]),
        ("a key with a tab", b"a\tb".to_vec()),
        ("a key in UTF-8", "schlüssel".as_bytes().to_vec()),
    ] {
        let answer = app.consume_once(&ada, "scenarios", 1, &key).await;
        rows.push(Row { what: what.to_owned(), answer, status: 400, code: "invalid_idempotency_key" });
    }
    let answer = app.call(Method::POST, None, "/usage/scenarios", Some(r#"{"quantity": 1}"#.to_owned())).await;
    rows.push(Row { what: "nobody".to_owned(), answer, status: 401, code: "Unauthorized" });
    check(&rows, 22);
    assert_eq!(stored(&app).await, before);
    app.consume_once(&ada, "scenarios", 1, &[b'k'; 255]).await.expect(200);
}

/// Ada's own claims, changed, and signed as the identity provider signs.
fn claims(app: &TestApp, change: impl FnOnce(&mut local::identity::Claims)) -> String {
    let identity = app.stack.identity();
    let mut claims = identity.claims("ada@example.com", &[]).unwrap();
    change(&mut claims);
    identity.sign(&claims).unwrap()
}

#[tokio::test]
async fn a_token_that_is_missing_expired_foreign_or_forged_opens_nothing() {
    let app = TestApp::start().await;
    let now = Timestamp::now().as_second();
    let good = app.ada().await.token;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let payload = head.split_once('.').unwrap().1;
    let forger = local::identity::Identity::new(
        &app.stack.identity().issuer,
        &app.stack.identity().audience,
        std::sync::Arc::new(SigningKey::generate().unwrap()),
    );
    let forged = forger.sign(&forger.claims("ada@example.com", &[]).unwrap()).unwrap();
    let set =
        |name: &'static str, value: Value| claims(&app, move |claims| drop(claims.insert(name.to_owned(), value)));
    let tokens = [
        ("nothing", String::new()),
        ("no token at all", "hello".to_owned()),
        ("three dots", "a.b.c".to_owned()),
        ("expired", set("exp", json!(now - 60))),
        ("not yet valid", set("nbf", json!(now + 3_600))),
        ("another audience", set("aud", json!("another-app"))),
        ("another issuer", set("iss", json!("https://issuer.example"))),
        ("without expiry", claims(&app, |claims| drop(claims.remove("exp")))),
        ("signed by a stranger", forged),
        ("unsigned (alg none)", format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")),
        ("a changed payload", format!("{head}x.{signature}")),
        ("a cut signature", good[..good.len() - 4].to_owned()),
    ];
    let before = stored(&app).await;
    let mut rows = Vec::new();
    for (what, token) in tokens {
        let learner = Learner { token, user: String::new() };
        let answer = app.get(&learner, &format!("/courses/{COURSE}/access")).await;
        rows.push(Row { what: what.to_owned(), answer, status: 401, code: "Unauthorized" });
        let answer = app.post(&learner, "/checkout/sessions", &json!({"course_id": COURSE})).await;
        rows.push(Row { what: format!("{what}, buying"), answer, status: 401, code: "Unauthorized" });
    }
    let answer = app.call(Method::GET, None, "/entitlements", None).await;
    rows.push(Row { what: "no header".to_owned(), answer, status: 401, code: "Unauthorized" });
    check(&rows, 25);
    assert_eq!(stored(&app).await, before);
    app.call(Method::GET, None, "/catalog", None).await.expect(200);
}

#[tokio::test]
async fn a_delivery_that_is_not_stripes_is_refused_and_writes_nothing() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let payload = completed.to_string();
    let (bytes, secret, now) = (payload.as_bytes(), app.stack.webhook_secret(), Timestamp::now());
    let signed = |payload: &str, secret: &str, at: Timestamp| Some(sign(secret, payload.as_bytes(), at));
    let shifted = |seconds| now + SignedDuration::from_secs(seconds);
    let mut live = completed.clone();
    live["livemode"] = json!(true);
    let live = live.to_string();
    let good = sign(secret, bytes, now);
    let huge = format!("{{\"id\":\"evt_1\",\"padding\":\"{}\"}}", "x".repeat(256 * 1024));
    let headless = |text: &str| text.to_owned();
    let before = stored(&app).await;

    let deliveries: Vec<(&str, String, Option<String>, u16, &'static str)> = vec![
        ("no signature", payload.clone(), None, 400, "signature_missing"),
        ("an empty signature", payload.clone(), Some(String::new()), 400, "signature_missing"),
        ("no signature at all in it", payload.clone(), Some("hello".to_owned()), 400, "signature_malformed"),
        ("no time", payload.clone(), Some(good.split_once(',').unwrap().1.to_owned()), 400, "signature_malformed"),
        ("no v1", payload.clone(), Some(good.split_once(',').unwrap().0.to_owned()), 400, "signature_invalid"),
        ("only Stripe's fake scheme", payload.clone(), Some(good.replace("v1=", "v0=")), 400, "signature_invalid"),
        ("another secret", payload.clone(), signed(&payload, "whsec_other", now), 400, "signature_invalid"),
        ("another body", format!("{payload} "), Some(good.clone()), 400, "signature_invalid"),
        ("stale", payload.clone(), signed(&payload, secret, shifted(-302)), 400, "signature_stale"),
        ("from the future", payload.clone(), signed(&payload, secret, shifted(310)), 400, "signature_stale"),
        (
            "a time moved under the signature",
            payload.clone(),
            Some(good.replace("t=", "t=1")),
            400,
            "signature_invalid",
        ),
        ("not JSON", headless("hello"), signed("hello", secret, now), 400, "not_an_event"),
        ("nothing", String::new(), signed("", secret, now), 400, "not_an_event"),
        ("not an event", headless("{}"), signed("{}", secret, now), 400, "not_an_event"),
        ("a list", headless("[1]"), signed("[1]", secret, now), 400, "not_an_event"),
        ("live", live.clone(), signed(&live, secret, now), 400, "wrong_livemode"),
        ("too large", huge.clone(), signed(&huge, secret, now), 413, "body_too_large"),
    ];
    let mut rows = Vec::new();
    for (what, payload, signature, status, code) in deliveries {
        let answer = app.deliver_signed(payload.as_bytes(), signature.as_deref()).await;
        rows.push(Row { what: what.to_owned(), answer, status, code });
    }
    check(&rows, 17);
    assert_eq!(stored(&app).await, before);
    assert!(app.failures().await.is_empty());
    app.deliver_signed(bytes, Some(&good)).await.expect(200);
}

#[tokio::test]
async fn any_of_several_secrets_will_do_while_they_are_rotated() {
    let options = local::Options::ephemeral().with_variable("STRIPE_WEBHOOK_SECRET", "whsec_old,whsec_new");
    let app = TestApp::start_with(options).await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let payload = completed.to_string();
    for secret in ["whsec_old", "whsec_new"] {
        let signature = sign(secret, payload.as_bytes(), Timestamp::now());
        app.deliver_signed(payload.as_bytes(), Some(&signature)).await.expect(200);
    }
    let signature = sign("whsec_gone", payload.as_bytes(), Timestamp::now());
    assert_eq!(app.deliver_signed(payload.as_bytes(), Some(&signature)).await.code(), "signature_invalid");
}

#[tokio::test]
async fn the_raw_bytes_are_what_was_signed() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    // Odd whitespace, an emoji, an escaped one: all of it must arrive as it was sent.
    let mut event = completed;
    event["data"]["object"]["client_reference_id"] = json!("🎓 ünï");
    let odd = format!("\r\n\t {}\n\n", serde_json::to_string_pretty(&event).unwrap().replace("\": ", "\" :\t"));
    app.deliver_bytes(odd.as_bytes()).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}
