//! The model tests: here a purchase, paid on Stripe's page or on the shop's, in [`subscription`] a subscription. Stripe is an authoritative object; its events
//! arrive in any order, again and again, at appliers that run side by side, fetch at any moment between any two steps,
//! and crash. Whatever happens, when every event has been delivered the table is the projection of Stripe's final state,
//! and every transition happened once.
//!
//! The appliers run the very functions that [`super::purchase::apply`] runs; only the table's conditional write and
//! Stripe's answers are the model's. `MODEL_CASES` sets the number of histories (default 3,000 here, 1,000 there).

mod histories;
mod stripe;
mod subscription;
mod subscription_applier;
mod subscription_objects;
mod subscription_stripe;

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use self::histories::{TestStep, test_steps};
use self::stripe::{PaidOn, StripeModel};
use super::events::purchase_action;
use super::purchase::{
    find_purchase, has_nothing_to_record, is_first_seen_unpaid, paid_purchase_in_payload, table_changes,
};
use super::update_action::UpdateAction;
use super::{PurchaseState, StripeUpdate};
use crate::domain::{EventId, Fact, ProductId, Purchase, PurchaseStatus, Transition, UserId};
use crate::store::{TableChange, Versioned};
use crate::stripe::{PaymentState, Sale, StripeEvent};

/// The table, as far as this purchase is concerned.
#[derive(Debug, Default)]
struct Table {
    fact: Option<Versioned<Fact>>,
    processed: BTreeSet<EventId>,
    transitions: Vec<(u64, Transition)>,
}

/// Somebody who applies something, between two steps.
#[derive(Debug)]
struct Applier {
    update: StripeUpdate,
    state: ApplierState,
}

#[derive(Debug)]
enum ApplierState {
    Start,
    Read { facts: Vec<Versioned<Fact>> },
    HalfFetched { facts: Vec<Versioned<Fact>>, state: Box<PaymentState>, is_checkout_complete: bool },
    Ready { facts: Vec<Versioned<Fact>>, next: Option<Purchase> },
    Done,
}

impl Applier {
    fn new(update: StripeUpdate) -> Self {
        Self { update, state: ApplierState::Start }
    }

    /// One read, one call to Stripe, or one conditional write.
    fn step(&mut self, stripe: &StripeModel, table: &mut Table) {
        self.state = match std::mem::replace(&mut self.state, ApplierState::Done) {
            ApplierState::Start => ApplierState::Read { facts: table.fact.clone().into_iter().collect() },
            ApplierState::Read { facts } => self.after_read(stripe, facts),
            ApplierState::HalfFetched { facts, mut state, is_checkout_complete } => {
                stripe.fetch_disputes(&mut state);
                let next = PurchaseState::Payment { state, is_checkout_complete }.to_purchase(&sale()).unwrap();
                ApplierState::Ready { facts, next }
            }
            ApplierState::Ready { facts, next } => self.write(facts, next, table),
            ApplierState::Done => ApplierState::Done,
        };
    }

    fn after_read(&self, stripe: &StripeModel, facts: Vec<Versioned<Fact>>) -> ApplierState {
        let stored = find_purchase(&facts, &self.update).map(|(purchase, _)| purchase);
        match purchase_action(stored, self.update.kind, self.update.has_fresh_payload(Timestamp::UNIX_EPOCH)) {
            UpdateAction::KeepFact => ApplierState::Ready { facts, next: None },
            UpdateAction::ProjectPayload => match paid_purchase_in_payload(&self.update, &sale()) {
                Some(purchase) => ApplierState::Ready { facts, next: Some(purchase) },
                None => self.fetch(stripe, facts),
            },
            UpdateAction::FetchFromStripe => self.fetch(stripe, facts),
        }
    }

    fn fetch(&self, stripe: &StripeModel, facts: Vec<Versioned<Fact>>) -> ApplierState {
        let is_checkout_complete =
            find_purchase(&facts, &self.update).is_some() || self.update.kind.implies_completed_checkout();
        ApplierState::HalfFetched { facts, state: Box::new(stripe.fetch_payment()), is_checkout_complete }
    }

    fn write(&self, facts: Vec<Versioned<Fact>>, next: Option<Purchase>, table: &mut Table) -> ApplierState {
        if has_nothing_to_record(&self.update, next.as_ref()) {
            return ApplierState::Done;
        }
        let stored = find_purchase(&facts, &self.update);
        let first_seen_unpaid = is_first_seen_unpaid(stored, next.as_ref());
        let changes = table_changes(&self.update, &sale(), stored, next);
        let event = self.update.event.clone().filter(|_| !first_seen_unpaid);
        if event.as_ref().is_some_and(|event| table.processed.contains(event)) {
            return ApplierState::Done;
        }
        for change in changes {
            let TableChange::Purchase { purchase, expected_version, transitions, .. } = change else { continue };
            if table.fact.as_ref().map(|fact| fact.version) != expected_version {
                return ApplierState::Start;
            }
            let version = expected_version.unwrap_or(0) + 1;
            table.fact = Some(Versioned { value: Fact::Purchase(purchase), version });
            table.transitions.extend(transitions.into_iter().map(|transition| (version, transition)));
        }
        table.processed.extend(event);
        if first_seen_unpaid { ApplierState::Start } else { ApplierState::Done }
    }
}

fn sale() -> Sale {
    let (user, product) = (UserId::parse("u").unwrap(), ProductId::parse("a").unwrap());
    Sale { user, product, price: None, family: None, referrer: None, additional_products: Vec::new() }
}

fn parse_update(event: &str) -> StripeUpdate {
    StripeUpdate::from_event(StripeEvent::parse(event.as_bytes()).unwrap()).expect("an event that we handle")
}

/// Plays the moves, then delivers what was never acknowledged, as Stripe does, until everything is.
fn run_history(paid_on: PaidOn, test_steps: &[TestStep], last: &[Index]) -> (StripeModel, Table) {
    let (mut stripe, mut table) = (StripeModel::new(paid_on), Table::default());
    let mut appliers: Vec<Applier> = Vec::new();
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
            TestStep::Deliver(_) | TestStep::Step(_) | TestStep::Crash(_) => {}
        }
    }
    let mut order: Vec<String> = stripe.events.clone();
    for (index, swap) in last.iter().enumerate().take(order.len()) {
        let with = swap.index(order.len());
        order.swap(index, with);
    }
    appliers.extend(order.iter().map(|event| Applier::new(parse_update(event))));
    for mut applier in appliers {
        while !matches!(applier.state, ApplierState::Done) {
            applier.step(&stripe, &mut table);
        }
    }
    (stripe, table)
}

/// Stripe's final state as a fact.
fn expected_fact(stripe: &StripeModel) -> Option<Purchase> {
    let mut state = stripe.fetch_payment();
    stripe.fetch_disputes(&mut state);
    let is_checkout_complete = stripe.is_complete();
    PurchaseState::Payment { state: Box::new(state), is_checkout_complete }
        .to_purchase(&sale())
        .unwrap()
        .filter(|_| is_checkout_complete)
}

/// Transitions lead from nothing to the final state, each starting where the one before it ended.
fn check_transitions(table: &Table, fact: Option<&Purchase>) {
    let (mut status, mut refunded): (Option<PurchaseStatus>, i64) = (None, 0);
    let mut disputes = std::collections::BTreeMap::new();
    for (_, transition) in &table.transitions {
        match transition.clone() {
            Transition::PurchaseStatusChanged { from, to } => {
                assert_eq!(from, status, "a transition happened twice or never");
                status = Some(to);
            }
            Transition::RefundsChanged { from, to } => {
                assert_eq!(from, refunded);
                refunded = to;
            }
            Transition::DisputeChanged { dispute, from, to } => {
                assert_eq!(from, disputes.insert(dispute, to));
            }
            other => panic!("{other:?} is no transition of a purchase"),
        }
    }
    assert_eq!(status, fact.map(Purchase::status));
    assert_eq!(refunded, fact.map_or(0, Purchase::refunded));
    assert_eq!(disputes, fact.map(|fact| fact.disputes.clone()).unwrap_or_default());
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
        // What we add ourselves: the day is that of the object seen first.
        since: fact.as_ref().map_or(Timestamp::UNIX_EPOCH, |fact| fact.since),
        ..truth
    });
    prop_assert_eq!(&fact, &truth);
    prop_assert_eq!(table.processed.len(), stripe.events.len());
    check_transitions(&table, fact.as_ref());
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
