//! Who applies an event or the answer of a page: it can be interrupted between any two steps.

use jiff::Timestamp;

use super::stripe::StripeModel;
use super::table::Table;
use crate::domain::{Fact, ProductId, Purchase, Referral, UserId};
use crate::fulfil::events::purchase_action;
use crate::fulfil::purchase::{
    find_purchase, has_nothing_to_record, is_first_seen_unpaid, paid_purchase_in_payload, purchase_changes,
    with_our_times,
};
use crate::fulfil::referral::referred_by_purchase;
use crate::fulfil::update_action::UpdateAction;
use crate::fulfil::{PurchaseState, StripeUpdate};
use crate::store::{FactsAndCheckouts, TableChange, Versioned};
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
    Read { read: FactsAndCheckouts },
    HalfFetched { read: FactsAndCheckouts, state: Box<PaymentState>, is_checkout_complete: bool },
    Ready { read: FactsAndCheckouts, next: Option<Box<Purchase>> },
    Done,
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
                let mut read = FactsAndCheckouts::default();
                read.facts = table.fact.clone().into_iter().collect();
                read.refund_requests.clone_from(&table.requests);
                read.referred.clone_from(&table.referred);
                ApplierState::Read { read }
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

    fn after_read(&self, stripe: &StripeModel, read: FactsAndCheckouts) -> ApplierState {
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

    fn fetch(&self, stripe: &StripeModel, read: FactsAndCheckouts) -> ApplierState {
        let is_checkout_complete =
            find_purchase(&read.facts, &self.update).is_some() || self.update.kind.implies_completed_checkout();
        ApplierState::HalfFetched { read, state: Box::new(stripe.fetch_payment()), is_checkout_complete }
    }

    fn write(&self, read: FactsAndCheckouts, next: Option<Purchase>, table: &mut Table) -> ApplierState {
        if has_nothing_to_record(&self.update, next.as_ref()) {
            return ApplierState::Done;
        }
        let stored = find_purchase(&read.facts, &self.update);
        let first_seen_unpaid = is_first_seen_unpaid(stored, next.as_ref());
        let next = next.map(|next| with_our_times(next, stored, Timestamp::UNIX_EPOCH));
        let referred = next.as_ref().and_then(|next| referred_by_purchase(&sale(), &read, next));
        let changes = purchase_changes(&self.update, &sale(), &read, next, referred.as_ref(), Timestamp::UNIX_EPOCH);
        let writes = |kind: fn(&TableChange) -> bool| changes.iter().any(kind);
        assert!(
            !writes(|change| matches!(change, TableChange::Referral { .. }))
                || writes(|change| matches!(change, TableChange::Purchase { .. })),
            "only the version of the purchase keeps an older referral from replacing a newer one"
        );
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
            TableChange::Referred { .. } => table.referred.is_none(),
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
                    table.put_request(*request, expected_version);
                }
                TableChange::Referred { referred, .. } => table.referred = Some(*referred),
                TableChange::Referral { referral, refund_requested, .. } => {
                    let refund_requested = refund_requested
                        .unwrap_or_else(|| table.referral.as_ref().is_some_and(|stored| stored.refund_requested));
                    table.referral = Some(Referral { refund_requested, ..*referral });
                }
                TableChange::HoldReferral { refund_requested, .. } => {
                    table.referral.as_mut().expect("it was paid").refund_requested = refund_requested;
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
    let referrer = UserId::parse("referrer").ok();
    Sale { user, product, price: None, family: None, referrer, credit_use: None, additional_products: Vec::new() }
}

pub(super) fn parse_update(event: &str) -> StripeUpdate {
    StripeUpdate::from_event(StripeEvent::parse(event.as_bytes()).unwrap()).expect("an event that we handle")
}
