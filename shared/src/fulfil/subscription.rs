//! Applies an update of a subscription, of its invoices or of the session that began it.

use jiff::Timestamp;

use super::close_checkout::close_checkout_change;
use super::context::Context;
use super::credit_use::{PaidFirstInvoice, credit_use_change, read_credit_use, subscription_outcome};
use super::error::FulfilError;
use super::events::subscription::was_fetched_since;
use super::events::subscription_schedule::release_obsolete_schedule;
use super::events::update_kind::UpdateKind;
use super::events::{dispute, invoice, subscription_action};
use super::outcome::ApplyOutcome;
use super::owner::owner_from_sale;
use super::referral::{ReferralUpdate, open_referral_of_subscription, referred_by_invoice};
use super::refund_request::invoice_request_changes;
use super::resolve::resolved_sale::SaleSource;
use super::same_payer::reject_same_payer;
use super::second_trial;
use super::stripe_update::StripeUpdate;
use super::update_action::UpdateAction;
use crate::domain::{
    AppId, DisputeId, Fact, Invoice, InvoiceStatus, LostDisputeAction, Referred, Subscription, SubscriptionId,
    subscription_transitions,
};
use crate::store::{Commit, FactsAndCheckouts, Owner, Retries, TableChange, Versioned};
use crate::stripe::{
    self, ObsoleteSchedule, ProjectionError, RefundsAndDisputesToFetch, Sale, SubscriptionLookup, SubscriptionState,
    begins_period, invoice_discount, payment_intents_of, project_invoice, project_subscription,
    project_subscription_event,
};

pub(super) async fn apply(
    context: &Context,
    update: &StripeUpdate,
    id: &SubscriptionId,
    sale: &Sale,
    sale_source: SaleSource,
    now: Timestamp,
) -> Result<ApplyOutcome, FulfilError> {
    let has_sale_metadata = sale_source == SaleSource::ObjectMetadata;
    let can_project_payload = update.has_fresh_payload(now) && has_sale_metadata;
    let mut retries = Retries::new();
    let mut first_read = None;
    loop {
        // The order matters: first the version, then Stripe. A fetch older than the version could undo a newer one.
        let mut read = context.store.facts_and_checkouts(&sale.user).await?;
        read.credit_use = read_credit_use(context, sale).await?;
        let stored = find_subscription(&read.facts, id);
        let version = stored.map_or(0, |(_, version)| version);
        let known = stored.map(|(subscription, _)| subscription);
        let action = match subscription_action(known, update.kind, can_project_payload) {
            UpdateAction::FetchFromStripe if was_fetched_since(update, *first_read.get_or_insert(version), version) => {
                UpdateAction::KeepFact
            }
            action => action,
        };
        let attempt = ApplyAttempt { context, update, id, sale, facts: &read.facts, stored, now, has_sale_metadata };
        let projected = match attempt.project(action).await? {
            Some(projected) => Some(attempt.cancel_if_required(projected, version).await?),
            None => None,
        };
        if projected.is_none() && update.event.is_none() {
            return Ok(ApplyOutcome::Duplicate);
        }
        let begins_trial = known.is_none() && has_sale_metadata;
        let started_trial = projected.as_ref().filter(|_| begins_trial).and_then(ProjectedSubscription::on_trial);
        let paid_after_end = projected.as_ref().is_some_and(|projected| {
            invoice::was_paid_after_end(update, &projected.subscription, projected.invoice.as_ref())
        });
        let referred = match projected.as_ref().and_then(|projected| projected.referred(sale, &read, now)) {
            Some(referred) => {
                let (customer, intents) = (update.object.customer.as_deref(), projected.as_ref());
                let intent = intents.and_then(|projected| projected.payment_intents.first()).map(String::as_str);
                Some(reject_same_payer(context, customer, intent, referred).await?)
            }
            None => None,
        };
        let mut changes = subscription_changes(update, id, sale, &read, projected, referred.as_ref(), now);
        changes.extend(close_checkout_change(update, sale, &read));
        changes.extend(open_referral_of_subscription(sale, &read, known, &changes));
        let commit = Commit { event: update.event.as_ref(), at: now, changes };
        match ApplyOutcome::from_commit(context.store.commit(&commit).await?) {
            None => retries.wait().await?,
            Some(ApplyOutcome::Duplicate) => return Ok(ApplyOutcome::Duplicate),
            Some(done) => {
                // Another trial may have been written since the facts were read.
                if let Some(started_trial) = started_trial {
                    second_trial::recheck_second_trials(context, sale, &started_trial).await;
                }
                if paid_after_end {
                    invoice::report_paid_after_end(id, update);
                }
                return Ok(done);
            }
        }
    }
}

/// A subscription at one moment, and an invoice of it at the same moment.
#[derive(Debug)]
pub(super) struct ProjectedSubscription {
    subscription: Subscription,
    invoice: Option<Invoice>,
    /// The payment intents of the invoice.
    payment_intents: Vec<String>,
    /// Whether the invoice begins the subscription or a period of it; others are for changes.
    begins_period: bool,
    /// The invoice, if the subscription began with it and it is paid.
    paid_first: Option<PaidFirstInvoice>,
    /// A schedule that only stands in the way.
    obsolete_schedule: Option<ObsoleteSchedule>,
}

impl ProjectedSubscription {
    /// That the learner was referred by the invoice.
    pub(super) fn referred(&self, sale: &Sale, read: &FactsAndCheckouts, now: Timestamp) -> Option<Referred> {
        let invoice = self.invoice.as_ref().filter(|_| self.begins_period)?;
        referred_by_invoice(sale, read, invoice, now)
    }

    /// The subscription, if it is in its trial.
    fn on_trial(&self) -> Option<Subscription> {
        self.subscription.on_trial().then(|| self.subscription.clone())
    }

    /// A lost dispute, if the subscription has to end by it.
    pub(super) fn dispute_requiring_cancellation(&self) -> Option<&DisputeId> {
        let runs_on = self.subscription.lost_dispute_action() != LostDisputeAction::NothingToDo;
        self.subscription.lost_dispute().filter(|_| runs_on)
    }

    /// How.
    #[cfg(test)]
    pub(super) fn lost_dispute_action(&self) -> LostDisputeAction {
        self.subscription.lost_dispute_action()
    }
}

/// What the payload says, if it says which plan it is.
pub(super) fn project_payload(update: &StripeUpdate, sale: &Sale) -> Option<ProjectedSubscription> {
    let subscription = project_subscription_event(&update.subscription().ok()?, sale).ok()??;
    Some(ProjectedSubscription {
        subscription,
        invoice: None,
        payment_intents: Vec::new(),
        begins_period: false,
        paid_first: None,
        obsolete_schedule: None,
    })
}

/// One try at an event: what was read, and what it is about.
struct ApplyAttempt<'a> {
    context: &'a Context,
    update: &'a StripeUpdate,
    id: &'a SubscriptionId,
    sale: &'a Sale,
    facts: &'a [Versioned<Fact>],
    stored: Option<(&'a Subscription, u64)>,
    now: Timestamp,
    /// Its own metadata says who bought what.
    has_sale_metadata: bool,
}

impl ApplyAttempt<'_> {
    async fn project(&self, action: UpdateAction) -> Result<Option<ProjectedSubscription>, FulfilError> {
        match action {
            UpdateAction::KeepFact => Ok(None),
            UpdateAction::ProjectPayload => match project_payload(self.update, self.sale) {
                Some(projected) => Ok(Some(projected)),
                None => self.fetch().await.map(Some),
            },
            UpdateAction::FetchFromStripe => self.fetch().await.map(Some),
        }
    }

    /// Cancels the subscription at Stripe if it has to be canceled, and fetches it again. This is done at every
    /// fetch, in case somebody has reverted it, and before the write, so that after a crash the redelivered event
    /// does it.
    async fn cancel_if_required(
        &self,
        mut projected: ProjectedSubscription,
        version: u64,
    ) -> Result<ProjectedSubscription, FulfilError> {
        let Self { context, facts, now, .. } = *self;
        if self.has_sale_metadata && second_trial::end_second_trials(context, facts, &projected.subscription).await? {
            projected = self.fetch().await?;
        }
        if let Some(dispute) = projected.dispute_requiring_cancellation().filter(|_| context.cancel_on_lost_dispute) {
            dispute::end_subscription(context, &projected.subscription, dispute, version).await?;
            projected = self.fetch().await?;
        }
        if release_obsolete_schedule(context, projected.obsolete_schedule.as_ref(), now).await {
            projected = self.fetch().await?;
        }
        Ok(projected)
    }

    async fn fetch(&self) -> Result<ProjectedSubscription, FulfilError> {
        let Self { context, update, id, sale, stored, .. } = *self;
        let invoice = (update.kind == UpdateKind::Invoice).then_some(update.object.id.as_str());
        let refunds_and_disputes = match update.kind {
            UpdateKind::Refund => update.payment_intent().map(RefundsAndDisputesToFetch::Refunds),
            UpdateKind::Dispute => update.payment_intent().map(RefundsAndDisputesToFetch::Disputes),
            _ => update.wants_payments().then_some(RefundsAndDisputesToFetch::CurrentPeriod),
        };
        let lookup = SubscriptionLookup { id, sale, app: &context.app, invoice, refunds_and_disputes };
        let state = stripe::fetch_subscription_state(&context.stripe, lookup).await?;
        Ok(project_state(&state, sale, &context.app, stored)?)
    }
}

/// What Stripe says, beside what was known of other payments.
pub(super) fn project_state(
    state: &SubscriptionState,
    sale: &Sale,
    app: &AppId,
    stored: Option<(&Subscription, u64)>,
) -> Result<ProjectedSubscription, ProjectionError> {
    let subscription = project_subscription(state, sale, app, stored.map(|(stored, _)| stored))?;
    let invoice = state.invoice.as_ref().map(|invoice| project_invoice(invoice, &subscription)).transpose()?;
    let payment_intents = state.invoice.iter().flat_map(payment_intents_of).map(str::to_owned).collect();
    let paid_first = invoice.as_ref().filter(|invoice| invoice.is_first && invoice.status == InvoiceStatus::Paid);
    let paid_first = paid_first
        .zip(state.invoice.as_ref())
        .map(|(invoice, stripe)| PaidFirstInvoice { id: invoice.id.clone(), discount: invoice_discount(stripe) });
    // A draft is nobody's business yet.
    let invoice = invoice.filter(|invoice| invoice.status != InvoiceStatus::Draft);
    Ok(ProjectedSubscription {
        subscription,
        invoice,
        payment_intents,
        begins_period: state.invoice.as_ref().is_some_and(begins_period),
        paid_first,
        obsolete_schedule: ObsoleteSchedule::find(state),
    })
}

/// The subscription, and its version.
pub(super) fn find_subscription<'a>(
    facts: &'a [Versioned<Fact>],
    id: &SubscriptionId,
) -> Option<(&'a Subscription, u64)> {
    facts.iter().find_map(|fact| match &fact.value {
        Fact::Subscription(subscription) if subscription.id == *id => Some((subscription, fact.version)),
        _ => None,
    })
}

/// All that changes with the subscription: refund requests of its invoices, its referral and the credit spent on it, too.
pub(super) fn subscription_changes(
    update: &StripeUpdate,
    id: &SubscriptionId,
    sale: &Sale,
    read: &FactsAndCheckouts,
    projected: Option<ProjectedSubscription>,
    referred: Option<&Referred>,
    now: Timestamp,
) -> Vec<TableChange> {
    let stored = find_subscription(&read.facts, id);
    let known = projected.as_ref().map(|projected| &projected.subscription).or(stored.map(|(stored, _)| stored));
    let paid_first = projected.as_ref().and_then(|projected| projected.paid_first.as_ref());
    let credit_use = read.credit_use.as_ref();
    let outcome = subscription_outcome(update, known, paid_first, credit_use.map(|read| &read.value));
    let credit_use = credit_use_change(sale, credit_use, outcome);
    let mut beside = Vec::new();
    if let Some(ProjectedSubscription { subscription, .. }) = &projected {
        beside = invoice_request_changes(&sale.user, &read.refund_requests, subscription, now);
        let referral = ReferralUpdate { known: read.referred.as_ref(), new: referred, read: &read.refund_requests };
        beside.extend(referral.of_subscription(sale, stored.map(|(stored, _)| stored), subscription, &beside));
    }
    let mut changes = table_changes(id, sale, stored, projected);
    changes.append(&mut beside);
    changes.extend(credit_use);
    changes
}

/// The changes of the table. Every fetch raises the version, even if the subscription is unchanged: that is what guards the
/// invoice beside it.
pub(super) fn table_changes(
    id: &SubscriptionId,
    sale: &Sale,
    stored: Option<(&Subscription, u64)>,
    projected: Option<ProjectedSubscription>,
) -> Vec<TableChange> {
    let user = || sale.user.clone();
    let mut changes = Vec::new();
    if let Some(ProjectedSubscription { subscription, invoice, payment_intents, .. }) = projected {
        let (old, expected_version) = stored.unzip();
        let transitions = subscription_transitions(old, &subscription);
        changes.push(TableChange::Subscription { user: user(), subscription, expected_version, transitions });
        changes.extend(invoice.map(|invoice| TableChange::Invoice { user: user(), invoice }));
        let owner = Owner { subscription: Some(id.clone()), ..owner_from_sale(sale) };
        let objects = old.is_none().then(|| id.to_string()).into_iter().chain(payment_intents);
        changes.extend(objects.map(|stripe_id| TableChange::Owner { stripe_id, owner: owner.clone() }));
    }
    changes
}
