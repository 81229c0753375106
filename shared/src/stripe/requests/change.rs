//! What a learner does to a subscription. Each answer is looked at again by `fulfil`; here it only says whether it is done.

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
use super::parse_id;
use crate::domain::{Currency, PriceId, SubscriptionId, TrialAfterChange};
use crate::stripe::{StripeClient, StripeError, StripeSubscription};

/// Takes back that it ends with the current period.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn take_back_cancel_at_period_end(
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
pub async fn take_back_cancel_at(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    Mutation::new(stripe, key).send(NoCancelAt(id)).await.map(drop)
}

/// `cancel_at` is taken back by an empty text, which the library has no value for.
struct NoCancelAt<'a>(&'a SubscriptionId);

impl StripeRequest for NoCancelAt<'_> {
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
pub async fn resume_paused(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    let behavior = ResumeSubscriptionPaymentBehavior::ResumeOnPaymentSuccess;
    let request = ResumeSubscription::new(id.as_str()).payment_behavior(behavior);
    let done = || async {
        let subscription = RetrieveSubscription::new(id.as_str()).send(stripe).await?;
        use SubscriptionStatus::{Active, PastDue, Trialing};
        Ok(matches!(subscription.status, Active | Trialing | PastDue).then_some(subscription))
    };
    Mutation::new(stripe, key).send_unless(request, done).await.map(drop)
}

/// The item of a subscription that one of our prices is charged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldItem {
    /// `si_..`
    pub id: String,
    /// What the subscription is charged in, for as long as it lives.
    pub currency: Currency,
    /// It lives on a test clock, so its time is another one.
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
pub async fn sold_item(
    stripe: &StripeClient,
    id: &SubscriptionId,
    price: &PriceId,
) -> Result<Option<SoldItem>, StripeError> {
    let expand = ["default_payment_method", "customer.invoice_settings.default_payment_method", "latest_invoice"];
    let expand = expand.map(str::to_owned);
    let subscription = RetrieveSubscription::new(id.as_str()).expand(expand).send(stripe).await?;
    let Some(item) = subscription.items.data.iter().find(|item| item.price.id.as_str() == price.as_str()) else {
        return Ok(None);
    };
    let currency = parse_id(Currency::parse(&subscription.currency.to_string()), "a currency")?;
    let latest_invoice = subscription.latest_invoice.as_ref().and_then(|invoice| invoice.as_object());
    let latest_invoice = latest_invoice.map(|invoice| Timestamp::from_second(invoice.created)).transpose();
    Ok(Some(SoldItem {
        id: item.id.to_string(),
        currency,
        on_test_clock: subscription.test_clock.is_some(),
        pays_by_card: subscription.collection_method == SubscriptionCollectionMethod::ChargeAutomatically
            && method(&subscription).is_none_or(|method| method.type_ == PaymentMethodType::Card),
        latest_invoice_at: parse_id(latest_invoice, "a time in the calendar")?,
        schedule: subscription.schedule.as_ref().map(|schedule| schedule.id().to_string()),
    }))
}

/// What the subscription is charged to: a method of its own, or the customer's.
fn method(subscription: &StripeSubscription) -> Option<&PaymentMethod> {
    let own = subscription.default_payment_method.as_ref().and_then(|method| method.as_object());
    let customers = || {
        let settings = &subscription.customer.as_object()?.invoice_settings;
        settings.as_ref()?.default_payment_method.as_ref()?.as_object()
    };
    own.or_else(customers)
}

/// Another price for an item.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'a> {
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
pub enum Swapped {
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
pub async fn swap_price(stripe: &StripeClient, swap: &Swap<'_>, key: &str) -> Result<Swapped, StripeError> {
    let item = UpdateSubscriptionItems {
        id: Some(swap.item.to_owned()),
        price: Some(swap.price.to_string()),
        ..UpdateSubscriptionItems::new()
    };
    let mut request = UpdateSubscription::new(swap.subscription.as_str())
        .items(vec![item])
        .payment_behavior(UpdateSubscriptionPaymentBehavior::PendingIfIncomplete)
        .proration_behavior(UpdateSubscriptionProrationBehavior::AlwaysInvoice)
        .expand(vec!["latest_invoice".to_owned()]);
    if let Some(at) = swap.prorated_at {
        request = request.proration_date(at.as_second());
    }
    match swap.trial {
        TrialAfterChange::Unchanged => {}
        TrialAfterChange::EndsNow => request = request.trial_end(UpdateSubscriptionTrialEnd::Now),
        TrialAfterChange::EndsAt(at) => {
            request = request.trial_end(UpdateSubscriptionTrialEnd::Timestamp(at.as_second()));
        }
    }
    let sells = |subscription: &StripeSubscription| {
        subscription.items.data.iter().any(|item| item.price.id.as_str() == swap.price.as_str())
    };
    let done = || async {
        let latest = vec!["latest_invoice".to_owned()];
        let subscription = RetrieveSubscription::new(swap.subscription.as_str()).expand(latest).send(stripe).await?;
        let waiting = subscription.pending_update.as_ref().and_then(|update| update.subscription_items.as_ref());
        let waits = waiting.into_iter().flatten().any(|item| item.price.id.as_str() == swap.price.as_str());
        Ok((sells(&subscription) || waits).then_some(subscription))
    };
    let after = Mutation::new(stripe, key).send_unless(request, done).await?;
    if sells(&after) {
        return Ok(Swapped::Done);
    }
    let invoice = after.latest_invoice.as_ref().and_then(|invoice| invoice.as_object());
    Ok(Swapped::Unpaid { hosted_url: invoice.and_then(|invoice| invoice.hosted_invoice_url.clone()) })
}
