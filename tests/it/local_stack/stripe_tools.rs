//! Shows that Stripe's own Node SDK and CLI, as npm installs them from `tests/node/package-lock.json`, work with the stand-in.

use std::path::Path;

use stripe_stand_in::DeliveryAttempt;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::running_stack::start;
use crate::support::node_tools::{installed, run, shown, tool};

/// The events that `stripe trigger` triggers, one after the other.
const TRIGGERED: &[&str] = &[
    "checkout.session.completed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.refunded",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.trial_will_end",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "subscription_schedule.created",
    "subscription_schedule.updated",
    "subscription_schedule.released",
    "subscription_schedule.canceled",
    "test_helpers.test_clock.ready",
    "billing_portal.session.created",
];

#[tokio::test]
async fn stripes_node_sdk_works_with_the_stand_in() {
    let stack = start().await;
    let mut node = tool(Path::new("node"));
    node.arg("sdk.test.mjs").env("STRIPE_BASE", &stack.urls().stripe).env("STRIPE_KEY", stack.stripe_key());
    let output = run(&mut node).await;
    assert!(output.status.success(), "{}", shown(&output));
    stack.shutdown().await;
}

#[tokio::test]
async fn events_triggered_by_stripes_cli_reach_the_webhook() {
    let stack = start().await;
    let stand_in = stack.stand_in().unwrap();
    let webhook = format!("{}/", stack.urls().webhook);
    for event in TRIGGERED {
        let mut log = stand_in.deliveries();
        let mut cli = tool(&installed("node_modules/.bin/stripe"));
        cli.args(["trigger", event, "--api-base", &stack.urls().stripe, "--api-key", stack.stripe_key()]);
        let output = run(&mut cli).await;
        assert!(output.status.success(), "stripe trigger {event}\n{}", shown(&output));

        stand_in.wait_for_deliveries().await;
        let deliveries = drain(&mut log);
        let arrived = |delivery: &DeliveryAttempt| delivery.event_type == *event && delivery.url == webhook;
        assert!(deliveries.iter().any(arrived), "{event} among {deliveries:?}");
        // An unsigned one would be a 400, so 200 says that the signature was good.
        let refused: Vec<_> = deliveries.iter().filter(|delivery| delivery.result != Ok(200)).collect();
        assert!(refused.is_empty(), "{event}: {refused:?}");
    }
    stack.shutdown().await;
}

fn drain(log: &mut Receiver<DeliveryAttempt>) -> Vec<DeliveryAttempt> {
    let mut deliveries = Vec::new();
    loop {
        match log.try_recv() {
            Ok(delivery) => deliveries.push(delivery),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return deliveries,
        }
    }
}
