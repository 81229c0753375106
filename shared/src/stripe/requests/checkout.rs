//! Customers and checkout sessions.

use jiff::Timestamp;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionDiscounts, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionPaymentIntentData, CreateCheckoutSessionSubscriptionData, ExpireCheckoutSession,
    ListLineItemsCheckoutSession, RetrieveCheckoutSession,
};
use stripe_core::customer::{CreateCustomer, ListCustomer, UpdateCustomer};
use stripe_product::promotion_code::ListPromotionCode;
use stripe_shared::{CheckoutSessionMode, CheckoutSessionStatus, Price};

use super::mutation::Mutation;
use super::page_size::MAX_PAGE_SIZE;
use crate::domain::{AppId, CustomerId, PriceId, ProductId, SessionId, UserId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::metadata::{Sale, customer_metadata, product_from_metadata, user_from_metadata};
use crate::stripe::objects::CheckoutSession;

/// Creates the customer of a learner.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_customer(
    stripe: &StripeClient,
    app: &AppId,
    user: &UserId,
    email: Option<&str>,
    key: &str,
) -> Result<CustomerId, StripeError> {
    let mut request = CreateCustomer::new().metadata(customer_metadata(app, user));
    if let Some(email) = email {
        request = request.email(email);
    }
    let find_result = || async {
        let Some(email) = email else { return Ok(None) };
        let found = ListCustomer::new().email(email).limit(MAX_PAGE_SIZE).send(stripe).await?.data;
        Ok(found.into_iter().find(|customer| {
            customer
                .metadata
                .as_ref()
                .and_then(|metadata| user_from_metadata(metadata, app))
                .is_some_and(|found| found == *user)
        }))
    };
    let customer = Mutation::new(stripe, key).send_unless(request, find_result).await?;
    or_unreadable(CustomerId::parse(customer.id.as_str()), "a customer id")
}

/// Gives a customer another address.
///
/// # Errors
/// When Stripe refuses (an unknown customer is [`StripeError::is_missing`]) or does not answer.
pub async fn update_email(
    stripe: &StripeClient,
    customer: &CustomerId,
    email: &str,
    key: &str,
) -> Result<(), StripeError> {
    let request = UpdateCustomer::new(customer.as_str()).email(email);
    Mutation::new(stripe, key).send(request).await.map(drop)
}

/// The active promotion code that a customer types as `code`; `None` when there is none.
/// See <https://docs.stripe.com/billing/subscriptions/coupons#promotion-codes>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn find_promotion_code(stripe: &StripeClient, code: &str) -> Result<Option<String>, StripeError> {
    let found = ListPromotionCode::new().code(code).active(true).limit(1).send(stripe).await?;
    Ok(found.data.first().map(|promotion| promotion.id.to_string()))
}

/// What a checkout session is to sell, and where it leads.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Who buys what.
    pub sale: &'a Sale,
    /// The price; its amount is Stripe's.
    pub price: &'a PriceId,
    /// The learner's customer.
    pub customer: &'a CustomerId,
    /// Where to after paying.
    pub success_url: &'a str,
    /// Where to after giving up.
    pub cancel_url: &'a str,
    /// An applied promotion code (`promo_..`).
    pub promotion: Option<&'a str>,
    /// A coupon of the learner's credit; a session takes one discount.
    pub coupon: Option<&'a str>,
    /// Until when it can be paid; `None` is a day.
    pub expires_at: Option<Timestamp>,
    /// How many days of a subscription nothing is charged.
    pub trial_days: Option<u16>,
}

/// Opens a hosted payment page.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_session(
    stripe: &StripeClient,
    app: &AppId,
    new: &NewSession<'_>,
    key: &str,
) -> Result<CheckoutSession, StripeError> {
    let metadata = new.sale.to_metadata(app);
    let item = CreateCheckoutSessionLineItems {
        price: Some(new.price.to_string()),
        quantity: Some(1),
        ..CreateCheckoutSessionLineItems::new()
    };
    let request = CreateCheckoutSession::new()
        .customer(new.customer.as_str())
        .line_items(vec![item])
        .metadata(metadata.clone())
        .success_url(new.success_url)
        .cancel_url(new.cancel_url);
    // What follows from the session names only its intent or its subscription: those have to carry the sale, too.
    let mut request = if new.sale.family.is_some() {
        request.mode(CheckoutSessionMode::Subscription).subscription_data(CreateCheckoutSessionSubscriptionData {
            metadata: Some(metadata),
            trial_period_days: new.trial_days.map(u32::from),
            ..CreateCheckoutSessionSubscriptionData::new()
        })
    } else {
        request.mode(CheckoutSessionMode::Payment).payment_intent_data(CreateCheckoutSessionPaymentIntentData {
            metadata: Some(metadata),
            ..CreateCheckoutSessionPaymentIntentData::new()
        })
    };
    if new.promotion.is_some() || new.coupon.is_some() {
        let discount = CreateCheckoutSessionDiscounts {
            promotion_code: new.promotion.map(str::to_owned),
            coupon: new.coupon.map(str::to_owned),
        };
        request = request.discounts(vec![discount]);
    }
    if let Some(expires_at) = new.expires_at {
        request = request.expires_at(expires_at.as_second());
    }
    // One that was made in vain is never shown, so nobody pays it.
    Mutation::new(stripe, key).send(request).await
}

/// The session as it is now.
///
/// # Errors
/// When Stripe refuses (an unknown id is [`StripeError::is_missing`]) or does not answer.
pub async fn retrieve_session(stripe: &StripeClient, id: &SessionId) -> Result<CheckoutSession, StripeError> {
    RetrieveCheckoutSession::new(id.as_str()).send(stripe).await
}

/// Closes an open session, so that nobody can pay it any more. It is refused when the session is not open.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn expire_session(stripe: &StripeClient, id: &SessionId) -> Result<CheckoutSession, StripeError> {
    let find_result = || async {
        let session = retrieve_session(stripe, id).await?;
        Ok((session.status != Some(CheckoutSessionStatus::Open)).then_some(session))
    };
    let key = format!("expire:{id}");
    Mutation::new(stripe, &key).send_unless(ExpireCheckoutSession::new(id.as_str()), find_result).await
}

/// A price that was sold without us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldPrice {
    /// The price.
    pub id: PriceId,
    /// Which of our products it is a price of, also when it is not offered any more; `None` when it is of none.
    pub product: Option<ProductId>,
}

impl SoldPrice {
    /// A price whose product came along.
    pub(super) fn from_price(price: &Price, app: &AppId) -> Result<Self, StripeError> {
        let product = price.product.as_object().and_then(|product| product_from_metadata(&product.metadata, app));
        Ok(Self { id: or_unreadable(PriceId::parse(price.id.as_str()), "a price id")?, product })
    }
}

/// The prices that a session sells.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn list_session_prices(
    stripe: &StripeClient,
    app: &AppId,
    id: &SessionId,
) -> Result<Vec<SoldPrice>, StripeError> {
    let expand = vec!["data.price.product".to_owned()];
    let items = ListLineItemsCheckoutSession::new(id.as_str()).limit(MAX_PAGE_SIZE).expand(expand).send(stripe).await?;
    items.data.iter().filter_map(|item| item.price.as_ref()).map(|price| SoldPrice::from_price(price, app)).collect()
}

/// The time at which a session stops being payable.
///
/// # Errors
/// When it is out of the calendar.
pub fn session_expires_at(session: &CheckoutSession) -> Result<Timestamp, StripeError> {
    or_unreadable(Timestamp::from_second(session.expires_at), "a time in the calendar")
}
