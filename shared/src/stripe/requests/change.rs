//! Changes of a subscription by its learner. `fulfil` fetches the subscription afterwards; the result here only tells
//! whether Stripe made the change.

use jiff::Timestamp;
use serde::Serialize;
use stripe_billing::subscription::{
    ResumeSubscription, ResumeSubscriptionPaymentBehavior, RetrieveSubscription, UpdateSubscription,
    UpdateSubscriptionItems, UpdateSubscriptionPaymentBehavior, UpdateSubscriptionProrationBehavior,
    UpdateSubscriptionTrialEnd,
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use stripe_shared::{PaymentMethod, PaymentMethodType, SubscriptionCollectionMethod, SubscriptionStatus};

use super::mutation::Mutation;
use crate::domain::{Currency, PriceId, SubscriptionId, TrialAfterChange};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::objects::StripeSubscription;

/// Takes back that it ends with the current period.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn clear_cancel_at_period_end(
    stripe: &StripeClient,
    id: &SubscriptionId,
    key: &str,
) -> Result<(), StripeError> {
    let request = UpdateSubscription::new(id.as_str()).cancel_at_period_end(false);
    Mutation::new(stripe, key).send(request).await.map(drop)
}

/// Takes back that it ends on a day.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn clear_cancel_at(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    Mutation::new(stripe, key).send(ClearCancelAt(id)).await.map(drop)
}

/// `cancel_at` is taken back by an empty text, which the library has no value for.
struct ClearCancelAt<'a>(&'a SubscriptionId);

impl StripeRequest for ClearCancelAt<'_> {
    type Output = StripeSubscription;

    fn build(&self) -> RequestBuilder {
        #[derive(Serialize)]
        struct Form {
            cancel_at: &'static str,
        }
        let path = format!("/subscriptions/{}", self.0);
        RequestBuilder::new(StripeMethod::Post, path).form(&Form { cancel_at: "" })
    }
}

/// Lets one that was paused at the end of its trial go on, with a period that begins now. It stays paused until that
/// period is paid. See <https://docs.stripe.com/api/subscriptions/resume>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn resume_paused_subscription(
    stripe: &StripeClient,
    id: &SubscriptionId,
    key: &str,
) -> Result<(), StripeError> {
    let behavior = ResumeSubscriptionPaymentBehavior::ResumeOnPaymentSuccess;
    let request = ResumeSubscription::new(id.as_str()).payment_behavior(behavior);
    let find_result = || async {
        let subscription = RetrieveSubscription::new(id.as_str()).send(stripe).await?;
        use SubscriptionStatus::{Active, PastDue, Trialing};
        Ok(matches!(subscription.status, Active | Trialing | PastDue).then_some(subscription))
    };
    Mutation::new(stripe, key).send_unless(request, find_result).await.map(drop)
}

/// The item of a subscription that one of our prices is charged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledItem {
    /// `si_..`
    pub id: String,
    /// The subscription's currency, which never changes.
    pub currency: Currency,
    /// What its price asks for in that currency, in minor units; `None` when the price does not say.
    pub amount: Option<i64>,
    /// It is on a test clock, so its time is another one.
    /// See <https://docs.stripe.com/billing/testing/test-clocks>.
    pub on_test_clock: bool,
    /// It is charged by itself, and not to a bank debit or the like, whose payment takes days.
    pub pays_by_card: bool,
    /// When its latest invoice was made: every change that costs something makes one.
    pub latest_invoice_at: Option<Timestamp>,
    /// A schedule that manages the subscription.
    pub schedule: Option<String>,
}

/// The item that is charged by `price`; `None` when the subscription has no such item (any more).
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn billed_item(
    stripe: &StripeClient,
    id: &SubscriptionId,
    price: &PriceId,
) -> Result<Option<BilledItem>, StripeError> {
    let expand = ["default_payment_method", "customer.invoice_settings.default_payment_method", "latest_invoice"];
    let expand = expand.map(str::to_owned);
    let subscription = RetrieveSubscription::new(id.as_str()).expand(expand).send(stripe).await?;
    let Some(item) = subscription.items.data.iter().find(|item| item.price.id.as_str() == price.as_str()) else {
        return Ok(None);
    };
    let currency = or_unreadable(Currency::parse(&subscription.currency.to_string()), "a currency")?;
    let latest_invoice = subscription.latest_invoice.as_ref().and_then(|invoice| invoice.as_object());
    let latest_invoice = latest_invoice.map(|invoice| Timestamp::from_second(invoice.created)).transpose();
    Ok(Some(BilledItem {
        id: item.id.to_string(),
        currency,
        amount: item.price.unit_amount.filter(|_| item.price.currency == subscription.currency),
        on_test_clock: subscription.test_clock.is_some(),
        pays_by_card: subscription.collection_method == SubscriptionCollectionMethod::ChargeAutomatically
            && payment_method(&subscription).is_none_or(|method| method.type_ == PaymentMethodType::Card),
        latest_invoice_at: or_unreadable(latest_invoice, "a time in the calendar")?,
        schedule: subscription.schedule.as_ref().map(|schedule| schedule.id().to_string()),
    }))
}

/// What the subscription is charged to: a method of its own, or the customer's.
fn payment_method(subscription: &StripeSubscription) -> Option<&PaymentMethod> {
    let own = subscription.default_payment_method.as_ref().and_then(|method| method.as_object());
    let customers = || {
        let settings = &subscription.customer.as_object()?.invoice_settings;
        settings.as_ref()?.default_payment_method.as_ref()?.as_object()
    };
    own.or_else(customers)
}

/// Another price for an item.
#[derive(Debug, Clone, Copy)]
pub struct PriceChange<'a> {
    /// Of which subscription.
    pub subscription: &'a SubscriptionId,
    /// `si_..`
    pub item: &'a str,
    /// The price that it is to have.
    pub price: &'a PriceId,
    /// From when on the rest of the period counts; `None` is now.
    pub prorated_at: Option<Timestamp>,
    /// What becomes of the trial.
    pub trial: TrialAfterChange,
}

/// How a swap ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceChangeOutcome {
    /// It has the price now.
    Done,
    /// What it costs could not be charged. Nothing has changed; it will, when the invoice is paid in time.
    Unpaid {
        /// The page that shows the invoice and takes the payment.
        hosted_url: Option<String>,
    },
}

/// Gives an item another price and invoices the difference at once. What cannot be paid changes nothing: Stripe keeps
/// such a change for at most 23 hours and drops it then. Only few other parameters go with that, metadata is none of them.
/// See <https://docs.stripe.com/billing/subscriptions/pending-updates-reference>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn change_price(
    stripe: &StripeClient,
    price_change: &PriceChange<'_>,
    key: &str,
) -> Result<PriceChangeOutcome, StripeError> {
    let item = UpdateSubscriptionItems {
        id: Some(price_change.item.to_owned()),
        price: Some(price_change.price.to_string()),
        ..UpdateSubscriptionItems::new()
    };
    let mut request = UpdateSubscription::new(price_change.subscription.as_str())
        .items(vec![item])
        .payment_behavior(UpdateSubscriptionPaymentBehavior::PendingIfIncomplete)
        .proration_behavior(UpdateSubscriptionProrationBehavior::AlwaysInvoice)
        .expand(vec!["latest_invoice".to_owned()]);
    if let Some(at) = price_change.prorated_at {
        request = request.proration_date(at.as_second());
    }
    match price_change.trial {
        TrialAfterChange::Unchanged => {}
        TrialAfterChange::EndsNow => request = request.trial_end(UpdateSubscriptionTrialEnd::Now),
        TrialAfterChange::EndsAt(at) => {
            request = request.trial_end(UpdateSubscriptionTrialEnd::Timestamp(at.as_second()));
        }
    }
    let sells = |subscription: &StripeSubscription| {
        subscription.items.data.iter().any(|item| item.price.id.as_str() == price_change.price.as_str())
    };
    let find_result = || async {
        let latest = vec!["latest_invoice".to_owned()];
        let subscription =
            RetrieveSubscription::new(price_change.subscription.as_str()).expand(latest).send(stripe).await?;
        let waiting = subscription.pending_update.as_ref().and_then(|update| update.subscription_items.as_ref());
        let waits = waiting.into_iter().flatten().any(|item| item.price.id.as_str() == price_change.price.as_str());
        Ok((sells(&subscription) || waits).then_some(subscription))
    };
    let after = Mutation::new(stripe, key).send_unless(request, find_result).await?;
    if sells(&after) {
        return Ok(PriceChangeOutcome::Done);
    }
    let invoice = after.latest_invoice.as_ref().and_then(|invoice| invoice.as_object());
    Ok(PriceChangeOutcome::Unpaid { hosted_url: invoice.and_then(|invoice| invoice.hosted_invoice_url.clone()) })
}
