//! The model tests: here a purchase, paid on Stripe's page or on the shop's, in [`subscription`] a subscription. Stripe is an
//! authoritative object; its events arrive in any order, again and again, at appliers that run side by side, fetch at any moment
//! between any two steps, and crash. Whatever happens, when every event has been delivered the table is the projection of Stripe's
//! final state, and every transition happened once.
//!
//! The learner asks for refunds, and two operators approve at once, or crash: each approval has one refund, no more goes back
//! than was paid, and every request says what became of its refunds.
//!
//! The learner was referred: the ledger of the referrer is the projection of the purchase, and holds the credit while a request is open.
//!
//! The appliers run the very functions that [`super::purchase::apply`] runs; only the table's conditional write and
//! Stripe's answers are the model's. `MODEL_CASES` sets the number of histories (default 3,000 here, 1,000 there).

mod applier;
mod expected;
mod histories;
mod operator;
mod stripe;
mod stripe_action;
mod stripe_objects;
mod subscription;
mod subscription_applier;
mod subscription_objects;
mod subscription_stripe;
mod table;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use self::applier::{Applier, parse_update};
use self::expected::{check_referral, check_requests, check_transitions, expected_fact};
use self::histories::{TestStep, test_steps};
use self::operator::Operator;
use self::stripe::StripeModel;
use self::stripe_action::PaidOn;
use self::table::Table;
use crate::domain::{Fact, Payment, Purchase, RefundRequestAction, RefundRequestStatus};

/// Plays the moves, then delivers what was never acknowledged, as Stripe does, until everything is.
fn run_history(paid_on: PaidOn, test_steps: &[TestStep], last: &[Index]) -> (StripeModel, Table) {
    let (mut stripe, mut table) = (StripeModel::new(paid_on), Table::default());
    let mut appliers: Vec<Applier> = Vec::new();
    let mut operators: Vec<Operator> = Vec::new();
    let mut operator_count = 0;
    for one in test_steps {
        match one {
            TestStep::StripeAction(act, has_current_version) => stripe.act(act, *has_current_version),
            TestStep::Deliver(which) if !stripe.events.is_empty() => {
                appliers.push(Applier::new(parse_update(&stripe.events[which.index(stripe.events.len())])));
            }
            TestStep::ReturnPage => {
                appliers.extend(stripe.page_update().map(Applier::new));
            }
            TestStep::Step(which) if !appliers.is_empty() => {
                let which = which.index(appliers.len());
                appliers[which].step(&stripe, &mut table);
            }
            TestStep::Crash(which) if !appliers.is_empty() => {
                appliers.swap_remove(which.index(appliers.len()));
            }
            TestStep::AskForRefund => table.ask_for_refund(),
            TestStep::WithdrawRequest => table.change_request(RefundRequestAction::Withdraw),
            TestStep::RejectRequest => table.change_request(RefundRequestAction::Reject),
            TestStep::Approve(amount) => {
                operator_count += 1;
                operators.push(Operator::new(operator_count, *amount));
            }
            TestStep::OperatorStep(which) if !operators.is_empty() => {
                let which = which.index(operators.len());
                operators[which].step(&mut stripe, &mut table);
            }
            TestStep::OperatorCrash(which) if !operators.is_empty() => {
                operators.swap_remove(which.index(operators.len())).crash(&mut table);
            }
            TestStep::Deliver(_)
            | TestStep::Step(_)
            | TestStep::Crash(_)
            | TestStep::OperatorStep(_)
            | TestStep::OperatorCrash(_) => {}
        }
    }
    // Whoever has not finished is gone. A request that is approved then is approved again, by the next click.
    operators.into_iter().for_each(|operator| operator.crash(&mut table));
    if table.requests.last().is_some_and(|last| last.value.status == RefundRequestStatus::Approved) {
        let mut healer = Operator::new(operator_count + 1, None);
        while !healer.is_done() {
            healer.step(&mut stripe, &mut table);
        }
    }
    let mut order: Vec<String> = stripe.events.clone();
    for (index, swap) in last.iter().enumerate().take(order.len()) {
        let with = swap.index(order.len());
        order.swap(index, with);
    }
    appliers.extend(order.iter().map(|event| Applier::new(parse_update(event))));
    for mut applier in appliers {
        while !applier.is_done() {
            applier.step(&stripe, &mut table);
        }
    }
    (stripe, table)
}

fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("MODEL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Plays a history, and compares the table with Stripe.
fn check_history(paid_on: PaidOn, test_steps: &[TestStep], last: &[Index]) -> Result<(), TestCaseError> {
    let (stripe, table) = run_history(paid_on, test_steps, last);
    let fact = match table.fact.as_ref().map(|fact| &fact.value) {
        Some(Fact::Purchase(purchase)) => Some(purchase.clone()),
        _ => None,
    };
    let truth = expected_fact(&stripe).map(|truth| Purchase {
        // What we add ourselves: the day of the object seen first, and when it was seen paid.
        since: fact.as_ref().map_or(Timestamp::UNIX_EPOCH, |fact| fact.since),
        paid_at: fact.as_ref().and_then(|fact| fact.paid_at),
        ..truth
    });
    prop_assert_eq!(&fact, &truth);
    let is_paid = |fact: &Purchase| fact.payment == Payment::Paid;
    prop_assert!(fact.iter().all(|fact| fact.paid_at.is_some() == is_paid(fact)), "it is known when it was paid");
    prop_assert_eq!(table.processed.len(), stripe.events.len());
    check_transitions(&table, fact.as_ref());
    check_requests(&stripe, &table, fact.as_ref());
    check_referral(&table, fact.as_ref());
    Ok(())
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn the_table_ends_as_the_projection_of_stripes_final_state(
        test_steps in test_steps(),
        last in prop::collection::vec(any::<Index>(), 24),
    ) {
        check_history(PaidOn::StripesPage, &test_steps, &last)?;
    }

    #[test]
    fn so_it_does_when_the_shops_own_page_is_paid_on(
        test_steps in test_steps(),
        last in prop::collection::vec(any::<Index>(), 24),
    ) {
        check_history(PaidOn::OurPage, &test_steps, &last)?;
    }
}
