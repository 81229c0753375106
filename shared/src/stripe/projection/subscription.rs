//! Subscriptions and their invoices, projected to facts.

use std::collections::BTreeMap;

use stripe_shared::{
    Dispute, InvoiceBillingReason as BillingReason, Price, SubscriptionItem, SubscriptionStatus as StripeStatus,
};

use super::{ProjectionError, disputes, time};
use crate::domain::{
    AppId, Currency, DisputeId, DisputeStatus, Interval, Invoice, InvoiceId, InvoiceStatus, Money, PeriodPayment,
    PriceId, ProductId, Subscription, SubscriptionId, SubscriptionStatus,
};
use crate::stripe::metadata::product_of;
use crate::stripe::{Sale, StripeInvoice, StripeSubscription};

/// Stripe's side of a subscription at one moment.
#[derive(Debug)]
pub struct SubscriptionState {
    /// The subscription, its items' products included.
    pub subscription: StripeSubscription,
    /// The invoice that was heard of, or the latest one.
    pub invoice: Option<StripeInvoice>,
    /// All disputes of the payment that was heard of.
    pub disputes: Vec<Dispute>,
    /// Whether the current period was paid for.
    pub period_payment: PeriodPayment,
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
    sold.map(|item| {
        project(stripe, Some((item, sale.product.clone())), Some(item), PeriodPayment::Paid, BTreeMap::new())
    })
    .transpose()
}

/// The fact that a fetched subscription amounts to. `known` are the disputes known before: those of other payments stay.
///
/// # Errors
/// When it has no item, or an id or a time has no known form.
pub fn from_subscription(
    state: &SubscriptionState,
    sale: &Sale,
    app: &AppId,
    known: BTreeMap<DisputeId, DisputeStatus>,
) -> Result<Subscription, ProjectionError> {
    let items = &state.subscription.items.data;
    let mut all = known;
    all.extend(disputes(&state.disputes)?);
    project(&state.subscription, our_item(&state.subscription, sale, app), items.first(), state.period_payment, all)
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
    let covered = lines.any(|line| {
        let item = line.parent.as_ref().and_then(|parent| parent.subscription_item_details.as_ref());
        item.is_some_and(|item| !item.proration) && (line.period.start..line.period.end).contains(&start)
    });
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

fn project(
    stripe: &StripeSubscription,
    ours: Option<(&SubscriptionItem, ProductId)>,
    any: Option<&SubscriptionItem>,
    period_payment: PeriodPayment,
    disputes: BTreeMap<DisputeId, DisputeStatus>,
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
        collection_paused: stripe.pause_collection.is_some(),
        change_waits_until: stripe.pending_update.as_ref().map(|pending| time(pending.expires_at)).transpose()?,
        disputes,
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
        hosted_url: stripe.hosted_invoice_url.clone(),
        pdf_url: stripe.invoice_pdf.clone(),
    })
}

/// The payment intents of an invoice.
pub fn payments_of(invoice: &StripeInvoice) -> impl Iterator<Item = &str> {
    let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
    payments.filter_map(|payment| payment.payment.payment_intent.as_ref()).map(|intent| intent.id().as_str())
}
