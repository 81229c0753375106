//! Usage: limits by plan, counters that nothing overruns, and repetitions that count once.

use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{MeterId, MeterUsage, UsageLimit, UsagePeriod, UsageWindow, UserId};
use shared::store::{ConsumeOutcome, Consumption, Store};

use crate::support::app::{COURSE, Learner, TestApp};
use crate::support::fault_proxy::Fault;

/// 30 a day for everybody; 300 in Premium; as many as they like in Plus.
const MINUTES: &str = "ai_minutes";
/// 5 a week for everybody; as many as they like in Premium.
const SCENARIOS: &str = "scenarios";

async fn used(app: &TestApp, learner: &Learner, meter: &str) -> Value {
    app.meter(learner, meter).await["used"].clone()
}

#[tokio::test]
async fn without_a_subscription_the_limits_are_those_of_the_free_plan() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let expected = |at: Timestamp| {
        let meter = |limit: u64, period: UsagePeriod| {
            let resets_at = period.window(at).ends.to_string();
            json!({"used": 0, "limit": limit, "period": period.as_str(), "resets_at": resets_at, "allowed": true})
        };
        json!({"meters": {MINUTES: meter(30, UsagePeriod::Day), SCENARIOS: meter(5, UsagePeriod::Week)}})
    };
    let before = expected(Timestamp::now());
    let usage = app.get(&ada, "/usage").await.expect(200);
    // A test that runs at midnight may see either day.
    assert!(usage == before || usage == expected(Timestamp::now()), "{usage}");
    let free = app.get(&ada, "/entitlements/free").await.expect(200);
    assert_eq!(free["has_access"], json!(true), "everybody has the free plan");
}

#[tokio::test]
async fn what_is_used_is_counted_up_to_the_limit_and_never_beyond() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let meter = app.consume(&ada, SCENARIOS, 4).await.expect(200);
    assert_eq!((&meter["used"], &meter["limit"], &meter["allowed"]), (&json!(4), &json!(5), &json!(true)));
    assert_eq!(app.consume(&ada, SCENARIOS, 2).await.code(), "limit_reached");
    let meter = app.consume(&ada, SCENARIOS, 1).await.expect(200);
    assert_eq!((&meter["used"], &meter["allowed"]), (&json!(5), &json!(false)), "what was refused was not counted");

    let refused = app.consume(&ada, SCENARIOS, 1).await;
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    let problem = refused.expect(429);
    assert_eq!((&problem["code"], &problem["resets_at"]), (&json!("limit_reached"), &meter["resets_at"]));
    let resets_at: Timestamp = meter["resets_at"].as_str().unwrap().parse().unwrap();
    let waited_for = Timestamp::now().as_second() + wait;
    assert!((0..=2).contains(&(waited_for - resets_at.as_second())), "{wait} seconds until {resets_at}");
    assert_eq!(app.meter(&ada, SCENARIOS).await, meter);
    assert_eq!(used(&app, &ada, MINUTES).await, 0, "meters are counted apart");
    assert_eq!(used(&app, &app.learner("grace@example.com").await, SCENARIOS).await, 0, "and so are learners");
}

#[tokio::test]
async fn a_quantity_of_0_asks_and_counts_nothing() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let before = app.rows().await;
    assert_eq!(app.consume(&ada, SCENARIOS, 0).await.expect(200), app.meter(&ada, SCENARIOS).await);
    assert_eq!(app.rows().await, before);
    app.consume(&ada, SCENARIOS, 5).await.expect(200);
    let asked = app.consume(&ada, SCENARIOS, 0).await.expect(200);
    assert_eq!((&asked["used"], &asked["allowed"]), (&json!(5), &json!(false)));
}

#[tokio::test]
async fn a_plan_raises_the_limits_and_what_was_used_stays_used() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.consume(&ada, SCENARIOS, 5).await.expect(200);
    assert_eq!(app.consume(&ada, SCENARIOS, 1).await.code(), "limit_reached");

    app.grant(&ada, Some("premium"), None).await;
    let limit = async |meter| app.meter(&ada, meter).await["limit"].clone();
    assert_eq!((limit(MINUTES).await, limit(SCENARIOS).await), (json!(300), Value::Null));
    let meter = app.consume(&ada, SCENARIOS, 1_000_000).await.expect(200);
    assert_eq!((&meter["used"], &meter["allowed"]), (&json!(1_000_005), &json!(true)), "unlimited is counted, too");

    app.grant(&ada, None, None).await;
    assert_eq!(limit(MINUTES).await, Value::Null, "everything is the most of all plans");

    app.grant(&ada, Some("premium"), Some("2026-01-02T00:00:00Z")).await;
    let meter = app.meter(&ada, SCENARIOS).await;
    assert_eq!((&meter["used"], &meter["limit"]), (&json!(1_000_005), &json!(5)), "it ended");
    assert_eq!(meter["allowed"], json!(false));
    assert_eq!(app.consume(&ada, SCENARIOS, 1).await.code(), "limit_reached");
}

#[tokio::test]
async fn a_subscription_raises_the_limits_for_as_long_as_it_lasts() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let minutes = async || {
        let meter = app.meter(&ada, MINUTES).await;
        (meter["used"].clone(), meter["limit"].clone(), meter["allowed"].clone())
    };
    let subscription = app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    app.consume(&ada, MINUTES, 299).await.expect(200);
    assert_eq!(minutes().await, (json!(299), json!(300), json!(true)), "in the trial");

    let path = format!("/v1/subscriptions/{subscription}");
    let found = app.stripe(Method::GET, &path, &[]).await.expect(200);
    let item = found["items"]["data"][0]["id"].as_str().unwrap();
    let prices = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", "plus_month_usd")]).await.expect(200);
    let plus = prices["data"][0]["id"].as_str().unwrap();
    app.stripe(Method::POST, &path, &[("items[0][id]", item), ("items[0][price]", plus)]).await.expect(200);
    app.settle().await;
    app.consume(&ada, MINUTES, 2).await.expect(200);
    assert_eq!(minutes().await, (json!(301), Value::Null, json!(true)), "Plus is without limit");

    app.stripe(Method::DELETE, &path, &[]).await.expect(200);
    app.settle().await;
    assert_eq!(minutes().await, (json!(301), json!(30), json!(false)), "what was used stays used");
}

/// All of them have read that one is left before the first one writes.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_parallel_calls_gets_the_last_one() {
    let (app, table) = TestApp::start_behind_proxy().await;
    let ada = app.ada().await;
    app.consume(&ada, SCENARIOS, 4).await.expect(200);
    let mut gate = table.hold("TransactWriteItems");
    let calls = join_all((0..100).map(|_| app.consume(&ada, SCENARIOS, 1)));
    let (answers, ()) = tokio::join!(calls, async {
        gate.arrived(100).await;
        gate.release();
    });
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[429; 99][..]));
    assert_eq!(used(&app, &ada, SCENARIOS).await, 5);
}

#[tokio::test]
async fn a_repeated_key_counts_once_and_is_answered_the_same() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = app.consume_once(&ada, SCENARIOS, 2, b"lesson 7 #2").await.expect(200);
    assert_eq!(first["used"], 2);
    app.consume(&ada, SCENARIOS, 3).await.expect(200);
    // Nothing is left by now: what was granted stays granted.
    assert_eq!(app.consume_once(&ada, SCENARIOS, 2, b"lesson 7 #2").await.expect(200), first);
    assert_eq!(used(&app, &ada, SCENARIOS).await, 5);

    for (meter, quantity) in [(SCENARIOS, 1), (MINUTES, 2)] {
        let other = app.consume_once(&ada, meter, quantity, b"lesson 7 #2").await;
        assert_eq!((other.status.as_u16(), other.code()), (409, "idempotency_key_reused"), "{meter} {quantity}");
    }
    let grace = app.learner("grace@example.com").await;
    app.consume_once(&grace, SCENARIOS, 1, b"lesson 7 #2").await.expect(200);
    assert_eq!(used(&app, &ada, MINUTES).await, 0);
}

#[tokio::test]
async fn a_refusal_is_not_remembered_under_its_key() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let before = app.rows().await;
    for quantity in [6, 1_000_000] {
        assert_eq!(app.consume_once(&ada, SCENARIOS, quantity, b"k").await.code(), "limit_reached");
    }
    assert_eq!(app.rows().await, before);
    app.grant(&ada, Some("premium"), None).await;
    assert_eq!(app.consume_once(&ada, SCENARIOS, 6, b"k").await.expect(200)["used"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_repetitions_count_once() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.consume(&ada, SCENARIOS, 4).await.expect(200);
    let answers = join_all((0..50).map(|_| app.consume_once(&ada, SCENARIOS, 1, b"k"))).await;
    for answer in answers {
        assert_eq!(answer.expect(200)["used"], 5);
    }
    assert_eq!(used(&app, &ada, SCENARIOS).await, 5);
}

#[tokio::test]
async fn a_lost_answer_and_contention_are_healed_and_count_once() {
    let (app, table) = TestApp::start_behind_proxy().await;
    for (number, fault) in [Fault::KillAfter(2), Fault::KillBefore(2), Fault::TransactionConflict(2)].iter().enumerate()
    {
        let learner = app.learner(&format!("learner{number}@example.com")).await;
        table.reset();
        table.inject(*fault);
        assert_eq!(app.consume(&learner, SCENARIOS, 1).await.expect(200)["used"], 1, "{fault:?}");
        assert_eq!(table.calls(), ["Query", "TransactWriteItems", "TransactWriteItems"], "{fault:?}");
        assert_eq!(used(&app, &learner, SCENARIOS).await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn after_a_crash_the_key_says_whether_it_was_counted() {
    let (app, table) = TestApp::start_behind_proxy().await;
    let ada = app.ada().await;
    for (fault, after) in [(Fault::CrashAfter(2), 1), (Fault::CrashBefore(2), 2)] {
        table.reset();
        table.inject(fault);
        let key = format!("{fault:?}");
        let lost = app.consume_once(&ada, SCENARIOS, 1, key.as_bytes()).await;
        assert_eq!((lost.status.as_u16(), lost.code()), (503, "store_unavailable"));
        table.reset();
        assert_eq!(app.consume_once(&ada, SCENARIOS, 1, key.as_bytes()).await.expect(200)["used"], after);
    }
    assert_eq!(used(&app, &ada, SCENARIOS).await, 2);
}

#[tokio::test]
async fn a_request_costs_one_read_and_at_most_one_write() {
    let (app, table) = TestApp::start_behind_proxy().await;
    let ada = app.ada().await;
    let costs = async |quantity, expected: &[&str]| {
        table.reset();
        app.consume(&ada, SCENARIOS, quantity).await;
        assert_eq!(table.calls(), expected, "{quantity}");
    };
    costs(5, &["Query", "TransactWriteItems"]).await;
    costs(0, &["Query"]).await;
    costs(1, &["Query"]).await;
    table.reset();
    app.get(&ada, "/usage").await.expect(200);
    assert_eq!(table.calls(), ["Query"]);
}

/// Counters are behind the facts in the table; an access check does not read them.
#[tokio::test]
async fn counters_expire_after_their_period_and_are_no_facts() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.buy(&ada, COURSE).await;
    app.consume(&ada, SCENARIOS, 1).await.expect(200);
    let meter = app.meter(&ada, SCENARIOS).await;
    let counter = app.rows_of("USER#", "ACCESS_USAGE#scenarios#").await.remove(0);
    let resets_at: Timestamp = meter["resets_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(counter["expires_at"], json!(resets_at.as_second() + 3 * 86_400));
    let user = UserId::parse(ada.user.as_str()).unwrap();
    assert_eq!(app.context().store.facts(&user).await.unwrap().len(), 1);
    assert_eq!(app.context().store.facts_and_usage(&user).await.unwrap().facts.len(), 1);
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

/// What HTTP cannot choose: the time.
struct Clock<'a> {
    store: Store,
    user: UserId,
    meter: MeterId,
    key: Option<&'a str>,
}

impl Clock<'_> {
    /// Uses one of three.
    async fn consume(&self, period: UsagePeriod, at: &str) -> ConsumeOutcome {
        let at: Timestamp = at.parse().unwrap();
        let window = period.window(at);
        let limit = UsageLimit { at_most: Some(3), per: period };
        let after = MeterUsage { used: self.used(&window).await + 1, limit, resets_at: window.ends };
        let (user, meter, key) = (&self.user, &self.meter, self.key);
        let wish =
            Consumption { user, meter, window: &window, quantity: 1, usage_after: after, idempotency_key: key, at };
        self.store.consume(&wish).await.unwrap()
    }

    async fn used(&self, window: &UsageWindow) -> u64 {
        self.store.facts_and_usage(&self.user).await.unwrap().counters.used(&self.meter, window)
    }
}

fn clock<'a>(app: &TestApp, user: &str, key: Option<&'a str>) -> Clock<'a> {
    let (user, meter) = (UserId::parse(user).unwrap(), MeterId::parse(MINUTES).unwrap());
    Clock { store: app.context().store, user, meter, key }
}

#[tokio::test]
async fn counting_begins_anew_at_midnight_utc_on_monday_and_on_the_first() {
    let app = TestApp::start().await;
    for (period, last, first) in [
        (UsagePeriod::Day, "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"),
        (UsagePeriod::Week, "2027-01-03T23:59:59Z", "2027-01-04T00:00:00Z"),
        (UsagePeriod::Month, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
    ] {
        let clock = clock(&app, period.as_str(), None);
        for _ in 0..3 {
            assert_eq!(clock.consume(period, last).await, ConsumeOutcome::Counted);
        }
        assert_eq!(clock.consume(period, last).await, ConsumeOutcome::OverLimit, "{period:?}");
        assert_eq!(clock.consume(period, first).await, ConsumeOutcome::Counted, "{period:?}");
        let used = async |at: &str| clock.used(&period.window(at.parse().unwrap())).await;
        assert_eq!((used(last).await, used(first).await), (3, 1), "{period:?}");
    }
}

/// DynamoDB deletes late, so the key's own time counts.
#[tokio::test]
async fn a_key_is_forgotten_after_two_days() {
    let app = TestApp::start().await;
    let clock = clock(&app, "ada", Some("k"));
    assert_eq!(clock.consume(UsagePeriod::Month, "2026-11-10T12:00:00Z").await, ConsumeOutcome::Counted);
    let again = clock.consume(UsagePeriod::Month, "2026-11-12T11:59:59Z").await;
    assert!(matches!(again, ConsumeOutcome::Repeated(MeterUsage { used: 1, .. })), "{again:?}");
    assert_eq!(clock.consume(UsagePeriod::Month, "2026-11-12T12:00:00Z").await, ConsumeOutcome::Counted);
}
