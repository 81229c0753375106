//! What billing shows: what will be charged, and what could not be charged.

use jiff::Timestamp;
use stripe_billing::invoice::{
    CreatePreviewInvoice, CreatePreviewInvoiceSubscriptionDetails as PreviewDetails,
    CreatePreviewInvoiceSubscriptionDetailsItems as PreviewItem,
    CreatePreviewInvoiceSubscriptionDetailsProrationBehavior as PreviewProration,
    CreatePreviewInvoiceSubscriptionDetailsTrialEnd as PreviewTrialEnd, ListInvoice, RetrieveInvoice,
};
use stripe_shared::{ApiErrors, InvoiceStatus, PaymentIntentStatus};
use stripe_types::RangeQueryTs;

use super::change::PriceChange;
use crate::domain::{Currency, CustomerId, InvoiceId, Money, SubscriptionId, TrialAfterChange};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::objects::{PaymentIntent, StripeInvoice};

/// Decline codes that must not be shown to the customer, because the card may be stolen. Stripe asks to show them as
/// a generic decline.
/// See <https://docs.stripe.com/declines/codes>.
const HIDDEN_DECLINE_CODES: [&str; 6] =
    ["fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "security_violation", "stolen_card"];
const GENERIC_DECLINE_CODE: &str = "generic_decline";

/// An invoice that has not been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePreview {
    /// What would be charged.
    pub due: Money,
    /// The sum of the lines, in minor units; what is below zero is kept as the learner's credit.
    pub total: i64,
    /// What it is made of.
    pub lines: Vec<InvoicePreviewLine>,
    /// From when on the rest of the period counts, where Stripe says so.
    pub prorated_at: Option<Timestamp>,
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePreviewLine {
    /// For people, in Stripe's words.
    pub description: Option<String>,
    /// In minor units; what is given back is below zero.
    pub amount: i64,
}

/// What a swap would charge at once. Nothing is kept of it, so there is nothing to repeat safely, and no key.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn preview_price_change(
    stripe: &StripeClient,
    price_change: &PriceChange<'_>,
) -> Result<InvoicePreview, StripeError> {
    let item = PreviewItem {
        id: Some(price_change.item.to_owned()),
        price: Some(price_change.price.to_string()),
        ..PreviewItem::new()
    };
    let details = PreviewDetails {
        items: Some(vec![item]),
        proration_behavior: Some(PreviewProration::AlwaysInvoice),
        proration_date: price_change.prorated_at.map(Timestamp::as_second),
        trial_end: match price_change.trial {
            TrialAfterChange::Unchanged => None,
            TrialAfterChange::EndsNow => Some(PreviewTrialEnd::Now),
            TrialAfterChange::EndsAt(at) => Some(PreviewTrialEnd::Timestamp(at.as_second())),
        },
        ..PreviewDetails::new()
    };
    let request =
        CreatePreviewInvoice::new().subscription(price_change.subscription.as_str()).subscription_details(details);
    let invoice = request.send(stripe).await?;
    let parent = invoice.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
    let lines = invoice.lines.data.iter();
    Ok(InvoicePreview {
        due: money(invoice.amount_due, &invoice)?,
        total: invoice.total,
        lines: lines
            .map(|line| InvoicePreviewLine { description: line.description.clone(), amount: line.amount })
            .collect(),
        prorated_at: parent.and_then(|parent| parent.subscription_proration_date).map(parse_timestamp).transpose()?,
    })
}

/// What the next period will charge; `None` when there will be none.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn preview_next_invoice(stripe: &StripeClient, id: &SubscriptionId) -> Result<Option<Money>, StripeError> {
    match CreatePreviewInvoice::new().subscription(id.as_str()).send(stripe).await {
        Ok(invoice) => money(invoice.amount_due, &invoice).map(Some),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// An invoice that waits for its payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpaidInvoice {
    /// Stripe's invoice.
    pub id: InvoiceId,
    /// Whose.
    pub customer: Option<CustomerId>,
    /// What is left to pay.
    pub due: Money,
    /// How often Stripe has tried.
    pub attempts: u64,
    /// When Stripe tries again; `None` when it does not.
    pub next_attempt: Option<Timestamp>,
    /// The page that shows it and takes the payment.
    pub hosted_url: Option<String>,
    /// What is the matter.
    pub reason: UnpaidReason,
}

/// Why an invoice is not paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnpaidReason {
    /// The payment failed, or there is nothing to pay with.
    Failed {
        /// Stripe's word for it: `insufficient_funds`, `expired_card`. See <https://docs.stripe.com/declines/codes>.
        code: Option<String>,
    },
    /// The bank wants to see the learner confirm it.
    ActionRequired,
    /// It is on its way.
    Processing,
}

/// The newest invoice of a subscription that waits for its payment; `None` when none does.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn find_unpaid_invoice(
    stripe: &StripeClient,
    id: &SubscriptionId,
) -> Result<Option<UnpaidInvoice>, StripeError> {
    let open = ListInvoice::new().subscription(id.as_str()).status(InvoiceStatus::Open);
    first_unpaid_invoice(stripe, open).await
}

/// The newest invoice of a subscription that was written off since then; its page still takes the payment. `None` when there is
/// none.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn find_written_off_invoice(
    stripe: &StripeClient,
    id: &SubscriptionId,
    since: Timestamp,
) -> Result<Option<UnpaidInvoice>, StripeError> {
    let written_off = ListInvoice::new().subscription(id.as_str()).status(InvoiceStatus::Uncollectible);
    first_unpaid_invoice(stripe, written_off.created(RangeQueryTs::gte(since.as_second()))).await
}

async fn first_unpaid_invoice(stripe: &StripeClient, list: ListInvoice) -> Result<Option<UnpaidInvoice>, StripeError> {
    // A list would have to expand one level more than Stripe allows.
    let found = list.limit(1).send(stripe).await?.data.into_iter().next().and_then(|invoice| invoice.id);
    let Some(found) = found else { return Ok(None) };
    let expand = vec!["payments.data.payment.payment_intent".to_owned()];
    let invoice = RetrieveInvoice::new(found.as_str()).expand(expand).send(stripe).await?;
    let customer = invoice.customer.as_ref().map(|customer| CustomerId::parse(customer.id().as_str()));
    Ok(Some(UnpaidInvoice {
        id: or_unreadable(InvoiceId::parse(found.as_str()), "an invoice id")?,
        customer: or_unreadable(customer.transpose(), "a customer id")?,
        due: money(invoice.amount_remaining, &invoice)?,
        attempts: invoice.attempt_count,
        next_attempt: invoice.next_payment_attempt.map(parse_timestamp).transpose()?,
        hosted_url: invoice.hosted_invoice_url.clone(),
        reason: unpaid_reason(&invoice),
    }))
}

fn unpaid_reason(invoice: &StripeInvoice) -> UnpaidReason {
    let payments = invoice.payments.as_ref().map_or(&[][..], |payments| &payments.data);
    let payment = payments.iter().find(|payment| payment.is_default).or(payments.last());
    let intent = payment.and_then(|payment| payment.payment.payment_intent.as_ref()?.as_object());
    let Some(PaymentIntent { status, last_payment_error, .. }) = intent else {
        return UnpaidReason::Failed { code: None };
    };
    let code = last_payment_error.as_ref().and_then(|error| public_decline_code(error));
    match status {
        PaymentIntentStatus::RequiresAction => UnpaidReason::ActionRequired,
        PaymentIntentStatus::Processing => UnpaidReason::Processing,
        _ if code.as_deref() == Some("authentication_required") => UnpaidReason::ActionRequired,
        _ => UnpaidReason::Failed { code },
    }
}

fn public_decline_code(error: &ApiErrors) -> Option<String> {
    let code = error.decline_code.as_deref().or(error.code.as_ref().map(|code| code.as_str()))?;
    Some(if HIDDEN_DECLINE_CODES.contains(&code) { GENERIC_DECLINE_CODE } else { code }.to_owned())
}

fn money(amount: i64, invoice: &StripeInvoice) -> Result<Money, StripeError> {
    let currency = or_unreadable(Currency::parse(&invoice.currency.to_string()), "a currency")?;
    Ok(Money::new(amount, currency))
}

fn parse_timestamp(seconds: i64) -> Result<Timestamp, StripeError> {
    or_unreadable(Timestamp::from_second(seconds), "a time in the calendar")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(error: &str) -> Option<String> {
        public_decline_code(&miniserde::json::from_str::<ApiErrors>(error).unwrap())
    }

    #[test]
    fn a_decline_is_shown_unless_it_tells_a_thief_too_much() {
        for (error, code) in [
            (
                r#"{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}"#,
                "insufficient_funds",
            ),
            (r#"{"type":"card_error","code":"expired_card"}"#, "expired_card"),
            (r#"{"type":"card_error","code":"card_declined","decline_code":"stolen_card"}"#, "generic_decline"),
            (r#"{"type":"card_error","code":"card_declined","decline_code":"fraudulent"}"#, "generic_decline"),
        ] {
            assert_eq!(shown(error).as_deref(), Some(code), "{error}");
        }
        assert_eq!(shown(r#"{"type":"api_error"}"#), None);
    }
}
