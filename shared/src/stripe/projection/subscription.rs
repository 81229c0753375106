//! Subscriptions and their invoices, projected to facts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use stripe_shared::{
    Dispute, InvoiceBillingReason as BillingReason, InvoiceLineItem, Price, Refund, SubscriptionItem,
    SubscriptionSchedule, SubscriptionScheduleEndBehavior, SubscriptionSchedulePhaseConfiguration,
    SubscriptionScheduleStatus, SubscriptionStatus as StripeStatus,
};

use super::{ProjectionError, disputes, refunds, time};
use crate::domain::{
    AppId, BillingPeriod, Currency, Interval, Invoice, InvoiceDispute, InvoiceId, InvoiceRefunds, InvoiceStatus, Money,
    PeriodPayment, PriceId, ProductId, ScheduledChange, Subscription, SubscriptionId, SubscriptionStatus,
};
use crate::stripe::metadata::product_of;
use crate::stripe::{Sale, StripeInvoice, StripeSubscription};

/// Longer than it takes to make a schedule, which is two calls; in seconds.
const SCHEDULE_IS_MADE_IN: i64 = 600;

/// What we note at Stripe when we end a second trial.
pub(in crate::stripe) const TRIAL_USED: &str = "trial_used";

/// Stripe's side of a subscription at one moment.
#[derive(Debug)]
pub struct SubscriptionState {
    /// The subscription, its items' products included.
    pub subscription: StripeSubscription,
    /// The invoice that was heard of, or the latest one.
    pub invoice: Option<StripeInvoice>,
    /// What happened to the money that was heard of.
    pub money: Option<InvoiceMoney>,
    /// Whether the current period was paid for.
    pub period_payment: PeriodPayment,
}

/// What happened to the money of an invoice: all of what was asked for.
#[derive(Debug)]
pub struct InvoiceMoney {
    /// The invoice; `None` when Stripe does not name it any more.
    pub invoice: Option<StripeInvoice>,
    /// The disputes of its payment.
    pub disputes: Vec<Dispute>,
    /// The refunds of its payment.
    pub refunds: Vec<Refund>,
}

/// A subscription as an event brought it: `None` when only Stripe can say which plan it is, or whether the period was paid
/// for, which a payload does not tell but of a trial. Disputes are not part of it.
///
/// # Errors
/// When an id or a time has no known form.
pub fn from_subscription_event(
    stripe: &StripeSubscription,
    sale: &Sale,
) -> Result<Option<Subscription>, ProjectionError> {
    if stripe.status != StripeStatus::Trialing {
        return Ok(None);
    }
    // The price that we sold: everything else may have been changed in the portal.
    let sold = stripe.items.data.iter().find(|item| is_sold(item, sale));
    sold.map(|item| project(stripe, Some((item, sale.product.clone())), Some(item), PeriodPayment::Paid)).transpose()
}

/// The fact that a fetched subscription amounts to. Of what was known before, the disputes and refunds of other payments
/// stay.
///
/// # Errors
/// When it has no item, or an id or a time has no known form.
pub fn from_subscription(
    state: &SubscriptionState,
    sale: &Sale,
    app: &AppId,
    known: Option<&Subscription>,
) -> Result<Subscription, ProjectionError> {
    let SubscriptionState { subscription: stripe, money, period_payment, .. } = state;
    let mut subscription = project(stripe, our_item(stripe, sale, app), stripe.items.data.first(), *period_payment)?;
    if let Some(known) = known {
        (subscription.disputes, subscription.refunds) = (known.disputes.clone(), known.refunds.clone());
    }
    if let Some(money) = money {
        add_money(&mut subscription, money)?;
    }
    Ok(subscription)
}

/// Replaces what was known of a payment by what Stripe says.
fn add_money(subscription: &mut Subscription, money: &InvoiceMoney) -> Result<(), ProjectionError> {
    let invoice = money.invoice.as_ref();
    // Stripe embeds the first ten lines only: a renewal after many changes is known by its reason and its time.
    let running = subscription.period();
    let covered = |invoice: &&StripeInvoice| invoice.lines.has_more && covers(invoice, running.start.as_second());
    let period = invoice.and_then(|invoice| period_of(invoice, Lines::OfPeriod));
    let period = period.or(invoice.filter(covered).map(|_| running));
    // What a change charged was for the rest of a period, and its dispute takes that away.
    let is_whole = |invoice: &&StripeInvoice| !invoice.lines.has_more;
    let disputed = period.or(invoice.filter(is_whole).and_then(|invoice| period_of(invoice, Lines::All)));
    for (id, status) in disputes(&money.disputes)? {
        subscription.disputes.insert(id, InvoiceDispute { status, period: disputed });
    }
    let refunds = refunds(&money.refunds)?;
    if let (Some(invoice), Some(period), false) = (invoice, period, refunds.is_empty()) {
        let id = InvoiceId::parse(invoice.id.as_ref().map_or("", |id| id.as_str()))?;
        let new = || InvoiceRefunds { period, paid: invoice.amount_paid, refunds: BTreeMap::new() };
        subscription.refunds.entry(id).or_insert_with(new).refunds.extend(refunds);
    }
    Ok(())
}

/// Which lines of an invoice count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// Those of a subscription's item that are no prorations.
    OfPeriod,
    /// All of them.
    All,
}

/// The time that an invoice was for; `None` when no line counts.
fn period_of(invoice: &StripeInvoice, lines: Lines) -> Option<BillingPeriod> {
    let counting = || invoice.lines.data.iter().filter(move |line| lines == Lines::All || is_of_period(line));
    let start = counting().map(|line| line.period.start).min()?;
    let end = counting().map(|line| line.period.end).max()?;
    Some(BillingPeriod { start: time(start).ok()?, end: time(end).ok()? })
}

/// Whether it is for an item's period, and not for a change in the middle of it.
fn is_of_period(line: &InvoiceLineItem) -> bool {
    let item = line.parent.as_ref().and_then(|parent| parent.subscription_item_details.as_ref());
    item.is_some_and(|item| !item.proration)
}

/// The item that is a plan of ours, and which plan.
fn our_item<'a>(stripe: &'a StripeSubscription, sale: &Sale, app: &AppId) -> Option<(&'a SubscriptionItem, ProductId)> {
    let items = &stripe.items.data;
    let named = items.iter().find_map(|item| Some((item, plan_of(&item.price, app)?)));
    named.or_else(|| {
        // A price of somebody else's opens only by an operator's word, who wrote the product into the metadata.
        let item = items.iter().find(|item| is_sold(item, sale) || sale.price.is_none());
        item.map(|item| (item, sale.product.clone()))
    })
}

/// When the current period of our item began, in seconds since 1970; of the first item, if none is ours.
pub(in crate::stripe) fn period_start(stripe: &StripeSubscription, sale: &Sale, app: &AppId) -> Option<i64> {
    let item = our_item(stripe, sale, app).map(|(item, _)| item).or(stripe.items.data.first());
    item.map(|item| item.current_period_start)
}

/// Whether it is the invoice of the period that began at `start`: it has a line of a subscription's item, which is not a
/// proration, over that time. Invoices of changes have prorations only.
/// See <https://docs.stripe.com/api/invoice-line-item/object>.
pub(in crate::stripe) fn covers(invoice: &StripeInvoice, start: i64) -> bool {
    let mut lines = invoice.lines.data.iter();
    let covered = lines.any(|line| is_of_period(line) && (line.period.start..line.period.end).contains(&start));
    // Stripe embeds the first ten lines only: a renewal after many changes is known by its reason and its time.
    covered || (invoice.lines.has_more && is_renewal(invoice) && invoice.created >= start)
}

/// Whether it is for another period of what ran before.
pub(in crate::stripe) fn is_renewal(invoice: &StripeInvoice) -> bool {
    matches!(invoice.billing_reason, Some(BillingReason::SubscriptionCycle | BillingReason::Subscription))
}

/// Where an invoice stands.
pub(in crate::stripe) fn status_of(invoice: &StripeInvoice) -> InvoiceStatus {
    InvoiceStatus::from(invoice.status.as_ref().map_or("draft", |status| status.as_str()))
}

fn is_sold(item: &SubscriptionItem, sale: &Sale) -> bool {
    sale.price.as_ref().is_some_and(|price| price.as_str() == item.price.id.as_str())
}

/// Which of our products a price belongs to, when its product came along.
fn plan_of(price: &Price, app: &AppId) -> Option<ProductId> {
    product_of(&price.product.as_object()?.metadata, app)
}

/// What was noted when it was canceled.
fn comment_of(stripe: &StripeSubscription) -> Option<&str> {
    stripe.cancellation_details.as_ref()?.comment.as_deref()
}

/// The schedule that manages a subscription, if it came along.
fn schedule_of(stripe: &StripeSubscription) -> Option<&SubscriptionSchedule> {
    stripe.schedule.as_ref()?.as_object().filter(|schedule| schedule.status == SubscriptionScheduleStatus::Active)
}

/// The phase after the one that runs.
fn next_phase(schedule: &SubscriptionSchedule) -> Option<&SubscriptionSchedulePhaseConfiguration> {
    let ends = schedule.current_phase.as_ref()?.end_date;
    schedule.phases.iter().find(|phase| phase.start_date >= ends)
}

fn scheduled_change(phase: &SubscriptionSchedulePhaseConfiguration) -> Result<ScheduledChange, ProjectionError> {
    let item = phase.items.first().ok_or(ProjectionError::NoItem)?;
    Ok(ScheduledChange { price: PriceId::parse(item.price.id().as_str())?, at: time(phase.start_date)? })
}

/// A schedule that changes nothing any more and only stands in the way: its last phase runs, or it was never finished.
#[derive(Debug)]
pub struct SpentSchedule {
    id: String,
    created: i64,
}

impl SpentSchedule {
    /// The one of a subscription, if it has one.
    pub fn of(state: &SubscriptionState) -> Option<Self> {
        let schedule = schedule_of(&state.subscription)?;
        let releases = schedule.end_behavior == SubscriptionScheduleEndBehavior::Release;
        let is_spent = releases && next_phase(schedule).is_none();
        is_spent.then(|| Self { id: schedule.id.to_string(), created: schedule.created })
    }

    /// Its id, unless it is so young that it may be about to get its phases.
    pub fn to_release(&self, now: Timestamp) -> Option<&str> {
        (now.as_second().saturating_sub(self.created) >= SCHEDULE_IS_MADE_IN).then_some(&*self.id)
    }
}

fn project(
    stripe: &StripeSubscription,
    ours: Option<(&SubscriptionItem, ProductId)>,
    any: Option<&SubscriptionItem>,
    period_payment: PeriodPayment,
) -> Result<Subscription, ProjectionError> {
    let item = ours.as_ref().map(|(item, _)| *item).or(any).ok_or(ProjectionError::NoItem)?;
    let is_ours = ours.is_some();
    Ok(Subscription {
        id: SubscriptionId::parse(stripe.id.as_str())?,
        product: ours.map(|(_, product)| product),
        price: is_ours.then(|| PriceId::parse(item.price.id.as_str())).transpose()?,
        interval: item.price.recurring.as_ref().and_then(|recurring| Interval::parse(recurring.interval.as_str())),
        status: SubscriptionStatus::from(stripe.status.as_str()),
        period_start: time(item.current_period_start)?,
        period_end: time(item.current_period_end)?,
        period_payment,
        cancel_at_period_end: stripe.cancel_at_period_end,
        cancel_at: stripe.cancel_at.map(time).transpose()?,
        ended_at: stripe.ended_at.map(time).transpose()?,
        trial_end: stripe.trial_end.map(time).transpose()?,
        began_on_trial: stripe.trial_start.is_some_and(|start| start <= stripe.start_date),
        trial_was_used: comment_of(stripe) == Some(TRIAL_USED),
        collection_paused: stripe.pause_collection.is_some(),
        schedule: stripe.schedule.as_ref().map(|schedule| schedule.id().to_string()),
        scheduled_change: schedule_of(stripe).and_then(next_phase).map(scheduled_change).transpose()?,
        change_waits_until: stripe.pending_update.as_ref().map(|pending| time(pending.expires_at)).transpose()?,
        disputes: BTreeMap::new(),
        refunds: BTreeMap::new(),
        since: time(stripe.created)?,
    })
}

/// An invoice for the learner to see.
///
/// # Errors
/// When an id, a currency or a time has no known form.
pub fn from_invoice(stripe: &StripeInvoice, subscription: &SubscriptionId) -> Result<Invoice, ProjectionError> {
    let id = stripe.id.as_ref().map_or("", |id| id.as_str());
    Ok(Invoice {
        id: InvoiceId::parse(id)?,
        subscription: subscription.clone(),
        number: stripe.number.clone(),
        status: status_of(stripe),
        due: Money::new(stripe.amount_due, Currency::parse(&stripe.currency.to_string())?),
        paid: stripe.amount_paid,
        created: time(stripe.created)?,
        paid_at: stripe.status_transitions.paid_at.map(time).transpose()?,
        hosted_url: stripe.hosted_invoice_url.clone(),
        pdf_url: stripe.invoice_pdf.clone(),
    })
}

/// The payment intents of an invoice.
pub fn payments_of(invoice: &StripeInvoice) -> impl Iterator<Item = &str> {
    let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
    payments.filter_map(|payment| payment.payment.payment_intent.as_ref()).map(|intent| intent.id().as_str())
}
