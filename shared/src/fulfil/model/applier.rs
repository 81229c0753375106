//! Who applies an event or the answer of a page: it can be interrupted between any two steps.

use jiff::Timestamp;

use super::stripe::StripeModel;
use super::table::Table;
use crate::domain::{Fact, ProductId, Purchase, RefundRequest, UserId};
use crate::fulfil::events::purchase_action;
use crate::fulfil::purchase::{
    find_purchase, has_nothing_to_record, is_first_seen_unpaid, paid_purchase_in_payload, table_changes,
};
use crate::fulfil::refund_request::purchase_request_changes;
use crate::fulfil::update_action::UpdateAction;
use crate::fulfil::{PurchaseState, StripeUpdate};
use crate::store::{TableChange, Versioned};
use crate::stripe::{PaymentState, Sale, StripeEvent};

/// Somebody who applies something, between two steps.
#[derive(Debug)]
pub(super) struct Applier {
    update: StripeUpdate,
    state: ApplierState,
}

#[derive(Debug)]
enum ApplierState {
    Start,
    Read { read: Read },
    HalfFetched { read: Read, state: Box<PaymentState>, is_checkout_complete: bool },
    Ready { read: Read, next: Option<Box<Purchase>> },
    Done,
}

/// What one Query reads.
#[derive(Debug)]
struct Read {
    facts: Vec<Versioned<Fact>>,
    requests: Vec<Versioned<RefundRequest>>,
}

impl Applier {
    pub(super) fn new(update: StripeUpdate) -> Self {
        Self { update, state: ApplierState::Start }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, ApplierState::Done)
    }

    /// One read, one call to Stripe, or one conditional write.
    pub(super) fn step(&mut self, stripe: &StripeModel, table: &mut Table) {
        self.state = match std::mem::replace(&mut self.state, ApplierState::Done) {
            ApplierState::Start => {
                let facts = table.fact.clone().into_iter().collect();
                ApplierState::Read { read: Read { facts, requests: table.requests.clone() } }
            }
            ApplierState::Read { read } => self.after_read(stripe, read),
            ApplierState::HalfFetched { read, mut state, is_checkout_complete } => {
                stripe.fetch_disputes(&mut state);
                let next = PurchaseState::Payment { state, is_checkout_complete }.to_purchase(&sale()).unwrap();
                ApplierState::Ready { read, next: next.map(Box::new) }
            }
            ApplierState::Ready { read, next } => self.write(read, next.map(|next| *next), table),
            ApplierState::Done => ApplierState::Done,
        };
    }

    fn after_read(&self, stripe: &StripeModel, read: Read) -> ApplierState {
        let stored = find_purchase(&read.facts, &self.update).map(|(purchase, _)| purchase);
        match purchase_action(stored, self.update.kind, self.update.has_fresh_payload(Timestamp::UNIX_EPOCH)) {
            UpdateAction::KeepFact => ApplierState::Ready { read, next: None },
            UpdateAction::ProjectPayload => match paid_purchase_in_payload(&self.update, &sale()) {
                Some(purchase) => ApplierState::Ready { read, next: Some(Box::new(purchase)) },
                None => self.fetch(stripe, read),
            },
            UpdateAction::FetchFromStripe => self.fetch(stripe, read),
        }
    }

    fn fetch(&self, stripe: &StripeModel, read: Read) -> ApplierState {
        let is_checkout_complete =
            find_purchase(&read.facts, &self.update).is_some() || self.update.kind.implies_completed_checkout();
        ApplierState::HalfFetched { read, state: Box::new(stripe.fetch_payment()), is_checkout_complete }
    }

    fn write(&self, read: Read, next: Option<Purchase>, table: &mut Table) -> ApplierState {
        if has_nothing_to_record(&self.update, next.as_ref()) {
            return ApplierState::Done;
        }
        let stored = find_purchase(&read.facts, &self.update);
        let first_seen_unpaid = is_first_seen_unpaid(stored, next.as_ref());
        let requests = next
            .as_ref()
            .map(|next| purchase_request_changes(&sale().user, &read.requests, next, Timestamp::UNIX_EPOCH));
        let mut changes = table_changes(&self.update, &sale(), stored, next, Timestamp::UNIX_EPOCH);
        changes.extend(requests.into_iter().flatten());
        let event = self.update.event.clone().filter(|_| !first_seen_unpaid);
        if event.as_ref().is_some_and(|event| table.processed.contains(event)) {
            return ApplierState::Done;
        }
        let is_unchanged = |change: &TableChange| match change {
            TableChange::Purchase { expected_version, .. } => {
                table.fact.as_ref().map(|fact| fact.version) == *expected_version
            }
            TableChange::RefundRequest { request, expected_version, .. } => {
                table.has_request_version(request, *expected_version)
            }
            _ => true,
        };
        if !changes.iter().all(is_unchanged) {
            return ApplierState::Start;
        }
        for change in changes {
            match change {
                TableChange::Purchase { purchase, expected_version, transitions, .. } => {
                    let version = expected_version.unwrap_or(0) + 1;
                    table.fact = Some(Versioned { value: Fact::Purchase(purchase), version });
                    table.transitions.extend(transitions.into_iter().map(|transition| (version, transition)));
                }
                TableChange::RefundRequest { request, expected_version, .. } => {
                    table.write_request(*request, expected_version);
                }
                _ => {}
            }
        }
        table.processed.extend(event);
        if first_seen_unpaid { ApplierState::Start } else { ApplierState::Done }
    }
}

pub(super) fn sale() -> Sale {
    let (user, product) = (UserId::parse("u").unwrap(), ProductId::parse("a").unwrap());
    Sale { user, product, price: None, family: None, referrer: None, additional_products: Vec::new() }
}

pub(super) fn parse_update(event: &str) -> StripeUpdate {
    StripeUpdate::from_event(StripeEvent::parse(event.as_bytes()).unwrap()).expect("an event that we handle")
}
