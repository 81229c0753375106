//! A subscription that Stripe creates, trials, renews, fails, recovers, pauses, changes and cancels, with its events in
//! any order. When every event has been delivered, fact and invoices are the projection of Stripe's final state.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::Index;

use super::subscription_applier::{Applier, ApplierState, Table, app_id, sale, subscription_id};
use super::subscription_stripe::{MONTH, StripeAction, StripeModel};
use super::{config, parse_update};
use crate::domain::{
    Fact, Invoice, InvoiceId, InvoiceRefunds, InvoiceStatus, LostDisputeAction, PausedCollectionAccess, Referral,
    Subscription, SubscriptionAccessStatus, SubscriptionPolicy, Transition,
};
use crate::fulfil::StripeUpdate;
use crate::stripe::{SubscriptionState, project_subscription};

#[derive(Debug, Clone)]
enum TestStep {
    /// Something happens at Stripe; its events have the version that we read, or another one.
    StripeAction(StripeAction, bool),
    /// An event is delivered (again).
    Deliver(Index),
    /// We changed the subscription ourselves, and fetch it.
    Refresh,
    /// One of the appliers takes its next step.
    Step(Index),
    /// One of the appliers is gone.
    Crash(Index),
}

/// Runs the steps, then delivers what was never acknowledged, as Stripe does, until everything is.
fn run_history(
    begin: &'static str,
    has_current_version: bool,
    test_steps: &[TestStep],
    last: &[Index],
) -> (StripeModel, Table) {
    let (mut stripe, mut table) = (StripeModel::new(begin, has_current_version), Table::default());
    let mut appliers: Vec<Applier> = Vec::new();
    for one in test_steps {
        match one {
            TestStep::StripeAction(act, has_current_version) => stripe.act(act, *has_current_version),
            TestStep::Deliver(which) => {
                appliers.push(Applier::new(parse_update(&stripe.events[which.index(stripe.events.len())])));
            }
            TestStep::Refresh => appliers.push(Applier::new(StripeUpdate::for_subscription(&subscription_id()))),
            TestStep::Step(which) if !appliers.is_empty() => {
                let which = which.index(appliers.len());
                appliers[which].step(&mut stripe, &mut table);
            }
            TestStep::Crash(which) if !appliers.is_empty() => {
                appliers.swap_remove(which.index(appliers.len()));
            }
            TestStep::Step(_) | TestStep::Crash(_) => {}
        }
    }
    let mut order: Vec<String> = stripe.events.clone();
    for (index, swap) in last.iter().enumerate().take(order.len()) {
        let with = swap.index(order.len());
        order.swap(index, with);
    }
    appliers.extend(order.iter().map(|event| Applier::new(parse_update(event))));
    let mut delivered = order.len();
    while !appliers.is_empty() {
        for mut applier in std::mem::take(&mut appliers) {
            while !matches!(applier.state, ApplierState::Done) {
                applier.step(&mut stripe, &mut table);
            }
        }
        // What we change at Stripe brings events of its own.
        appliers.extend(stripe.events[delivered..].iter().map(|event| Applier::new(parse_update(event))));
        delivered = stripe.events.len();
    }
    (stripe, table)
}

/// Stripe's final state as a fact.
fn expected_fact(stripe: &StripeModel) -> Subscription {
    let mut fact = project_subscription(&stripe.fetch(), &sale(), &app_id(), None).unwrap();
    for invoice in 0..stripe.invoices().len() {
        let state = SubscriptionState {
            refunds_and_disputes: vec![stripe.all_refunds_and_disputes(invoice)],
            ..stripe.fetch()
        };
        fact = project_subscription(&state, &sale(), &app_id(), Some(&fact)).unwrap();
    }
    fact
}

/// Transitions lead from nothing to the final state, each starting where the one before it ended.
fn check_transitions(transitions: &[Transition], fact: &Subscription) {
    let (mut status, mut end) = (None, None);
    let mut disputes = BTreeMap::new();
    let mut refunded = 0;
    for transition in transitions {
        match transition.clone() {
            Transition::SubscriptionStatusChanged { from, to } => {
                assert_eq!(from, status, "a transition happened twice or never");
                status = Some(to);
            }
            Transition::EndChanged { from, to } => {
                assert_eq!(from, end);
                end = to;
            }
            Transition::DisputeChanged { dispute, from, to } => assert_eq!(from, disputes.insert(dispute, to)),
            Transition::RefundsChanged { from, to } => assert_eq!(from, std::mem::replace(&mut refunded, to)),
            Transition::PlanChanged { from, to } => assert_ne!(from, to),
            Transition::PeriodChanged { from, to } => assert_ne!(from, to),
            other => panic!("{other:?} is no transition of a subscription"),
        }
    }
    assert_eq!(status.as_ref(), Some(&fact.status));
    assert_eq!(end, fact.ends_at());
    let stored = fact.disputes.iter().map(|(id, dispute)| (id.clone(), dispute.status.clone()));
    assert_eq!(disputes, stored.collect());
    assert_eq!(refunded, fact.refunds.values().map(InvoiceRefunds::refunded).sum::<i64>());
}

/// Whether it opens half a period after the current one began, when no leeway is left, by the most patient policy.
fn opens_with_patience(fact: &Subscription) -> bool {
    let ninety_days = SignedDuration::from_hours(90 * 24);
    let patient = SubscriptionPolicy {
        past_due_grace: ninety_days,
        pending_debit_grace: ninety_days,
        paused_collection: PausedCollectionAccess::AsIfPaid,
        ..SubscriptionPolicy::default()
    };
    let now = fact.period_start + SignedDuration::from_secs(MONTH / 2);
    matches!(fact.access_status(now, &patient), SubscriptionAccessStatus::Open { .. })
}

/// A full refund closes the period whose own invoice it is of. Any refund of money of the period takes away its credit.
fn check_refunds(stripe: &StripeModel, fact: &Subscription) {
    let arrived = |invoice: usize| -> i64 {
        let of_invoice = stripe.refunds.iter().filter(|(_, status, about)| *about == invoice && *status != "failed");
        of_invoice.map(|(amount, ..)| amount).sum()
    };
    let invoices = || stripe.invoices().iter().enumerate();
    let is_full = invoices().any(|(index, one)| one.period == Some(stripe.period) && arrived(index) >= 1_900);
    let is_any = invoices().any(|(index, one)| one.made_in == stripe.period && arrived(index) > 0);
    assert_eq!((fact.is_period_refunded(), fact.has_refund_in_period()), (is_full, is_any), "{fact:?}");
}

/// The ledger of the referrer has the invoice by which the learner was referred, with its refunds and disputes.
fn check_referral(table: &Table, fact: &Subscription) {
    let is_paid = |invoice: &&Invoice| invoice.status == InvoiceStatus::Paid && invoice.paid > 0;
    let first = table.invoices.values().filter(is_paid).find(|invoice| invoice.is_first);
    assert!(first.is_none() || table.referred.is_some(), "{first:?} was not counted");
    let expected = table.referred.as_ref().and_then(|referred| Referral::of_subscription(fact, referred));
    assert_eq!(table.referral, expected);
}

fn stripe_actions() -> impl Strategy<Value = StripeAction> {
    let dispute = || prop::sample::select(vec!["needs_response", "won", "lost", "warning_closed", "a_status_of_2031"]);
    let refund = || prop::sample::select(vec!["pending", "succeeded", "failed"]);
    prop_oneof![
        2 => any::<bool>().prop_map(StripeAction::FirstPayment),
        1 => Just(StripeAction::TrialWillEnd),
        2 => prop::sample::select(vec!["active", "past_due", "paused"]).prop_map(StripeAction::TrialEnds),
        4 => any::<bool>().prop_map(StripeAction::Renew),
        3 => any::<bool>().prop_map(StripeAction::Retry),
        3 => Just(StripeAction::Debit),
        3 => any::<bool>().prop_map(StripeAction::FinishDebit),
        3 => prop::sample::select(vec!["paid", "uncollectible", "void"]).prop_map(StripeAction::InvoiceEnds),
        1 => prop::sample::select(vec!["canceled", "unpaid"]).prop_map(StripeAction::ExhaustRetries),
        2 => Just(StripeAction::PayAfterEnd),
        2 => Just(StripeAction::ToggleCancelAtPeriodEnd),
        2 => prop::option::of(0..3i64).prop_map(StripeAction::SetCancelAt),
        1 => Just(StripeAction::Cancel),
        3 => (0..3usize).prop_map(StripeAction::Change),
        2 => (0..3usize).prop_map(StripeAction::ChangeWaits),
        1 => Just(StripeAction::ChangePaid),
        1 => Just(StripeAction::ChangeExpires),
        1 => Just(StripeAction::PauseCollection),
        2 => Just(StripeAction::Resume),
        2 => (prop::sample::select(vec![900, 1_900]), refund()).prop_map(|(amount, to)| StripeAction::Refund(amount, to)),
        1 => (0..3usize, refund()).prop_map(|(which, to)| StripeAction::RefundMoves(which, to)),
        2 => dispute().prop_map(StripeAction::Dispute),
        2 => (0..2usize, dispute()).prop_map(|(which, to)| StripeAction::DisputeMoves(which, to)),
    ]
}

fn test_steps() -> impl Strategy<Value = Vec<TestStep>> {
    let one = prop_oneof![
        4 => (stripe_actions(), prop::bool::weighted(0.8)).prop_map(|(act, has_current_version)| TestStep::StripeAction(act, has_current_version)),
        4 => any::<Index>().prop_map(TestStep::Deliver),
        1 => Just(TestStep::Refresh),
        12 => any::<Index>().prop_map(TestStep::Step),
        1 => any::<Index>().prop_map(TestStep::Crash),
    ];
    prop::collection::vec(one, 1..80)
}

#[test]
fn an_older_fetch_of_an_invoice_never_replaces_a_newer_one() {
    let (mut stripe, mut table) = (StripeModel::new("unpaid", true), Table::default());
    let applier = |stripe: &StripeModel, event: usize| Applier::new(parse_update(&stripe.events[event]));
    let finish = |mut applier: Applier, stripe: &mut StripeModel, table: &mut Table| {
        while !matches!(applier.state, ApplierState::Done) {
            applier.step(stripe, table);
        }
    };
    finish(applier(&stripe, 0), &mut stripe, &mut table);
    let mut slow = applier(&stripe, 1);
    while !matches!(slow.state, ApplierState::Ready { .. }) {
        slow.step(&mut stripe, &mut table);
    }
    stripe.act(&StripeAction::PayAfterEnd, true);
    finish(applier(&stripe, 3), &mut stripe, &mut table);
    finish(slow, &mut stripe, &mut table);
    let stored: Vec<&str> = table.invoices.values().map(|invoice| invoice.status.as_str()).collect();
    assert_eq!(stored, ["paid"]);
}

proptest! {
    // Stripe's subscriptions are large, and every fetch reads one.
    #![proptest_config(config(1_000))]

    #[test]
    fn fact_and_invoices_end_as_the_projection_of_stripes_final_state(
        begin in prop::sample::select(vec!["incomplete", "trialing", "active", "unpaid"]),
        has_current_version in prop::bool::weighted(0.8),
        test_steps in test_steps(),
        last in prop::collection::vec(any::<Index>(), 24),
    ) {
        let (stripe, table) = run_history(begin, has_current_version, &test_steps, &last);
        let Some(Fact::Subscription(fact)) = table.fact.clone().map(|fact| fact.value) else { panic!("a fact of a subscription") };
        prop_assert_eq!(&fact, &expected_fact(&stripe));
        prop_assert_eq!(table.processed.len(), stripe.events.len());
        check_transitions(&table.transitions, &fact);
        check_refunds(&stripe, &fact);
        check_referral(&table, &fact);
        if fact.lost_dispute().is_some() {
            prop_assert_eq!(fact.lost_dispute_action(), LostDisputeAction::NothingToDo, "charged on after a lost dispute: {:?}", fact);
        }
        if opens_with_patience(&fact) {
            prop_assert!(stripe.has_been_paid() || fact.on_trial(), "open, and never paid: {:?}", fact);
        }
        for (index, invoice) in stripe.invoices().iter().enumerate() {
            let stored = table.invoices.get(&InvoiceId::parse(format!("in_{index}")).unwrap());
            // An invoice is announced when its payment ends.
            prop_assert!(stored.map_or(invoice.processing, |stored| stored.status.as_str() == invoice.status));
        }
    }
}
