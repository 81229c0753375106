//! Shows how usage is counted in the table: in parallel, after faults, by period, and for how long.

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use shared::domain::{MeterId, MeterUsage, UsageLimit, UsagePeriod, UsageWindow, UserId};
use shared::store::{ConsumeOutcome, Consumption, Store};

use super::meters::{MINUTES, SCENARIOS};
use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;

/// All of them have read that one is left before the first one writes.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_parallel_requests_one_gets_the_last_unit() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.consume(SCENARIOS, 4).await.expect(200);
    let mut gate = table.hold("TransactWriteItems");
    let calls = join_all((0..100).map(|_| ada.consume(SCENARIOS, 1)));
    let (answers, ()) = tokio::join!(calls, async {
        gate.arrived(100).await;
        gate.release();
    });
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[429; 99][..]));
    assert_eq!(ada.used(SCENARIOS).await, 5);
}

#[tokio::test]
async fn a_lost_answer_or_a_conflict_is_retried_and_counts_once() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    for (number, fault) in [Fault::KillAfter(2), Fault::KillBefore(2), Fault::TransactionConflict(2)].iter().enumerate()
    {
        let learner = app.as_learner(&format!("learner{number}")).await;
        table.reset();
        table.inject(*fault);
        assert_eq!(learner.consume(SCENARIOS, 1).await.expect(200)["used"], 1, "{fault:?}");
        assert_eq!(table.calls(), ["Query", "TransactWriteItems", "TransactWriteItems"], "{fault:?}");
        assert_eq!(learner.used(SCENARIOS).await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_request_takes_one_read_and_at_most_one_write() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    let takes = async |quantity, expected: &[&str]| {
        table.reset();
        ada.consume(SCENARIOS, quantity).await;
        assert_eq!(table.calls(), expected, "{quantity}");
    };
    takes(5, &["Query", "TransactWriteItems"]).await;
    takes(0, &["Query"]).await;
    takes(1, &["Query"]).await;
    table.reset();
    ada.get("/usage").await.expect(200);
    assert_eq!(table.calls(), ["Query"]);
}

/// Counters follow the facts in the table; an access check does not read them.
#[tokio::test]
async fn counters_expire_after_their_period_and_are_not_facts() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.buy(COURSE).await;
    ada.consume(SCENARIOS, 1).await.expect(200);
    let meter = ada.meter(SCENARIOS).await;
    let counter = app.rows_of("USER#", "ACCESS_USAGE#scenarios#").await.remove(0);
    let resets_at: Timestamp = meter["resets_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(counter["expires_at"], json!(resets_at.as_second() + 3 * 86_400));
    let user = UserId::parse(ada.user.as_str()).unwrap();
    assert_eq!(app.context().store.facts(&user).await.unwrap().len(), 1);
    assert_eq!(app.context().store.facts_and_usage(&user).await.unwrap().facts.len(), 1);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

/// A meter in the store, used at a time that the test chooses.
struct StoredMeter<'a> {
    store: Store,
    user: UserId,
    meter: MeterId,
    key: Option<&'a str>,
}

impl StoredMeter<'_> {
    /// Uses one unit, where three are allowed.
    async fn consume(&self, period: UsagePeriod, at: &str) -> ConsumeOutcome {
        let at: Timestamp = at.parse().unwrap();
        let window = period.window(at);
        let limit = UsageLimit { at_most: Some(3), per: period };
        let after = MeterUsage { used: self.used(&window).await + 1, limit, resets_at: window.ends };
        let (user, meter, key) = (&self.user, &self.meter, self.key);
        let request =
            Consumption { user, meter, window: &window, quantity: 1, usage_after: after, idempotency_key: key, at };
        self.store.consume(&request).await.unwrap()
    }

    async fn used(&self, window: &UsageWindow) -> u64 {
        self.store.facts_and_usage(&self.user).await.unwrap().counters.used(&self.meter, window)
    }
}

fn stored_meter<'a>(app: &TestApp, user: &str, key: Option<&'a str>) -> StoredMeter<'a> {
    let (user, meter) = (UserId::parse(user).unwrap(), MeterId::parse(MINUTES).unwrap());
    StoredMeter { store: app.context().store, user, meter, key }
}

#[tokio::test]
async fn counters_start_again_at_midnight_utc_on_monday_and_on_the_first() {
    let app = TestApp::start().await;
    for (period, last, first) in [
        (UsagePeriod::Day, "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"),
        (UsagePeriod::Week, "2027-01-03T23:59:59Z", "2027-01-04T00:00:00Z"),
        (UsagePeriod::Month, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
    ] {
        let meter = stored_meter(&app, period.as_str(), None);
        for _ in 0..3 {
            assert_eq!(meter.consume(period, last).await, ConsumeOutcome::Counted);
        }
        assert_eq!(meter.consume(period, last).await, ConsumeOutcome::OverLimit, "{period:?}");
        assert_eq!(meter.consume(period, first).await, ConsumeOutcome::Counted, "{period:?}");
        let used = async |at: &str| meter.used(&period.window(at.parse().unwrap())).await;
        assert_eq!((used(last).await, used(first).await), (3, 1), "{period:?}");
    }
}

/// DynamoDB deletes expired items late, so the time in the item decides.
#[tokio::test]
async fn a_key_is_forgotten_after_two_days() {
    let app = TestApp::start().await;
    let meter = stored_meter(&app, "ada", Some("k"));
    assert_eq!(meter.consume(UsagePeriod::Month, "2026-11-10T12:00:00Z").await, ConsumeOutcome::Counted);
    let again = meter.consume(UsagePeriod::Month, "2026-11-12T11:59:59Z").await;
    assert!(matches!(again, ConsumeOutcome::Repeated(MeterUsage { used: 1, .. })), "{again:?}");
    assert_eq!(meter.consume(UsagePeriod::Month, "2026-11-12T12:00:00Z").await, ConsumeOutcome::Counted);
}
