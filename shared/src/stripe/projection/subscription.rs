//! Subscriptions and their invoices, projected to facts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use stripe_shared::{
    InvoiceBillingReason, SubscriptionItem, SubscriptionSchedule, SubscriptionScheduleEndBehavior,
    SubscriptionSchedulePhaseConfiguration, SubscriptionScheduleStatus, SubscriptionStatus as StripeStatus,
};

use super::error::ProjectionError;
use super::values::{disputes, parse_timestamp, refunds};
use crate::domain::{
    AppId, BillingPeriod, Currency, Interval, Invoice, InvoiceDispute, InvoiceId, InvoiceRefunds, Money, PeriodPayment,
    PriceId, ProductId, ScheduledChange, Subscription, SubscriptionId, SubscriptionStatus,
};
use crate::stripe::invoice::{invoice_covers, invoice_status, is_of_period, is_paid_out_of_band};
use crate::stripe::metadata::{Sale, TRIAL_USED_COMMENT};
use crate::stripe::objects::{StripeInvoice, StripeSubscription};
use crate::stripe::state::{InvoiceRefundsAndDisputes, SubscriptionState};
use crate::stripe::subscription_item::{has_sold_price, our_item};

/// Longer than it takes to make a schedule, which is two calls; in seconds.
const SCHEDULE_CREATION_SECONDS: i64 = 600;

/// Projects the subscription in an event's payload. Returns `None` when the payload does not contain the plan, or
/// does not show whether the period was paid for; only a trial's payload shows both. Disputes are not part of it.
///
/// # Errors
/// When an id or a time has no known form.
pub fn project_subscription_event(
    stripe: &StripeSubscription,
    sale: &Sale,
) -> Result<Option<Subscription>, ProjectionError> {
    if stripe.status != StripeStatus::Trialing {
        return Ok(None);
    }
    // The price that we sold: everything else may have been changed in the portal.
    let sold = stripe.items.data.iter().find(|item| has_sold_price(item, sale));
    sold.map(|item| build_subscription(stripe, Some((item, sale.product.clone())), Some(item), PeriodPayment::Paid))
        .transpose()
}

/// The fact that a fetched subscription amounts to. Of what was known before, the disputes and refunds of other payments
/// stay.
///
/// # Errors
/// When it has no item, or an id or a time has no known form.
pub fn project_subscription(
    state: &SubscriptionState,
    sale: &Sale,
    app: &AppId,
    stored: Option<&Subscription>,
) -> Result<Subscription, ProjectionError> {
    let SubscriptionState { subscription: stripe, refunds_and_disputes, period_payment, never_paid, .. } = state;
    let mut subscription =
        build_subscription(stripe, our_item(stripe, sale, app), stripe.items.data.first(), *period_payment)?;
    subscription.never_paid = *never_paid;
    if let Some(stored) = stored {
        (subscription.disputes, subscription.refunds) = (stored.disputes.clone(), stored.refunds.clone());
    }
    for refunds_and_disputes in refunds_and_disputes {
        add_refunds_and_disputes(&mut subscription, refunds_and_disputes)?;
    }
    Ok(subscription)
}

/// Replaces what was known of a payment by what Stripe says.
fn add_refunds_and_disputes(
    subscription: &mut Subscription,
    refunds_and_disputes: &InvoiceRefundsAndDisputes,
) -> Result<(), ProjectionError> {
    let invoice = refunds_and_disputes.invoice.as_ref();
    // Stripe embeds the first ten lines only: a renewal after many changes is known by its reason and its time.
    let current = subscription.period();
    let covered =
        |invoice: &&StripeInvoice| invoice.lines.has_more && invoice_covers(invoice, current.start.as_second());
    let period = invoice.and_then(|invoice| invoice_period(invoice, LineFilter::SubscriptionPeriod));
    let period = period.or(invoice.filter(covered).map(|_| current));
    // What a change charged was for the rest of a period, and its dispute takes that away.
    let is_whole = |invoice: &&StripeInvoice| !invoice.lines.has_more;
    let disputed = period.or(invoice.filter(is_whole).and_then(|invoice| invoice_period(invoice, LineFilter::All)));
    let invoice_id = invoice.and_then(|invoice| InvoiceId::parse(invoice.id.as_ref()?.as_str()).ok());
    for (id, status) in disputes(&refunds_and_disputes.disputes)? {
        let dispute = InvoiceDispute { status, period: disputed, invoice: invoice_id.clone() };
        subscription.disputes.insert(id, dispute);
    }
    let refunds = refunds(&refunds_and_disputes.refunds)?;
    // The lines of a change end with its period, the first ones like the others.
    let refunded = period.or(invoice.and_then(|invoice| invoice_period(invoice, LineFilter::All)));
    if let (Some(invoice), Some(refunded), false) = (invoice, refunded, refunds.is_empty()) {
        let id = InvoiceId::parse(invoice.id.as_ref().map_or("", |id| id.as_str()))?;
        let is_of_change = period.is_none();
        let new =
            || InvoiceRefunds { period: refunded, is_of_change, paid: invoice.amount_paid, refunds: BTreeMap::new() };
        subscription.refunds.entry(id).or_insert_with(new).refunds.extend(refunds);
    }
    Ok(())
}

/// Which lines of an invoice count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineFilter {
    /// Those of a subscription's item that are no prorations.
    SubscriptionPeriod,
    /// All of them.
    All,
}

/// The time that an invoice was for; `None` when no line counts.
fn invoice_period(invoice: &StripeInvoice, lines: LineFilter) -> Option<BillingPeriod> {
    let counting = || invoice.lines.data.iter().filter(move |line| lines == LineFilter::All || is_of_period(line));
    let start = counting().map(|line| line.period.start).min()?;
    let end = counting().map(|line| line.period.end).max()?;
    Some(BillingPeriod { start: parse_timestamp(start).ok()?, end: parse_timestamp(end).ok()? })
}

/// What was noted when it was canceled.
fn cancellation_comment(stripe: &StripeSubscription) -> Option<&str> {
    stripe.cancellation_details.as_ref()?.comment.as_deref()
}

/// The schedule that manages a subscription, if it came along.
fn active_schedule(stripe: &StripeSubscription) -> Option<&SubscriptionSchedule> {
    stripe.schedule.as_ref()?.as_object().filter(|schedule| schedule.status == SubscriptionScheduleStatus::Active)
}

/// The phase after the one that runs.
fn next_phase(schedule: &SubscriptionSchedule) -> Option<&SubscriptionSchedulePhaseConfiguration> {
    let ends = schedule.current_phase.as_ref()?.end_date;
    schedule.phases.iter().find(|phase| phase.start_date >= ends)
}

fn scheduled_change(phase: &SubscriptionSchedulePhaseConfiguration) -> Result<ScheduledChange, ProjectionError> {
    let item = phase.items.first().ok_or(ProjectionError::NoItem)?;
    Ok(ScheduledChange { price: PriceId::parse(item.price.id().as_str())?, at: parse_timestamp(phase.start_date)? })
}

/// An obsolete schedule: its last phase is running, or it was never completed. It changes nothing and blocks updates
/// of the subscription, so we release it.
#[derive(Debug)]
pub struct ObsoleteSchedule {
    id: String,
    created: i64,
}

impl ObsoleteSchedule {
    /// The one of a subscription, if it has one.
    pub fn find(state: &SubscriptionState) -> Option<Self> {
        let schedule = active_schedule(&state.subscription)?;
        let releases = schedule.end_behavior == SubscriptionScheduleEndBehavior::Release;
        let is_spent = releases && next_phase(schedule).is_none();
        is_spent.then(|| Self { id: schedule.id.to_string(), created: schedule.created })
    }

    /// Its id, unless it is so young that it may be about to get its phases.
    pub fn id_if_releasable(&self, now: Timestamp) -> Option<&str> {
        (now.as_second().saturating_sub(self.created) >= SCHEDULE_CREATION_SECONDS).then_some(&*self.id)
    }
}

fn build_subscription(
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
        period_start: parse_timestamp(item.current_period_start)?,
        period_end: parse_timestamp(item.current_period_end)?,
        period_payment,
        cancel_at_period_end: stripe.cancel_at_period_end,
        cancel_at: stripe.cancel_at.map(parse_timestamp).transpose()?,
        ended_at: stripe.ended_at.map(parse_timestamp).transpose()?,
        trial_end: stripe.trial_end.map(parse_timestamp).transpose()?,
        began_on_trial: stripe.trial_start.is_some_and(|start| start <= stripe.start_date),
        trial_was_used: cancellation_comment(stripe) == Some(TRIAL_USED_COMMENT),
        collection_paused: stripe.pause_collection.is_some(),
        never_paid: false,
        schedule: stripe.schedule.as_ref().map(|schedule| schedule.id().to_string()),
        scheduled_change: active_schedule(stripe).and_then(next_phase).map(scheduled_change).transpose()?,
        pending_update_expires_at: stripe
            .pending_update
            .as_ref()
            .map(|pending| parse_timestamp(pending.expires_at))
            .transpose()?,
        disputes: BTreeMap::new(),
        refunds: BTreeMap::new(),
        since: parse_timestamp(stripe.created)?,
    })
}

/// An invoice for the learner to see.
///
/// # Errors
/// When an id, a currency or a time has no known form.
pub fn project_invoice(stripe: &StripeInvoice, subscription: &Subscription) -> Result<Invoice, ProjectionError> {
    let id = stripe.id.as_ref().map_or("", |id| id.as_str());
    Ok(Invoice {
        id: InvoiceId::parse(id)?,
        subscription: subscription.id.clone(),
        number: stripe.number.clone(),
        status: invoice_status(stripe),
        due: Money::new(stripe.amount_due, Currency::parse(&stripe.currency.to_string())?),
        paid: stripe.amount_paid,
        created: parse_timestamp(stripe.created)?,
        paid_at: stripe.status_transitions.paid_at.map(parse_timestamp).transpose()?,
        paid_out_of_band: is_paid_out_of_band(stripe),
        product: subscription.product.clone(),
        attempted: stripe.attempted,
        is_first: stripe.billing_reason == Some(InvoiceBillingReason::SubscriptionCreate),
        hosted_url: stripe.hosted_invoice_url.clone(),
        pdf_url: stripe.invoice_pdf.clone(),
    })
}

/// Whether an invoice paid for a subscription's period, and not only for a change in it or for a time that the period cut short.
#[cfg(feature = "refunds")]
pub(crate) fn invoice_covers_to_end_of(invoice: &StripeInvoice, current: &BillingPeriod) -> bool {
    let is_later_line = || invoice.lines.has_more && invoice_covers(invoice, current.start.as_second());
    let period = invoice_period(invoice, LineFilter::SubscriptionPeriod);
    period.map_or_else(is_later_line, |period| period.covers_to_end_of(current))
}

/// Whether an invoice begins its subscription or a period of it, as its reason says.
pub fn begins_period(invoice: &StripeInvoice) -> bool {
    matches!(
        invoice.billing_reason,
        Some(InvoiceBillingReason::SubscriptionCreate | InvoiceBillingReason::SubscriptionCycle)
    )
}

/// By how much coupons lowered an invoice, in minor units.
pub fn invoice_discount(invoice: &StripeInvoice) -> i64 {
    let discounts = invoice.total_discount_amounts.iter().flatten();
    discounts.fold(0, |sum, discount| sum.saturating_add(discount.amount))
}

/// The payment intents of an invoice.
pub fn payment_intents_of(invoice: &StripeInvoice) -> impl Iterator<Item = &str> {
    let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
    payments.filter_map(|payment| payment.payment.payment_intent.as_ref()).map(|intent| intent.id().as_str())
}
