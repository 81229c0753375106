//! What a claimed slot leads to in Stripe: a customer, and a session that the slot then shows.

use jiff::Timestamp;
use shared::Failure;
use shared::domain::{CustomerId, SessionId};
use shared::fulfil;
use shared::http::{Caller, Problem};
use shared::store::{Profile, Slot, SlotState};
use shared::stripe::{self, CheckoutSession, NewSession, Sale, StripeError, digest};

use crate::State;
use crate::open::in_progress;
use crate::order::{Order, unknown_code};

/// An open session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) url: String,
    pub(crate) open_until: Timestamp,
}

/// Who is about to buy what.
pub(crate) struct Deal<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) order: &'a Order<'a>,
    /// How many days of a subscription nothing is charged.
    pub(crate) trial_days: Option<u16>,
}

/// How creating ended.
pub(crate) enum Created {
    /// With a session.
    Session(Session),
    /// The learner's customer was deleted in Stripe. It is forgotten; the next try creates another one.
    CustomerIsGone,
}

/// The key holds the e-mail (hashed) and the customer before: with others it is another request to Stripe.
pub(crate) async fn create_customer(state: &State, caller: &Caller, profile: &Profile) -> Result<CustomerId, Failure> {
    let (app, email) = (&state.fulfil.app, caller.email.as_deref());
    let former = profile.former_customer.as_ref().map_or("", CustomerId::as_str);
    let key = format!("{app}:customer:{}", digest(&[caller.user.as_str(), email.unwrap_or_default(), former]));
    Ok(stripe::create_customer(&state.fulfil.stripe, app, &caller.user, email, &key).await?)
}

/// Gives the customer the learner's present address, if it is verified and another one than before: receipts go there.
pub(crate) async fn update_email(
    state: &State,
    caller: &Caller,
    profile: &Profile,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(email) = caller.email.as_deref().filter(|email| profile.email.as_deref() != Some(email)) else {
        return Ok(());
    };
    let fulfil::Context { stripe, app, .. } = &state.fulfil;
    // The second is part of the key: an address may come back the same day.
    let what = digest(&[customer.as_str(), email]);
    let key = format!("{app}:customer-email:{what}:{}", now.as_second());
    match stripe::update_email(stripe, customer, email, &key).await {
        // It was deleted in Stripe: the session finds out, and another one is created.
        Err(error) if error.is_missing() => Ok(()),
        answer => Ok(answer?),
    }
}

/// Creates the session of a claimed slot and shows it there.
pub(crate) async fn create(
    state: &State,
    deal: &Deal<'_>,
    customer: &CustomerId,
    slot: Slot,
) -> Result<Created, Failure> {
    let (store, Deal { caller, order, .. }) = (&state.fulfil.store, deal);
    let session = match create_in_stripe(state, deal, customer, &slot).await {
        Ok(session) => session,
        Err(failure) => {
            release(state, caller, order, &slot, &failure).await;
            if let Failure::Stripe(error) = &failure
                && error.is_price_refused()
            {
                fulfil::refresh_offer(&state.fulfil, &order.product.id).await;
                return Err(Problem::unknown_price().at("price_id").because(error).into());
            }
            if !is_customer_gone(&failure) {
                return Err(failure);
            }
            store.forget_customer(&caller.user, customer).await?;
            return Ok(Created::CustomerIsGone);
        }
    };
    let open =
        SlotState::Open { session: session.id.clone(), url: session.url.clone(), open_until: session.open_until };
    if store.open_checkout(&caller.user, &order.payable(), &Slot { state: open, ..slot }).await? {
        return Ok(Created::Session(session));
    }
    // Another wish took the slot over: nobody must be able to pay this one.
    stripe::expire_session(&state.fulfil.stripe, &session.id).await?;
    Err(in_progress().into())
}

fn is_customer_gone(failure: &Failure) -> bool {
    matches!(failure, Failure::Stripe(error) if error.is_missing_in("customer"))
}

async fn create_in_stripe(
    state: &State,
    deal: &Deal<'_>,
    customer: &CustomerId,
    slot: &Slot,
) -> Result<Session, Failure> {
    let Deal { caller, order, trial_days } = deal;
    let fulfil::Context { stripe, app, .. } = &state.fulfil;
    let promotion = match &order.promotion_code {
        Some(code) => Some(stripe::promotion(stripe, code).await?.ok_or_else(unknown_code)?),
        None => None,
    };
    let sale = Sale {
        user: caller.user.clone(),
        product: order.product.id.clone(),
        price: Some(order.price.id.clone()),
        family: order.terms.as_ref().map(|terms| terms.family.clone()),
        referrer: None,
        also: Vec::new(),
    };
    let new = NewSession {
        sale: &sale,
        price: &order.price.id,
        customer,
        success_url: &order.success_url,
        cancel_url: &order.cancel_url,
        promotion: promotion.as_deref(),
        trial_days: *trial_days,
    };
    let who = digest(&[caller.user.as_str()]);
    let key = format!("{app}:session:{who}:{}:{}:{}", order.product.id, slot.generation, slot.fingerprint);
    let session = stripe::create_session(stripe, app, &new, &key).await.map_err(|error| refused(error, order))?;
    read(&session)
}

fn read(session: &CheckoutSession) -> Result<Session, Failure> {
    let lacking = |what: &str| Failure::Stripe(StripeError::Unreadable { what: what.to_owned() });
    Ok(Session {
        id: SessionId::parse(session.id.as_str()).map_err(|_| lacking("a session id"))?,
        url: session.url.clone().ok_or_else(|| lacking("a hosted page"))?,
        open_until: stripe::session_expiry(session)?,
    })
}

/// A code can be known and still not apply: to this product, to this customer, at this amount.
fn refused(error: StripeError, order: &Order<'_>) -> Failure {
    let about_discount = matches!(&error, StripeError::Refused { status: 400, param: Some(param), .. } if param.starts_with("discounts"));
    if about_discount && order.promotion_code.is_some() { unknown_code().because(error).into() } else { error.into() }
}

/// Gives the claim back when Stripe has answered that it opens no session; otherwise the next try resumes it. A server
/// error counts as an answer: should there be a session all the same, nobody has seen its page.
async fn release(state: &State, caller: &Caller, order: &Order<'_>, slot: &Slot, failure: &Failure) {
    let certain = match failure {
        Failure::Problem(_) => true,
        Failure::Stripe(error) => matches!(error, StripeError::Refused { .. }) && !error.asks_for_patience(),
        Failure::Store(_) | Failure::Fulfil(_) => false,
    };
    if !certain {
        return;
    }
    let released = state.fulfil.store.release_checkout(&caller.user, &order.payable(), slot.generation).await;
    if let Err(error) = released {
        tracing::warn!(%error, "a claim stays until it times out");
    }
}
