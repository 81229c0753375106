//! Applying what was heard of a subscription, by itself, its invoices or the session that began it.

use jiff::Timestamp;

use super::decide::Step;
use super::events::Meaning;
use super::purchase::{closed_checkout, owner_of};
use super::resolve::Named;
use super::retries::Retries;
use super::{Context, FulfilError, Heard, Outcome, lost_dispute, second_trial};
use crate::domain::{
    AfterLostDispute, AppId, DisputeId, Fact, Invoice, InvoiceStatus, Subscription, SubscriptionId,
    subscription_transitions,
};
use crate::metrics;
use crate::store::{Change, Commit, Committed, Owner, Versioned};
use crate::stripe::{
    self, MoneyLookup, ProjectionError, Sale, SpentSchedule, SubscriptionLookup, SubscriptionState, from_invoice,
    from_subscription, from_subscription_event, payments_of,
};

pub(super) async fn apply(
    context: &Context,
    heard: &Heard,
    id: &SubscriptionId,
    sale: &Sale,
    named: Named,
    now: Timestamp,
) -> Result<Outcome, FulfilError> {
    let is_sold_here = named == Named::OnTheObject;
    let readable = heard.is_readable(now) && is_sold_here;
    let mut retries = Retries::new();
    let mut first_read = None;
    loop {
        // The order matters: first the version, then Stripe. A fetch older than the version could undo a newer one.
        let read = context.store.facts_and_checkouts(&sale.user).await?;
        let known = known_subscription(&read.facts, id);
        let version = known.map_or(0, |(_, version)| version);
        let step = match decide(known.map(|(subscription, _)| subscription), heard, readable) {
            Step::Fetch if is_covered(heard, *first_read.get_or_insert(version), version) => Step::Keep,
            step => step,
        };
        let visit = Visit { context, heard, id, sale, facts: &read.facts, known, now, is_sold_here };
        let look = match visit.look(step).await? {
            Some(look) => Some(visit.end_what_must_not_run(look, version).await?),
            None => None,
        };
        if look.is_none() && heard.event.is_none() {
            return Ok(Outcome::Duplicate);
        }
        let begins_trial = known.is_none() && look.as_ref().is_some_and(|look| look.subscription.on_trial());
        let begun = look.as_ref().filter(|_| begins_trial && is_sold_here).map(|look| look.subscription.clone());
        let in_vain = look.as_ref().is_some_and(|look| look.is_paid_in_vain(heard));
        let mut changes = changes(id, sale, known, look);
        changes.extend(closed_checkout(heard, sale, &read));
        let commit = Commit { event: heard.event.as_ref(), at: now, changes };
        match context.store.commit(&commit).await? {
            done @ (Committed::Committed | Committed::Mended) => {
                // Another trial may have been written since the facts were read.
                if let Some(begun) = begun {
                    second_trial::look_again(context, sale, &begun).await;
                }
                if in_vain {
                    metrics::paid_in_vain();
                    tracing::warn!(subscription = %id, invoice = heard.object.id, "paid after the subscription's end: give it back");
                }
                return Ok(if done == Committed::Mended { Outcome::Mended } else { Outcome::Applied });
            }
            Committed::Duplicate => return Ok(Outcome::Duplicate),
            Committed::Lost => retries.pause().await?,
        }
    }
}

/// The first sight is read from the payload, for whatever happened since brings an event of its own, which finds the fact
/// and asks. So is nothing that came before lost: every event of a subscription begins its fact. Only a trial's payload
/// says enough: whether a period was paid for, its invoice knows. An ended one never lives again. Invoices only say that it is time to look.
pub(super) fn decide(known: Option<&Subscription>, heard: &Heard, readable: bool) -> Step {
    match heard.meaning {
        Meaning::SubscriptionChanged if known.is_some_and(Subscription::ended) => Step::Keep,
        Meaning::SubscriptionChanged if known.is_none() && readable => Step::Project,
        Meaning::SubscriptionChanged | Meaning::InvoiceChanged | Meaning::IntentProcessing | Meaning::MoneyMoved => {
            Step::Fetch
        }
        // Its own events tell the rest.
        Meaning::SessionCompleted | Meaning::SessionPaid | Meaning::SessionPaymentFailed if known.is_none() => {
            Step::Fetch
        }
        _ => Step::Keep,
    }
}

/// Whether somebody else has looked since this was heard. Version `first_read` was read after the event had arrived, and so
/// was the next one written; whoever wrote the one after that had read it first, and looked then. What an event of the
/// subscription itself tells was seen by that look; an invoice and a payment are seen only by those who heard of them.
pub(super) fn is_covered(heard: &Heard, first_read: u64, version: u64) -> bool {
    heard.meaning == Meaning::SubscriptionChanged && version >= first_read.saturating_add(2)
}

/// A subscription at one moment, and an invoice of it at the same moment.
#[derive(Debug)]
pub(super) struct Look {
    subscription: Subscription,
    invoice: Option<Invoice>,
    /// The payment intents of the invoice.
    payments: Vec<String>,
    /// A schedule that only stands in the way.
    spent_schedule: Option<SpentSchedule>,
}

impl Look {
    /// It was heard that an invoice was paid after the subscription's end.
    fn is_paid_in_vain(&self, heard: &Heard) -> bool {
        let invoice = self.invoice.as_ref().filter(|_| heard.meaning == Meaning::InvoiceChanged);
        invoice.is_some_and(|invoice| self.subscription.was_paid_in_vain(invoice))
    }

    /// A lost dispute, if the subscription has to end by it.
    pub(super) fn to_end_by_dispute(&self) -> Option<&DisputeId> {
        let runs_on = self.subscription.after_lost_dispute() != AfterLostDispute::Settled;
        self.subscription.lost_dispute().filter(|_| runs_on)
    }

    /// How.
    #[cfg(test)]
    pub(super) fn after_lost_dispute(&self) -> AfterLostDispute {
        self.subscription.after_lost_dispute()
    }
}

/// What the payload says, if it says which plan it is.
pub(super) fn at_first_sight(heard: &Heard, sale: &Sale) -> Option<Look> {
    let subscription = from_subscription_event(&heard.subscription().ok()?, sale).ok()??;
    Some(Look { subscription, invoice: None, payments: Vec::new(), spent_schedule: None })
}

/// One try at an event: what was read, and what it is about.
struct Visit<'a> {
    context: &'a Context,
    heard: &'a Heard,
    id: &'a SubscriptionId,
    sale: &'a Sale,
    facts: &'a [Versioned<Fact>],
    known: Option<(&'a Subscription, u64)>,
    now: Timestamp,
    /// Its own metadata says who bought what.
    is_sold_here: bool,
}

impl Visit<'_> {
    async fn look(&self, step: Step) -> Result<Option<Look>, FulfilError> {
        match step {
            Step::Keep => Ok(None),
            Step::Project => match at_first_sight(self.heard, self.sale) {
                Some(look) => Ok(Some(look)),
                None => self.fetch().await.map(Some),
            },
            Step::Fetch => self.fetch().await.map(Some),
        }
    }

    /// Ends at Stripe what must not run on, and gives how it is then. At every look, so that nobody takes it back; and before
    /// it is written down, so that a crash leaves a redelivery that does it.
    async fn end_what_must_not_run(&self, mut look: Look, version: u64) -> Result<Look, FulfilError> {
        let Self { context, facts, now, .. } = *self;
        if self.is_sold_here && second_trial::end_all_but_one(context, facts, &look.subscription).await? {
            look = self.fetch().await?;
        }
        if let Some(dispute) = look.to_end_by_dispute().filter(|_| context.dispute_cancels) {
            lost_dispute::end_subscription(context, &look.subscription, dispute, version).await?;
            look = self.fetch().await?;
        }
        if let Some(schedule) = look.spent_schedule.as_ref().and_then(|spent| spent.to_release(now)) {
            let key = format!("{}:release:{schedule}", context.app);
            // It only stands in the way; the next look tries again.
            match stripe::release_schedule(&context.stripe, schedule, &key).await {
                Ok(()) => look = self.fetch().await?,
                Err(error) => tracing::warn!(schedule, code = error.code(), "a schedule could not be released"),
            }
        }
        Ok(look)
    }

    async fn fetch(&self) -> Result<Look, FulfilError> {
        let Self { context, heard, id, sale, known, .. } = *self;
        let invoice = (heard.meaning == Meaning::InvoiceChanged).then_some(heard.object.id.as_str());
        let moved = heard.intent().filter(|_| heard.meaning == Meaning::MoneyMoved);
        let money = moved.map(|intent| match heard.object.kind.as_str() {
            "dispute" => MoneyLookup::Disputes(intent),
            _ => MoneyLookup::Refunds(intent),
        });
        let lookup = SubscriptionLookup { id, sale, app: &context.app, invoice, money };
        let state = stripe::subscription_state(&context.stripe, lookup).await?;
        Ok(look(&state, sale, &context.app, known)?)
    }
}

/// What Stripe says, beside what was known of other payments.
pub(super) fn look(
    state: &SubscriptionState,
    sale: &Sale,
    app: &AppId,
    known: Option<(&Subscription, u64)>,
) -> Result<Look, ProjectionError> {
    let subscription = from_subscription(state, sale, app, known.map(|(known, _)| known))?;
    let invoice = state.invoice.as_ref().map(|invoice| from_invoice(invoice, &subscription.id)).transpose()?;
    let payments = state.invoice.iter().flat_map(payments_of).map(str::to_owned).collect();
    // A draft is nobody's business yet.
    let invoice = invoice.filter(|invoice| invoice.status != InvoiceStatus::Draft);
    Ok(Look { subscription, invoice, payments, spent_schedule: SpentSchedule::of(state) })
}

/// The subscription, and its version.
pub(super) fn known_subscription<'a>(
    facts: &'a [Versioned<Fact>],
    id: &SubscriptionId,
) -> Option<(&'a Subscription, u64)> {
    facts.iter().find_map(|fact| match &fact.value {
        Fact::Subscription(subscription) if subscription.id == *id => Some((subscription, fact.version)),
        _ => None,
    })
}

/// Everything that changes by what was heard. Every look makes a new version, even one that finds the subscription as it
/// was: that is what guards the invoice beside it.
pub(super) fn changes(
    id: &SubscriptionId,
    sale: &Sale,
    known: Option<(&Subscription, u64)>,
    look: Option<Look>,
) -> Vec<Change> {
    let user = || sale.user.clone();
    let mut changes = Vec::new();
    if let Some(Look { subscription, invoice, payments, spent_schedule: _ }) = look {
        let (old, expected) = known.unzip();
        let effects = subscription_transitions(old, &subscription);
        changes.push(Change::Subscription { user: user(), subscription, expected, effects });
        changes.extend(invoice.map(|invoice| Change::Invoice { user: user(), invoice }));
        let owner = Owner { subscription: Some(id.clone()), ..owner_of(sale) };
        let objects = old.is_none().then(|| id.to_string()).into_iter().chain(payments);
        changes.extend(objects.map(|stripe_id| Change::Owner { stripe_id, owner: owner.clone() }));
    }
    changes
}
