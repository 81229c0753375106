//! One that applies updates of a subscription to the table, step by step, with the functions that [`super::super::apply`] runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::subscription_stripe::StripeModel;
use crate::domain::{
    AppId, EventId, Fact, FamilyId, Invoice, InvoiceId, LostDisputeAction, PriceId, ProductId, Referral, Referred,
    SubscriptionId, Transition, UserId,
};
use crate::fulfil::StripeUpdate;
use crate::fulfil::events::subscription::was_fetched_since;
use crate::fulfil::events::{UpdateKind, subscription_action};
use crate::fulfil::subscription::{
    ProjectedSubscription, find_subscription, project_payload, project_state, subscription_changes,
};
use crate::fulfil::update_action::UpdateAction;
use crate::store::{FactsAndCheckouts, TableChange, Versioned};
use crate::stripe::{Sale, SubscriptionState};

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) fact: Option<Versioned<Fact>>,
    pub(super) invoices: BTreeMap<InvoiceId, Invoice>,
    pub(super) processed: BTreeSet<EventId>,
    pub(super) transitions: Vec<Transition>,
    /// By which invoice the learner was referred.
    pub(super) referred: Option<Referred>,
    /// The invoice in the referrer's ledger.
    pub(super) referral: Option<Referral>,
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
        read: FactsAndCheckouts,
    },
    /// The subscription is fetched; an older invoice and what happened to money take calls of their own.
    HalfFetched {
        read: FactsAndCheckouts,
        state: Box<SubscriptionState>,
    },
    Ready {
        read: FactsAndCheckouts,
        projected: Option<Box<ProjectedSubscription>>,
    },
    /// A dispute was lost, and the subscription has to end.
    CancelAfterLostDispute {
        read: FactsAndCheckouts,
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
            ApplierState::Start => {
                let mut read = FactsAndCheckouts::default();
                read.facts = table.fact.clone().into_iter().collect();
                read.referred.clone_from(&table.referred);
                ApplierState::Read { read }
            }
            ApplierState::Read { read } => {
                let stored = find_subscription(&read.facts, &subscription_id()).map(|(stored, _)| stored);
                let version = read.facts.first().map_or(0, |fact| fact.version);
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
                    Some(projected) => ApplierState::Ready { read, projected: projected.map(Box::new) },
                    None => ApplierState::HalfFetched { read, state: Box::new(stripe.fetch()) },
                }
            }
            ApplierState::HalfFetched { read, mut state } => {
                (state.period_payment, state.never_paid) = (stripe.period_payment(), stripe.has_never_paid());
                match self.update.kind {
                    UpdateKind::Invoice => stripe.fetch_invoice(&mut state, &self.update.object.id),
                    UpdateKind::Refund | UpdateKind::Dispute => {
                        state.refunds_and_disputes = vec![stripe.fetch_refunds_and_disputes(&self.update.object)];
                    }
                    _ => {}
                }
                let stored = find_subscription(&read.facts, &subscription_id());
                let projected = project_state(&state, &sale(), &app_id(), stored).unwrap();
                match projected.dispute_requiring_cancellation().map(|_| projected.lost_dispute_action()) {
                    Some(how) if !self.has_ended_it => ApplierState::CancelAfterLostDispute { read, how },
                    _ => ApplierState::Ready { read, projected: Some(Box::new(projected)) },
                }
            }
            ApplierState::CancelAfterLostDispute { read, how } => {
                stripe.end_after_lost_dispute(how);
                self.has_ended_it = true;
                ApplierState::HalfFetched { read, state: Box::new(stripe.fetch()) }
            }
            ApplierState::Ready { read, projected } => self.write(&read, projected.map(|projected| *projected), table),
            ApplierState::Done => ApplierState::Done,
        };
    }

    fn write(
        &self,
        read: &FactsAndCheckouts,
        projected: Option<ProjectedSubscription>,
        table: &mut Table,
    ) -> ApplierState {
        if self.update.event.as_ref().is_some_and(|event| table.processed.contains(event)) {
            return ApplierState::Done;
        }
        let now = Timestamp::UNIX_EPOCH;
        let referred = projected.as_ref().and_then(|projected| projected.referred(&sale(), read, now));
        if referred.is_some() && table.referred.is_some() {
            return ApplierState::Start;
        }
        let changes =
            subscription_changes(&self.update, &subscription_id(), &sale(), read, projected, referred.as_ref(), now);
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
                TableChange::Referred { referred, .. } => table.referred = Some(*referred),
                TableChange::Referral { referral, .. } => table.referral = Some(*referral),
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
        referrer: UserId::parse("referrer").ok(),
        credit_use: None,
        additional_products: Vec::new(),
    }
}
