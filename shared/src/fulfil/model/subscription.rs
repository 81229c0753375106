//! A subscription that Stripe creates, trials, renews, fails, recovers, pauses, changes and cancels, with its events in
//! any order. When every event has been delivered, fact and invoices are the projection of Stripe's final state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use super::subscription_stripe::{Act, Stripe};
use super::{config, heard};
use crate::domain::{
    AfterLostDispute, AppId, Effect, EventId, Fact, FamilyId, Invoice, InvoiceId, InvoiceRefunds, PriceId, ProductId,
    Subscription, SubscriptionId, UserId,
};
use crate::fulfil::Heard;
use crate::fulfil::decide::Step;
use crate::fulfil::events::Meaning;
use crate::fulfil::subscription::{Look, at_first_sight, changes, decide, is_covered, known_subscription, look};
use crate::store::{Change, Versioned};
use crate::stripe::{Sale, SubscriptionState, from_subscription};

#[derive(Debug, Clone)]
enum Move {
    /// Something happens at Stripe; its events have the version that we read, or another one.
    Act(Act, bool),
    /// An event is delivered (again).
    Deliver(Index),
    /// We changed the subscription ourselves, and look.
    Look,
    /// One of the appliers takes its next step.
    Step(Index),
    /// One of the appliers is gone.
    Crash(Index),
}

#[derive(Debug, Default)]
struct Table {
    fact: Option<Versioned<Fact>>,
    invoices: BTreeMap<InvoiceId, Invoice>,
    processed: BTreeSet<EventId>,
    effects: Vec<Effect>,
}

#[derive(Debug)]
struct Applier {
    heard: Heard,
    /// The version that it read first.
    first_read: Option<u64>,
    /// It has ended the subscription, and looks again.
    has_ended_it: bool,
    at: At,
}

#[derive(Debug)]
enum At {
    Start,
    Read {
        facts: Vec<Versioned<Fact>>,
    },
    /// The subscription is fetched; an older invoice and what happened to money take calls of their own.
    HalfFetched {
        facts: Vec<Versioned<Fact>>,
        state: Box<SubscriptionState>,
    },
    Ready {
        facts: Vec<Versioned<Fact>>,
        look: Option<Box<Look>>,
    },
    /// A dispute was lost, and the subscription has to end.
    LostDispute {
        facts: Vec<Versioned<Fact>>,
        how: AfterLostDispute,
    },
    Done,
}

impl Applier {
    fn new(heard: Heard) -> Self {
        Self { heard, first_read: None, has_ended_it: false, at: At::Start }
    }

    /// One read, one call to Stripe, or one conditional write.
    fn step(&mut self, stripe: &mut Stripe, table: &mut Table) {
        self.at = match std::mem::replace(&mut self.at, At::Done) {
            At::Start => At::Read { facts: table.fact.clone().into_iter().collect() },
            At::Read { facts } => {
                let known = known_subscription(&facts, &id()).map(|(known, _)| known);
                let version = facts.first().map_or(0, |fact| fact.version);
                let first_read = *self.first_read.get_or_insert(version);
                let look = match decide(known, &self.heard, self.heard.is_readable(Timestamp::UNIX_EPOCH)) {
                    Step::Fetch if is_covered(&self.heard, first_read, version) => Some(None),
                    Step::Keep => Some(None),
                    Step::Project => at_first_sight(&self.heard, &sale()).map(Some),
                    Step::Fetch => None,
                };
                match look {
                    Some(look) => At::Ready { facts, look: look.map(Box::new) },
                    None => At::HalfFetched { facts, state: Box::new(stripe.fetch()) },
                }
            }
            At::HalfFetched { facts, mut state } => {
                state.period_payment = stripe.period_payment();
                match self.heard.meaning {
                    Meaning::InvoiceChanged => stripe.fetch_invoice(&mut state, &self.heard.object.id),
                    Meaning::MoneyMoved => state.money = Some(stripe.fetch_money(&self.heard.object)),
                    _ => {}
                }
                let known = known_subscription(&facts, &id());
                let look = look(&state, &sale(), &app(), known).unwrap();
                match look.to_end_by_dispute().map(|_| look.after_lost_dispute()) {
                    Some(how) if !self.has_ended_it => At::LostDispute { facts, how },
                    _ => At::Ready { facts, look: Some(Box::new(look)) },
                }
            }
            At::LostDispute { facts, how } => {
                stripe.end_after_lost_dispute(how);
                self.has_ended_it = true;
                At::HalfFetched { facts, state: Box::new(stripe.fetch()) }
            }
            At::Ready { facts, look } => self.write(&facts, look.map(|look| *look), table),
            At::Done => At::Done,
        };
    }

    fn write(&self, facts: &[Versioned<Fact>], look: Option<Look>, table: &mut Table) -> At {
        if self.heard.event.as_ref().is_some_and(|event| table.processed.contains(event)) {
            return At::Done;
        }
        let changes = changes(&id(), &sale(), known_subscription(facts, &id()), look);
        for change in changes {
            match change {
                Change::Subscription { subscription, expected, effects, .. } => {
                    if table.fact.as_ref().map(|fact| fact.version) != expected {
                        return At::Start;
                    }
                    let version = expected.unwrap_or(0) + 1;
                    table.fact = Some(Versioned { value: Fact::Subscription(subscription), version });
                    table.effects.extend(effects);
                }
                // It comes after its subscription, whose version was the right one.
                Change::Invoice { invoice, .. } => {
                    table.invoices.insert(invoice.id.clone(), invoice);
                }
                _ => {}
            }
        }
        table.processed.extend(self.heard.event.clone());
        At::Done
    }
}

fn id() -> SubscriptionId {
    SubscriptionId::parse("sub_1").unwrap()
}

fn app() -> AppId {
    AppId::parse("tuition").unwrap()
}

fn sale() -> Sale {
    Sale {
        user: UserId::parse("u").unwrap(),
        product: ProductId::parse("premium").unwrap(),
        price: Some(PriceId::parse("price_month").unwrap()),
        family: Some(FamilyId::parse("membership").unwrap()),
        referrer: None,
        also: Vec::new(),
    }
}

/// Plays the moves, then delivers what was never acknowledged, as Stripe does, until everything is.
fn play(begin: &'static str, readable: bool, moves: &[Move], last: &[Index]) -> (Stripe, Table) {
    let (mut stripe, mut table) = (Stripe::new(begin, readable), Table::default());
    let mut appliers: Vec<Applier> = Vec::new();
    for one in moves {
        match one {
            Move::Act(act, readable) => stripe.act(act, *readable),
            Move::Deliver(which) => {
                appliers.push(Applier::new(heard(&stripe.events[which.index(stripe.events.len())])));
            }
            Move::Look => appliers.push(Applier::new(Heard::of_subscription(&id()))),
            Move::Step(which) if !appliers.is_empty() => {
                let which = which.index(appliers.len());
                appliers[which].step(&mut stripe, &mut table);
            }
            Move::Crash(which) if !appliers.is_empty() => {
                appliers.swap_remove(which.index(appliers.len()));
            }
            Move::Step(_) | Move::Crash(_) => {}
        }
    }
    let mut order: Vec<String> = stripe.events.clone();
    for (index, swap) in last.iter().enumerate().take(order.len()) {
        let with = swap.index(order.len());
        order.swap(index, with);
    }
    appliers.extend(order.iter().map(|event| Applier::new(heard(event))));
    let mut delivered = order.len();
    while !appliers.is_empty() {
        for mut applier in std::mem::take(&mut appliers) {
            while !matches!(applier.at, At::Done) {
                applier.step(&mut stripe, &mut table);
            }
        }
        // What we change at Stripe brings events of its own.
        appliers.extend(stripe.events[delivered..].iter().map(|event| Applier::new(heard(event))));
        delivered = stripe.events.len();
    }
    (stripe, table)
}

/// Stripe's final state as a fact.
fn truth(stripe: &Stripe) -> Subscription {
    let mut fact = from_subscription(&stripe.fetch(), &sale(), &app(), None).unwrap();
    for invoice in 0..stripe.invoices().len() {
        let state = SubscriptionState { money: Some(stripe.all_money(invoice)), ..stripe.fetch() };
        fact = from_subscription(&state, &sale(), &app(), Some(&fact)).unwrap();
    }
    fact
}

/// Effects lead from nothing to the final state, each starting where the one before it ended.
fn check_effects(effects: &[Effect], fact: &Subscription) {
    let (mut status, mut end) = (None, None);
    let mut disputes = BTreeMap::new();
    let mut refunded = 0;
    for effect in effects {
        match effect.clone() {
            Effect::SubscriptionMoved { from, to } => {
                assert_eq!(from, status, "an effect happened twice or never");
                status = Some(to);
            }
            Effect::EndChanged { from, to } => {
                assert_eq!(from, end);
                end = to;
            }
            Effect::DisputeChanged { dispute, from, to } => assert_eq!(from, disputes.insert(dispute, to)),
            Effect::RefundsChanged { from, to } => assert_eq!(from, std::mem::replace(&mut refunded, to)),
            Effect::PlanChanged { from, to } => assert_ne!(from, to),
            Effect::PeriodChanged { from, to } => assert_ne!(from, to),
            other => panic!("{other:?} is no effect of a subscription"),
        }
    }
    assert_eq!(status.as_ref(), Some(&fact.status));
    assert_eq!(end, fact.ends_at());
    let known = fact.disputes.iter().map(|(id, dispute)| (id.clone(), dispute.status.clone()));
    assert_eq!(disputes, known.collect());
    assert_eq!(refunded, fact.refunds.values().map(InvoiceRefunds::refunded).sum::<i64>());
}

fn acts() -> impl Strategy<Value = Act> {
    let dispute = || prop::sample::select(vec!["needs_response", "won", "lost", "warning_closed", "a_status_of_2031"]);
    let refund = || prop::sample::select(vec!["pending", "succeeded", "failed"]);
    prop_oneof![
        2 => any::<bool>().prop_map(Act::FirstPayment),
        1 => Just(Act::TrialWillEnd),
        2 => prop::sample::select(vec!["active", "past_due", "paused"]).prop_map(Act::TrialEnds),
        4 => any::<bool>().prop_map(Act::Renew),
        3 => any::<bool>().prop_map(Act::Retry),
        3 => Just(Act::Debit),
        3 => any::<bool>().prop_map(Act::DebitEnds),
        3 => prop::sample::select(vec!["paid", "uncollectible", "void"]).prop_map(Act::InvoiceEnds),
        1 => prop::sample::select(vec!["canceled", "unpaid"]).prop_map(Act::GiveUp),
        2 => Just(Act::PayLater),
        2 => Just(Act::Flag),
        2 => prop::option::of(0..3i64).prop_map(Act::EndOn),
        1 => Just(Act::Cancel),
        3 => (0..3usize).prop_map(Act::Change),
        2 => (0..3usize).prop_map(Act::ChangeWaits),
        1 => Just(Act::ChangePaid),
        1 => Just(Act::ChangeExpires),
        1 => Just(Act::PauseCollection),
        2 => Just(Act::Resume),
        2 => (prop::sample::select(vec![900, 1_900]), refund()).prop_map(|(amount, to)| Act::Refund(amount, to)),
        1 => (0..3usize, refund()).prop_map(|(which, to)| Act::RefundMoves(which, to)),
        2 => dispute().prop_map(Act::Dispute),
        2 => (0..2usize, dispute()).prop_map(|(which, to)| Act::DisputeMoves(which, to)),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (acts(), prop::bool::weighted(0.8)).prop_map(|(act, readable)| Move::Act(act, readable)),
        4 => any::<Index>().prop_map(Move::Deliver),
        1 => Just(Move::Look),
        12 => any::<Index>().prop_map(Move::Step),
        1 => any::<Index>().prop_map(Move::Crash),
    ];
    prop::collection::vec(one, 1..80)
}

#[test]
fn an_older_look_at_an_invoice_never_undoes_a_newer_one() {
    let (mut stripe, mut table) = (Stripe::new("unpaid", true), Table::default());
    let applier = |stripe: &Stripe, event: usize| Applier::new(heard(&stripe.events[event]));
    let finish = |mut applier: Applier, stripe: &mut Stripe, table: &mut Table| {
        while !matches!(applier.at, At::Done) {
            applier.step(stripe, table);
        }
    };
    finish(applier(&stripe, 0), &mut stripe, &mut table);
    let mut slow = applier(&stripe, 1);
    while !matches!(slow.at, At::Ready { .. }) {
        slow.step(&mut stripe, &mut table);
    }
    stripe.act(&Act::PayLater, true);
    finish(applier(&stripe, 3), &mut stripe, &mut table);
    finish(slow, &mut stripe, &mut table);
    let stored: Vec<&str> = table.invoices.values().map(|invoice| invoice.status.as_str()).collect();
    assert_eq!(stored, ["paid"]);
}

proptest! {
    // Stripe's subscriptions are large, and every look reads one.
    #![proptest_config(config(1_000))]

    #[test]
    fn fact_and_invoices_end_as_the_projection_of_stripes_final_state(
        begin in prop::sample::select(vec!["incomplete", "trialing", "active", "unpaid"]),
        readable in prop::bool::weighted(0.8),
        moves in moves(),
        last in prop::collection::vec(any::<Index>(), 24),
    ) {
        let (stripe, table) = play(begin, readable, &moves, &last);
        let Some(Fact::Subscription(fact)) = table.fact.map(|fact| fact.value) else { panic!("a fact of a subscription") };
        prop_assert_eq!(&fact, &truth(&stripe));
        prop_assert_eq!(table.processed.len(), stripe.events.len());
        check_effects(&table.effects, &fact);
        if fact.lost_dispute().is_some() {
            prop_assert_eq!(fact.after_lost_dispute(), AfterLostDispute::Settled, "charged on after a lost dispute: {:?}", fact);
        }
        for (index, invoice) in stripe.invoices().iter().enumerate() {
            let stored = table.invoices.get(&InvoiceId::parse(format!("in_{index}")).unwrap());
            // An invoice is announced when its payment ends.
            prop_assert!(stored.map_or(invoice.processing, |stored| stored.status.as_str() == invoice.status));
        }
    }
}
