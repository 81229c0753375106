//! Subscriptions and their invoices, as they are now.

use std::collections::HashMap;

use stripe_billing::invoice::{ListInvoice, RetrieveInvoice};
use stripe_billing::invoice_payment::{ListInvoicePayment, ListInvoicePaymentPayment, ListInvoicePaymentPaymentType};
use stripe_billing::subscription::RetrieveSubscription;
use stripe_core::dispute::ListDispute;
use stripe_shared::{Dispute, InvoiceStatus as StripeInvoiceStatus, PaymentIntentStatus, SubscriptionStatus};
use stripe_types::Expandable;

use super::checkout::SoldPrice;
use super::page_size::MAX_PAGE_SIZE;
use super::payment::list_refunds;
use crate::domain::{AppId, InvoiceStatus, PeriodInvoice, PeriodPayment, SubscriptionId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::invoice::{invoice_begins_at, invoice_covers, invoice_status, is_renewal_invoice, period_invoice};
use crate::stripe::metadata::Sale;
use crate::stripe::objects::{StripeInvoice, StripeSubscription};
use crate::stripe::projection::payment_intents_of;
use crate::stripe::state::{InvoiceRefundsAndDisputes, SubscriptionState};
use crate::stripe::subscription_item::period_start;

/// Which subscription to fetch, and what with it.
#[derive(Debug, Clone, Copy)]
pub struct SubscriptionLookup<'a> {
    /// The subscription.
    pub id: &'a SubscriptionId,
    /// What was sold.
    pub sale: &'a Sale,
    /// Which installation sold it.
    pub app: &'a AppId,
    /// The invoice to bring along; `None` is the latest one.
    pub invoice: Option<&'a str>,
    /// Which refunds and disputes to fetch with it.
    pub refunds_and_disputes: Option<RefundsAndDisputesToFetch<'a>>,
}

/// Which refunds and disputes to fetch with a subscription.
#[derive(Debug, Clone, Copy)]
pub enum RefundsAndDisputesToFetch<'a> {
    /// The disputes of this payment intent.
    Disputes(&'a str),
    /// The refunds of this payment intent.
    Refunds(&'a str),
    /// Both, of all payments for the current period.
    CurrentPeriod,
}

/// The subscription with its products, an invoice with its payments, and whether the current period was paid for. One call is
/// enough if the latest invoice is wanted and is the current period's, as it ordinarily is. Refunds or disputes of a payment
/// take two more.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn fetch_subscription_state(
    stripe: &StripeClient,
    lookup: SubscriptionLookup<'_>,
) -> Result<SubscriptionState, StripeError> {
    let expand = ["items.data.price.product", "latest_invoice.payments", "schedule"].map(str::to_owned);
    let mut subscription = RetrieveSubscription::new(lookup.id.as_str()).expand(expand).send(stripe).await?;
    let latest = subscription.latest_invoice.take().and_then(Expandable::into_object);
    let start = period_start(&subscription, lookup.sale, lookup.app);
    let period_payment = period_payment(stripe, &subscription, start, latest.as_ref()).await?;
    let never_paid = was_never_paid(stripe, &subscription, period_payment).await?;
    let of_current_period = match lookup.refunds_and_disputes {
        Some(RefundsAndDisputesToFetch::CurrentPeriod) => {
            Some(current_period_payments(stripe, &subscription, start, latest.as_ref()).await?)
        }
        _ => None,
    };
    let is_latest = |wanted: &str| latest.as_ref().and_then(|latest| latest.id.as_ref()).is_some_and(|id| id == wanted);
    let invoice = match lookup.invoice {
        Some(wanted) if !is_latest(wanted) => Some(retrieve_invoice(stripe, wanted).await?),
        _ => latest,
    };
    let refunds_and_disputes = match lookup.refunds_and_disputes {
        Some(RefundsAndDisputesToFetch::Disputes(intent)) => {
            let disputes = list_disputes(stripe, intent).await?;
            let invoice = find_invoice_paid_by(stripe, intent).await?;
            vec![InvoiceRefundsAndDisputes { invoice, disputes, refunds: Vec::new() }]
        }
        Some(RefundsAndDisputesToFetch::Refunds(intent)) => {
            let refunds = list_refunds(stripe, intent).await?;
            let invoice = find_invoice_paid_by(stripe, intent).await?;
            vec![InvoiceRefundsAndDisputes { invoice, disputes: Vec::new(), refunds }]
        }
        Some(RefundsAndDisputesToFetch::CurrentPeriod) => of_current_period.unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(SubscriptionState { subscription, invoice, refunds_and_disputes, period_payment, never_paid })
}

/// Whether the period that began at `start` was paid for. Stripe is asked for more than the latest invoice only where the
/// answer decides: when that one is not the period's, and when a renewal may be on its way.
async fn period_payment(
    stripe: &StripeClient,
    subscription: &StripeSubscription,
    start: Option<i64>,
    latest: Option<&StripeInvoice>,
) -> Result<PeriodPayment, StripeError> {
    use SubscriptionStatus::{Active, PastDue, Trialing, Unpaid};
    let Some(start) = start.filter(|_| subscription.status != Trialing) else { return Ok(PeriodPayment::Paid) };
    // The latest invoice may be for a period that never began: of a change that waits for its payment, or was withdrawn.
    let may_be_withdrawn = |invoice: &StripeInvoice| invoice_status(invoice) == InvoiceStatus::Void;
    let is_certain = |invoice: &StripeInvoice| subscription.pending_update.is_none() && !may_be_withdrawn(invoice);
    let latest = latest.filter(|invoice| is_certain(invoice) && invoice_begins_at(invoice, start));
    if latest.is_none() && !matches!(subscription.status, Active | PastDue | Unpaid) {
        return Ok(PeriodPayment::NotCollected);
    }
    let mut listed = match latest {
        Some(_) => None,
        None => Some(list_invoices(stripe, subscription).await?),
    };
    let Some(invoice) = latest.or_else(|| period_invoice(listed.as_deref().unwrap_or_default(), start)) else {
        return Ok(PeriodPayment::from_invoice(None, false));
    };
    let (id, status, is_renewal) = (invoice.id.clone(), invoice_status(invoice), is_renewal_invoice(invoice));
    let may_be_processing = subscription.status == Active && is_renewal && status == InvoiceStatus::Open;
    let is_processing = match id.as_ref().filter(|_| may_be_processing) {
        Some(id) => is_payment_processing(stripe, id.as_str()).await?,
        None => false,
    };
    if is_processing && listed.is_none() {
        listed = Some(list_invoices(stripe, subscription).await?);
    }
    let paid_before = listed.iter().flatten().any(|other| other.id != id && other.amount_paid > 0);
    Ok(PeriodPayment::from_invoice(Some(&PeriodInvoice { status, is_renewal, is_processing }), paid_before))
}

/// Whether no invoice that asked for money was ever paid. It decides only after a renewal that failed, and while collection is
/// paused; Stripe is asked only then.
async fn was_never_paid(
    stripe: &StripeClient,
    subscription: &StripeSubscription,
    period_payment: PeriodPayment,
) -> Result<bool, StripeError> {
    let decides = match period_payment {
        PeriodPayment::Paid => false,
        PeriodPayment::RenewalPending if subscription.status == SubscriptionStatus::PastDue => true,
        _ => subscription.pause_collection.is_some(),
    };
    if !decides {
        return Ok(false);
    }
    let paid = ListInvoice::new().subscription(subscription.id.as_str()).status(StripeInvoiceStatus::Paid);
    let paid = paid.limit(MAX_PAGE_SIZE).send(stripe).await?.data;
    Ok(paid.iter().all(|invoice| invoice.amount_paid == 0))
}

/// The refunds and disputes of the payments for the period that began at `start`: of its invoice, and of changes since.
async fn current_period_payments(
    stripe: &StripeClient,
    subscription: &StripeSubscription,
    start: Option<i64>,
    latest: Option<&StripeInvoice>,
) -> Result<Vec<InvoiceRefundsAndDisputes>, StripeError> {
    let is_of_period =
        |invoice: &StripeInvoice| start.is_some_and(|start| invoice.created >= start || invoice_covers(invoice, start));
    let invoices = match (start, latest) {
        (Some(start), Some(latest)) if !invoice_covers(latest, start) => {
            let all = ListInvoice::new().subscription(subscription.id.as_str()).limit(MAX_PAGE_SIZE);
            all.expand(vec!["data.payments".to_owned()]).send(stripe).await?.data
        }
        (_, latest) => latest.cloned().into_iter().collect(),
    };
    let mut found = Vec::new();
    for invoice in invoices.into_iter().filter(|invoice| invoice.amount_paid > 0 && is_of_period(invoice)) {
        for intent in payment_intents_of(&invoice) {
            let (disputes, refunds) = tokio::try_join!(list_disputes(stripe, intent), list_refunds(stripe, intent))?;
            found.push(InvoiceRefundsAndDisputes { invoice: Some(invoice.clone()), disputes, refunds });
        }
    }
    Ok(found)
}

async fn list_disputes(stripe: &StripeClient, intent: &str) -> Result<Vec<Dispute>, StripeError> {
    Ok(ListDispute::new().payment_intent(intent).limit(MAX_PAGE_SIZE).send(stripe).await?.data)
}

/// The subscription's invoices, the newest first.
async fn list_invoices(
    stripe: &StripeClient,
    subscription: &StripeSubscription,
) -> Result<Vec<StripeInvoice>, StripeError> {
    Ok(ListInvoice::new().subscription(subscription.id.as_str()).limit(MAX_PAGE_SIZE).send(stripe).await?.data)
}

/// Whether a payment of an invoice is on its way. Stripe does not void such an invoice.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn is_payment_processing(stripe: &StripeClient, invoice: &str) -> Result<bool, StripeError> {
    // The intents are expanded four levels deep, Stripe's limit.
    let expand = vec!["payments.data.payment.payment_intent".to_owned()];
    let invoice = RetrieveInvoice::new(invoice).expand(expand).send(stripe).await?;
    let mut payments = invoice.payments.iter().flat_map(|payments| &payments.data);
    Ok(payments.any(|payment| {
        let intent = payment.payment.payment_intent.as_ref().and_then(|intent| intent.as_object());
        intent.is_some_and(|intent| intent.status == PaymentIntentStatus::Processing)
    }))
}

/// An invoice with its payments.
async fn retrieve_invoice(stripe: &StripeClient, id: &str) -> Result<StripeInvoice, StripeError> {
    RetrieveInvoice::new(id).expand(vec!["payments".to_owned()]).send(stripe).await
}

/// The subscription's metadata and the prices of its items.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn fetch_subscription_metadata(
    stripe: &StripeClient,
    app: &AppId,
    id: &SubscriptionId,
) -> Result<(HashMap<String, String>, Vec<SoldPrice>), StripeError> {
    let expand = vec!["items.data.price.product".to_owned()];
    let found = RetrieveSubscription::new(id.as_str()).expand(expand).send(stripe).await?;
    let prices =
        found.items.data.iter().map(|item| SoldPrice::from_price(&item.price, app)).collect::<Result<_, _>>()?;
    Ok((found.metadata, prices))
}

/// The subscription whose invoice a payment intent pays; `None` when it pays none.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn find_subscription_paid_by(
    stripe: &StripeClient,
    intent: &str,
) -> Result<Option<SubscriptionId>, StripeError> {
    let invoice = find_invoice_paid_by(stripe, intent).await?;
    let parent = invoice.as_ref().and_then(|invoice| invoice.parent.as_ref()?.subscription_details.as_ref());
    parent
        .map(|parent| or_unreadable(SubscriptionId::parse(parent.subscription.id().as_str()), "a subscription id"))
        .transpose()
}

/// The invoice that a payment intent pays. A payment intent does not say so itself.
/// See <https://docs.stripe.com/api/invoice-payment/list>.
async fn find_invoice_paid_by(stripe: &StripeClient, intent: &str) -> Result<Option<StripeInvoice>, StripeError> {
    let payment = ListInvoicePaymentPayment {
        payment_intent: Some(intent.to_owned()),
        ..ListInvoicePaymentPayment::new(ListInvoicePaymentPaymentType::PaymentIntent)
    };
    let request = ListInvoicePayment::new().payment(payment).limit(1).expand(vec!["data.invoice".to_owned()]);
    let found = request.send(stripe).await?;
    Ok(found.data.into_iter().next().and_then(|payment| payment.invoice.into_object()))
}
