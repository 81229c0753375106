//! The model tests: here a purchase, in [`subscription`] a subscription. Stripe is an authoritative object; its events arrive in any order, again and again, at appliers that
//! run side by side, fetch at any moment between any two steps, and crash. Whatever happens, when every event has been
//! delivered the table is the projection of Stripe's final state, and every effect happened once.
//!
//! The appliers run the very functions that [`super::purchase::apply`] runs; only the table's conditional write and
//! Stripe's answers are the model's. `MODEL_CASES` sets the number of histories (default 3,000, and 1,000).

mod stripe;
mod subscription;
mod subscription_stripe;

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use self::stripe::{Act, CHARGED, Stripe};
use super::decide::{Step, decide};
use super::purchase::{changes, is_glimpse, is_old_news, known_purchase, paid_at_first_sight};
use super::{Heard, Snapshot};
use crate::domain::{Effect, EventId, Fact, ProductId, Purchase, Standing, UserId};
use crate::store::{Change, Versioned};
use crate::stripe::{Envelope, PaymentState, Sale};

/// One move of the game.
#[derive(Debug, Clone)]
enum Move {
    /// Something happens at Stripe; its events have the version that we read, or another one.
    Act(Act, bool),
    /// An event is delivered (again).
    Deliver(Index),
    /// The learner comes back to the return page.
    ReturnPage,
    /// One of the appliers takes its next step.
    Step(Index),
    /// One of the appliers is gone.
    Crash(Index),
}

/// The table, as far as this purchase is concerned.
#[derive(Debug, Default)]
struct Table {
    fact: Option<Versioned<Fact>>,
    processed: BTreeSet<EventId>,
    effects: Vec<(u64, Effect)>,
}

/// Somebody who applies something, between two steps.
#[derive(Debug)]
struct Applier {
    heard: Heard,
    at: At,
}

#[derive(Debug)]
enum At {
    Start,
    Read { facts: Vec<Versioned<Fact>> },
    HalfFetched { facts: Vec<Versioned<Fact>>, state: Box<PaymentState>, begun: bool },
    Ready { facts: Vec<Versioned<Fact>>, next: Option<Purchase> },
    Done,
}

impl Applier {
    fn new(heard: Heard) -> Self {
        Self { heard, at: At::Start }
    }

    /// One read, one call to Stripe, or one conditional write.
    fn step(&mut self, stripe: &Stripe, table: &mut Table) {
        self.at = match std::mem::replace(&mut self.at, At::Done) {
            At::Start => At::Read { facts: table.fact.clone().into_iter().collect() },
            At::Read { facts } => self.look(stripe, facts),
            At::HalfFetched { facts, mut state, begun } => {
                stripe.fetch_disputes(&mut state);
                let next = Snapshot::Payment { state, begun }.project(&sale()).unwrap();
                At::Ready { facts, next }
            }
            At::Ready { facts, next } => self.write(facts, next, table),
            At::Done => At::Done,
        };
    }

    fn look(&self, stripe: &Stripe, facts: Vec<Versioned<Fact>>) -> At {
        let known = known_purchase(&facts, &self.heard).map(|(purchase, _)| purchase);
        match decide(known, self.heard.meaning, self.heard.is_readable(Timestamp::UNIX_EPOCH)) {
            Step::Keep => At::Ready { facts, next: None },
            Step::Project => match paid_at_first_sight(&self.heard, &sale()) {
                Some(purchase) => At::Ready { facts, next: Some(purchase) },
                None => self.fetch(stripe, facts),
            },
            Step::Fetch => self.fetch(stripe, facts),
        }
    }

    fn fetch(&self, stripe: &Stripe, facts: Vec<Versioned<Fact>>) -> At {
        let begun = known_purchase(&facts, &self.heard).is_some() || self.heard.meaning.proves_completion();
        At::HalfFetched { facts, state: Box::new(stripe.fetch_payment()), begun }
    }

    fn write(&self, facts: Vec<Versioned<Fact>>, next: Option<Purchase>, table: &mut Table) -> At {
        if is_old_news(&self.heard, next.as_ref()) {
            return At::Done;
        }
        let known = known_purchase(&facts, &self.heard);
        let glimpse = is_glimpse(known, next.as_ref());
        let changes = changes(&self.heard, &sale(), known, next);
        let event = self.heard.event.clone().filter(|_| !glimpse);
        if event.as_ref().is_some_and(|event| table.processed.contains(event)) {
            return At::Done;
        }
        for change in changes {
            let Change::Purchase { purchase, expected, effects, .. } = change else { continue };
            if table.fact.as_ref().map(|fact| fact.version) != expected {
                return At::Start;
            }
            let version = expected.unwrap_or(0) + 1;
            table.fact = Some(Versioned { value: Fact::Purchase(purchase), version });
            table.effects.extend(effects.into_iter().map(|effect| (version, effect)));
        }
        table.processed.extend(event);
        if glimpse { At::Start } else { At::Done }
    }
}

fn sale() -> Sale {
    let (user, product) = (UserId::parse("u").unwrap(), ProductId::parse("a").unwrap());
    Sale { user, product, price: None, family: None, referrer: None, also: Vec::new() }
}

fn heard(event: &str) -> Heard {
    Heard::from_event(Envelope::parse(event.as_bytes()).unwrap()).expect("an event that we handle")
}

/// Plays the moves, then delivers what was never acknowledged, as Stripe does, until everything is.
fn play(moves: &[Move], last: &[Index]) -> (Stripe, Table) {
    let (mut stripe, mut table) = (Stripe::new(), Table::default());
    let mut appliers: Vec<Applier> = Vec::new();
    for one in moves {
        match one {
            Move::Act(act, readable) => stripe.act(act, *readable),
            Move::Deliver(which) if !stripe.events.is_empty() => {
                appliers.push(Applier::new(heard(&stripe.events[which.index(stripe.events.len())])));
            }
            Move::ReturnPage => appliers.extend(Heard::from_session(stripe.fetch_session()).map(Applier::new)),
            Move::Step(which) if !appliers.is_empty() => {
                let which = which.index(appliers.len());
                appliers[which].step(&stripe, &mut table);
            }
            Move::Crash(which) if !appliers.is_empty() => {
                appliers.swap_remove(which.index(appliers.len()));
            }
            Move::Deliver(_) | Move::Step(_) | Move::Crash(_) => {}
        }
    }
    let mut order: Vec<String> = stripe.events.clone();
    for (index, swap) in last.iter().enumerate().take(order.len()) {
        let with = swap.index(order.len());
        order.swap(index, with);
    }
    appliers.extend(order.iter().map(|event| Applier::new(heard(event))));
    for mut applier in appliers {
        while !matches!(applier.at, At::Done) {
            applier.step(&stripe, &mut table);
        }
    }
    (stripe, table)
}

/// Stripe's final state as a fact.
fn truth(stripe: &Stripe) -> Option<Purchase> {
    let mut state = stripe.fetch_payment();
    stripe.fetch_disputes(&mut state);
    let begun = stripe.is_complete();
    Snapshot::Payment { state: Box::new(state), begun }.project(&sale()).unwrap().filter(|_| begun)
}

/// Effects lead from nothing to the final state, each starting where the one before it ended.
fn check_effects(table: &Table, fact: Option<&Purchase>) {
    let (mut standing, mut refunded): (Option<Standing>, i64) = (None, 0);
    let mut disputes = std::collections::BTreeMap::new();
    for (_, effect) in &table.effects {
        match effect.clone() {
            Effect::Moved { from, to } => {
                assert_eq!(from, standing, "an effect happened twice or never");
                standing = Some(to);
            }
            Effect::RefundsChanged { from, to } => {
                assert_eq!(from, refunded);
                refunded = to;
            }
            Effect::DisputeChanged { dispute, from, to } => {
                assert_eq!(from, disputes.insert(dispute, to));
            }
            other => panic!("{other:?} is no effect of a purchase"),
        }
    }
    assert_eq!(standing, fact.map(Purchase::standing));
    assert_eq!(refunded, fact.map_or(0, Purchase::refunded));
    assert_eq!(disputes, fact.map(|fact| fact.disputes.clone()).unwrap_or_default());
}

fn acts() -> impl Strategy<Value = Act> {
    let refund_status = prop::sample::select(vec!["succeeded", "failed", "canceled", "requires_action"]);
    let dispute_status = || {
        prop::sample::select(vec![
            "needs_response",
            "under_review",
            "won",
            "lost",
            "warning_needs_response",
            "warning_closed",
            "a_status_of_2031",
        ])
    };
    prop_oneof![
        1 => Just(Act::DeclineCard),
        3 => Just(Act::PayByCard),
        2 => Just(Act::PayByDebit),
        3 => Just(Act::DebitSucceeds),
        2 => Just(Act::DebitFails),
        1 => Just(Act::CancelDebit),
        1 => Just(Act::Expire),
        3 => (prop::sample::select(vec![CHARGED, CHARGED / 2, 1]), any::<bool>())
            .prop_map(|(amount, at_once)| Act::Refund { amount, at_once }),
        3 => (0..3usize, refund_status).prop_map(|(which, to)| Act::RefundMoves { which, to }),
        2 => dispute_status().prop_map(|status| Act::Dispute { status }),
        3 => (0..2usize, dispute_status()).prop_map(|(which, to)| Act::DisputeMoves { which, to }),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (acts(), prop::bool::weighted(0.8)).prop_map(|(act, readable)| Move::Act(act, readable)),
        4 => any::<Index>().prop_map(Move::Deliver),
        1 => Just(Move::ReturnPage),
        12 => any::<Index>().prop_map(Move::Step),
        1 => any::<Index>().prop_map(Move::Crash),
    ];
    prop::collection::vec(one, 1..80)
}

fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("MODEL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn the_table_ends_as_the_projection_of_stripes_final_state(
        moves in moves(),
        last in prop::collection::vec(any::<Index>(), 24),
    ) {
        let (stripe, table) = play(&moves, &last);
        let fact = match table.fact.as_ref().map(|fact| &fact.value) {
            Some(Fact::Purchase(purchase)) => Some(purchase.clone()),
            _ => None,
        };
        let truth = truth(&stripe).map(|truth| Purchase {
            // What we add ourselves: the day is that of the object seen first.
            since: fact.as_ref().map_or(Timestamp::UNIX_EPOCH, |fact| fact.since),
            ..truth
        });
        prop_assert_eq!(&fact, &truth);
        prop_assert_eq!(table.processed.len(), stripe.events.len());
        check_effects(&table, fact.as_ref());
    }
}
