//! The session that is created in Stripe for a reserved slot.

use jiff::Timestamp;
use shared::HandlerError;
use shared::domain::{CustomerId, SessionId};
use shared::fulfil;
use shared::store::CheckoutSlot;
use shared::stripe::{self, CheckoutSession, NewSession, StripeError, digest};

use crate::checkout_parameters::CheckoutParameters;
use crate::problems::invalid_promotion_code;
use crate::state::State;
use crate::validated_checkout::SessionPages;

/// An open session.
#[derive(Debug)]
pub(crate) struct OpenSession {
    pub(crate) id: SessionId,
    pub(crate) url: String,
    pub(crate) open_until: Timestamp,
}

/// Creates the session of a reserved slot.
pub(crate) async fn create_stripe_session(
    state: &State,
    parameters: &CheckoutParameters<'_>,
    pages: &SessionPages,
    customer: &CustomerId,
    slot: &CheckoutSlot,
) -> Result<OpenSession, HandlerError> {
    let CheckoutParameters { caller, checkout, trial_days, credit } = parameters;
    let fulfil::Context { stripe, app, .. } = &state.fulfil;
    let promotion = match &pages.promotion_code {
        Some(code) => Some(stripe::find_promotion_code(stripe, code).await?.ok_or_else(invalid_promotion_code)?),
        None => None,
    };
    let coupon = match credit {
        Some(credit) => Some(stripe::create_credit_coupon(stripe, app, &caller.user, credit).await?),
        None => None,
    };
    let sale = parameters.sale();
    let new = NewSession {
        sale: &sale,
        price: &checkout.price.id,
        customer,
        success_url: &pages.success_url,
        cancel_url: &pages.cancel_url,
        promotion: promotion.as_deref(),
        coupon: coupon.as_deref(),
        expires_at: credit.as_ref().map(|credit| credit.payable_until),
        trial_days: *trial_days,
    };
    let who = digest(&[caller.user.as_str()]);
    let key = format!("{app}:session:{who}:{}:{}:{}", checkout.product.id, slot.generation, slot.fingerprint);
    let session =
        stripe::create_session(stripe, app, &new, &key).await.map_err(|error| map_discount_error(error, pages))?;
    parse_session(&session)
}

fn parse_session(session: &CheckoutSession) -> Result<OpenSession, HandlerError> {
    let lacking = |what: &str| HandlerError::Stripe(StripeError::Unreadable { what: what.to_owned() });
    Ok(OpenSession {
        id: SessionId::parse(session.id.as_str()).map_err(|_| lacking("a session id"))?,
        url: session.url.clone().ok_or_else(|| lacking("a hosted page"))?,
        open_until: stripe::session_expires_at(session)?,
    })
}

/// A code can be known and still not apply: to this product, to this customer, at this amount.
fn map_discount_error(error: StripeError, pages: &SessionPages) -> HandlerError {
    let about_discount = matches!(&error, StripeError::ErrorResponse { status: 400, param: Some(param), .. } if param.starts_with("discounts"));
    if about_discount && pages.promotion_code.is_some() {
        invalid_promotion_code().with_cause(error).into()
    } else {
        error.into()
    }
}
