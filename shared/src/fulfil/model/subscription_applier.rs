//! One that applies updates of a subscription to the table, step by step, with the functions that [`super::super::apply`] runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::subscription_stripe::StripeModel;
use crate::domain::{
    AppId, EventId, Fact, FamilyId, Invoice, InvoiceId, LostDisputeAction, PriceId, ProductId, SubscriptionId,
    Transition, UserId,
};
use crate::fulfil::StripeUpdate;
use crate::fulfil::events::subscription::was_fetched_since;
use crate::fulfil::events::{UpdateKind, subscription_action};
use crate::fulfil::subscription::{
    ProjectedSubscription, find_subscription, project_payload, project_state, table_changes,
};
use crate::fulfil::update_action::UpdateAction;
use crate::store::{TableChange, Versioned};
use crate::stripe::{Sale, SubscriptionState};

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) fact: Option<Versioned<Fact>>,
    pub(super) invoices: BTreeMap<InvoiceId, Invoice>,
    pub(super) processed: BTreeSet<EventId>,
    pub(super) transitions: Vec<Transition>,
}

#[derive(Debug)]
pub(super) struct Applier {
    update: StripeUpdate,
    /// The version that it read first.
    first_read: Option<u64>,
    /// It has ended the subscription, and fetches it again.
    has_ended_it: bool,
    pub(super) state: ApplierState,
}

#[derive(Debug)]
pub(super) enum ApplierState {
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
        projected: Option<Box<ProjectedSubscription>>,
    },
    /// A dispute was lost, and the subscription has to end.
    CancelAfterLostDispute {
        facts: Vec<Versioned<Fact>>,
        how: LostDisputeAction,
    },
    Done,
}

impl Applier {
    pub(super) fn new(update: StripeUpdate) -> Self {
        Self { update, first_read: None, has_ended_it: false, state: ApplierState::Start }
    }

    /// One read, one call to Stripe, or one conditional write.
    pub(super) fn step(&mut self, stripe: &mut StripeModel, table: &mut Table) {
        self.state = match std::mem::replace(&mut self.state, ApplierState::Done) {
            ApplierState::Start => ApplierState::Read { facts: table.fact.clone().into_iter().collect() },
            ApplierState::Read { facts } => {
                let stored = find_subscription(&facts, &subscription_id()).map(|(stored, _)| stored);
                let version = facts.first().map_or(0, |fact| fact.version);
                let first_read = *self.first_read.get_or_insert(version);
                let projected = match subscription_action(
                    stored,
                    self.update.kind,
                    self.update.has_fresh_payload(Timestamp::UNIX_EPOCH),
                ) {
                    UpdateAction::FetchFromStripe if was_fetched_since(&self.update, first_read, version) => Some(None),
                    UpdateAction::KeepFact => Some(None),
                    UpdateAction::ProjectPayload => project_payload(&self.update, &sale()).map(Some),
                    UpdateAction::FetchFromStripe => None,
                };
                match projected {
                    Some(projected) => ApplierState::Ready { facts, projected: projected.map(Box::new) },
                    None => ApplierState::HalfFetched { facts, state: Box::new(stripe.fetch()) },
                }
            }
            ApplierState::HalfFetched { facts, mut state } => {
                (state.period_payment, state.never_paid) = (stripe.period_payment(), stripe.has_never_paid());
                match self.update.kind {
                    UpdateKind::Invoice => stripe.fetch_invoice(&mut state, &self.update.object.id),
                    UpdateKind::Refund | UpdateKind::Dispute => {
                        state.refunds_and_disputes = vec![stripe.fetch_refunds_and_disputes(&self.update.object)];
                    }
                    _ => {}
                }
                let stored = find_subscription(&facts, &subscription_id());
                let projected = project_state(&state, &sale(), &app_id(), stored).unwrap();
                match projected.dispute_requiring_cancellation().map(|_| projected.lost_dispute_action()) {
                    Some(how) if !self.has_ended_it => ApplierState::CancelAfterLostDispute { facts, how },
                    _ => ApplierState::Ready { facts, projected: Some(Box::new(projected)) },
                }
            }
            ApplierState::CancelAfterLostDispute { facts, how } => {
                stripe.end_after_lost_dispute(how);
                self.has_ended_it = true;
                ApplierState::HalfFetched { facts, state: Box::new(stripe.fetch()) }
            }
            ApplierState::Ready { facts, projected } => {
                self.write(&facts, projected.map(|projected| *projected), table)
            }
            ApplierState::Done => ApplierState::Done,
        };
    }

    fn write(
        &self,
        facts: &[Versioned<Fact>],
        projected: Option<ProjectedSubscription>,
        table: &mut Table,
    ) -> ApplierState {
        if self.update.event.as_ref().is_some_and(|event| table.processed.contains(event)) {
            return ApplierState::Done;
        }
        let changes =
            table_changes(&subscription_id(), &sale(), find_subscription(facts, &subscription_id()), projected);
        for change in changes {
            match change {
                TableChange::Subscription { subscription, expected_version, transitions, .. } => {
                    if table.fact.as_ref().map(|fact| fact.version) != expected_version {
                        return ApplierState::Start;
                    }
                    let version = expected_version.unwrap_or(0) + 1;
                    table.fact = Some(Versioned { value: Fact::Subscription(subscription), version });
                    table.transitions.extend(transitions);
                }
                // It comes after its subscription, whose version was the right one.
                TableChange::Invoice { invoice, .. } => {
                    table.invoices.insert(invoice.id.clone(), invoice);
                }
                _ => {}
            }
        }
        table.processed.extend(self.update.event.clone());
        ApplierState::Done
    }
}

pub(super) fn subscription_id() -> SubscriptionId {
    SubscriptionId::parse("sub_1").unwrap()
}

pub(super) fn app_id() -> AppId {
    AppId::parse("tuition").unwrap()
}

pub(super) fn sale() -> Sale {
    Sale {
        user: UserId::parse("u").unwrap(),
        product: ProductId::parse("premium").unwrap(),
        price: Some(PriceId::parse("price_month").unwrap()),
        family: Some(FamilyId::parse("membership").unwrap()),
        referrer: None,
        additional_products: Vec::new(),
    }
}
