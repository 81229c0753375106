//! Shows that requests with the same idempotency key count once.

use futures_util::future::join_all;

use super::meters::{MINUTES, SCENARIOS};
use crate::support::app::TestApp;
use crate::support::fault_proxy::Fault;

#[tokio::test]
async fn a_repeated_key_counts_once_and_gets_the_same_answer() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.consume_with_key(SCENARIOS, 2, b"lesson 7 #2").await.expect(200);
    assert_eq!(first["used"], 2);
    ada.consume(SCENARIOS, 3).await.expect(200);
    // Nothing is left by now: what was granted stays granted.
    assert_eq!(ada.consume_with_key(SCENARIOS, 2, b"lesson 7 #2").await.expect(200), first);
    assert_eq!(ada.used(SCENARIOS).await, 5);

    for (meter, quantity) in [(SCENARIOS, 1), (MINUTES, 2)] {
        let other = ada.consume_with_key(meter, quantity, b"lesson 7 #2").await;
        assert_eq!((other.status.as_u16(), other.code()), (409, "idempotency_key_reused"), "{meter} {quantity}");
    }
    let grace = app.as_learner("grace").await;
    grace.consume_with_key(SCENARIOS, 1, b"lesson 7 #2").await.expect(200);
    assert_eq!(ada.used(MINUTES).await, 0);
}

#[tokio::test]
async fn a_refused_request_does_not_use_up_its_key() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let before = app.rows().await;
    for quantity in [6, 1_000_000] {
        assert_eq!(ada.consume_with_key(SCENARIOS, quantity, b"k").await.code(), "limit_reached");
    }
    assert_eq!(app.rows().await, before);
    ada.receive_grant(Some("premium"), None).await;
    assert_eq!(ada.consume_with_key(SCENARIOS, 6, b"k").await.expect(200)["used"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_requests_with_one_key_count_once() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.consume(SCENARIOS, 4).await.expect(200);
    let answers = join_all((0..50).map(|_| ada.consume_with_key(SCENARIOS, 1, b"k"))).await;
    for answer in answers {
        assert_eq!(answer.expect(200)["used"], 5);
    }
    assert_eq!(ada.used(SCENARIOS).await, 5);
}

#[tokio::test]
async fn after_a_crash_a_request_with_the_same_key_counts_once() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    for (fault, after) in [(Fault::CrashAfter(2), 1), (Fault::CrashBefore(2), 2)] {
        table.reset();
        table.inject(fault);
        let key = format!("{fault:?}");
        ada.consume_with_key(SCENARIOS, 1, key.as_bytes()).await.expect_problem(503, "store_unavailable");
        table.reset();
        assert_eq!(ada.consume_with_key(SCENARIOS, 1, key.as_bytes()).await.expect(200)["used"], after);
    }
    assert_eq!(ada.used(SCENARIOS).await, 2);
}
