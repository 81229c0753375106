//! The lifecycle of a checkout session: paid, completed, expired
//! (<https://docs.stripe.com/payments/checkout/how-checkout-works>).

use serde_json::Value;

use crate::rules::billing::collection;
use crate::rules::checkout::{discounts, subscription_mode};
use crate::rules::coupons::{self, Discount};
use crate::rules::payments::bank_debits::{self, Settlement};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::{attempt, charges, payment_intents};
use crate::rules::{customers, promotion_codes};
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::checkout_session;

/// What a payer enters besides the payment method.
pub(crate) struct Payer<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
}

/// Pays an open session. None when nothing was due and it is complete. An attempt changes the stored session; callers
/// that need it must load it again.
pub(crate) fn pay(
    tx: &Tx<'_>,
    session: &mut Object,
    payer: &Payer<'_>,
    method: impl FnOnce() -> Result<Object, Error>,
) -> Result<Option<Outcome>, Error> {
    require_open(session, "paid")?;
    let existing = session.pointer("/customer_details/email").as_str().map(str::to_owned);
    session
        .set("customer_details", checkout_session::customer_details(payer.email.or(existing.as_deref()), payer.name));
    if session.text("customer_creation") == "always" && session.get("customer").is_null() {
        let email = session.pointer("/customer_details/email").as_str();
        let customer = customers::create_from_checkout(tx, email, payer.name)?;
        session.set("customer", customer.id());
    }
    if session.int("amount_total") == 0 {
        return complete_free(tx, session, method);
    }
    let method = method()?;
    let mut intent = find_or_create_intent(tx, session)?;
    tx.save(session)?;
    let outcome = attempt::pay(tx, &mut intent, &method)?;
    apply_outcome(tx, &intent, &outcome)?;
    match attempt::automatic_settlement(&method) {
        Some(settlement) => settle_bank_debit(tx, &mut tx.load(ObjectType::PaymentIntent, intent.id())?, settlement)?,
        None => attempt::follow_up(tx, &intent, &method)?,
    }
    Ok(Some(outcome))
}

/// Settles a bank debit, and updates its session and its invoice.
pub(crate) fn settle_bank_debit(tx: &Tx<'_>, intent: &mut Object, settlement: Settlement) -> Result<(), Error> {
    let outcome = bank_debits::settle(tx, intent, settlement)?;
    apply_settlement(tx, intent, &outcome)?;
    collection::apply_outcome(tx, intent, &outcome)?;
    charges::record_latest_balance_transaction(tx, intent)
}

/// Completes a session with nothing due. In subscription mode it may save a payment method for later.
fn complete_free(
    tx: &Tx<'_>,
    session: &mut Object,
    method: impl FnOnce() -> Result<Object, Error>,
) -> Result<Option<Outcome>, Error> {
    let mut saved = None;
    if checkout_session::always_collects_payment_method(session) {
        let mut method = method()?;
        if let Some(api_error) = subscription_mode::save_method(tx, &mut method)? {
            tx.save(session)?;
            return Ok(Some(Outcome::Declined(api_error)));
        }
        saved = Some(method.id().to_owned());
    }
    cancel_intent(tx, session, "automatic")?;
    session.set("payment_intent", Value::Null);
    complete(tx, session, "no_payment_required", UsedPayment { method: saved.as_deref(), intent: None })?;
    Ok(None)
}

/// The payment that completes a session.
struct UsedPayment<'a> {
    method: Option<&'a str>,
    intent: Option<&'a Object>,
}

/// The id of a session's payment intent. Empty before the first attempt. In subscription mode Stripe does not show
/// it, because it belongs to the invoice.
pub(crate) fn intent_id(session: &Object) -> &str {
    if checkout_session::is_subscription_mode(session) {
        session.hidden_text("intent")
    } else {
        session.text("payment_intent")
    }
}

/// Changes the discount of an open session, and the amount of its payment intent.
pub(crate) fn set_discount(tx: &Tx<'_>, session: &mut Object, discount: Option<&Discount>) -> Result<(), Error> {
    discounts::set_amounts(session, discount)?;
    tx.save(session)?;
    if let Some(mut intent) = tx.find(ObjectType::PaymentIntent, intent_id(session))? {
        intent.set("amount", session.int("amount_total"));
        tx.save(&intent)?;
    }
    Ok(())
}

/// Updates the session of a payment intent after a payment attempt, if it has one.
pub(crate) fn apply_outcome(tx: &Tx<'_>, intent: &Object, outcome: &Outcome) -> Result<(), Error> {
    let Some(mut session) = tx.find(ObjectType::CheckoutSession, intent.hidden_text("session"))? else {
        return Ok(());
    };
    let payment = UsedPayment { method: intent.opt_text("payment_method"), intent: Some(intent) };
    match outcome {
        // An authorized payment must be captured within days. Until then Stripe shows the session as unpaid.
        Outcome::Paid if intent.text("status") == "requires_capture" => complete(tx, &mut session, "unpaid", payment),
        Outcome::Paid => complete(tx, &mut session, "paid", payment),
        Outcome::Processing => complete(tx, &mut session, "unpaid", payment),
        // The payer may try again on the same page.
        Outcome::RequiresAction | Outcome::Declined(_) => Ok(()),
    }
}

/// Updates a complete, unpaid session after its bank debit was settled.
fn apply_settlement(tx: &Tx<'_>, intent: &Object, outcome: &Outcome) -> Result<(), Error> {
    let Some(mut session) = tx.find(ObjectType::CheckoutSession, intent.hidden_text("session"))? else {
        return Ok(());
    };
    let event = match outcome {
        Outcome::Paid => {
            session.set("payment_status", "paid");
            "checkout.session.async_payment_succeeded"
        }
        _ => "checkout.session.async_payment_failed",
    };
    tx.save(&session)?;
    tx.emit(event, &session)
}

/// Marks the session as paid after a capture. Stripe emits no session event for it.
pub(crate) fn apply_capture(tx: &Tx<'_>, intent: &Object) -> Result<(), Error> {
    let Some(mut session) = tx.find(ObjectType::CheckoutSession, intent.hidden_text("session"))? else {
        return Ok(());
    };
    session.set("payment_status", "paid");
    tx.save(&session)
}

/// Whether the session exists and is open.
pub(crate) fn is_open(tx: &Tx<'_>, id: &str) -> Result<bool, Error> {
    Ok(tx.find(ObjectType::CheckoutSession, id)?.is_some_and(|session| session.text("status") == "open"))
}

/// Expires every open session that has reached `expires_at`.
pub(crate) fn expire_due(tx: &Tx<'_>) -> Result<(), Error> {
    let open = Query::of(ObjectType::CheckoutSession).with("status", "open".to_owned());
    for mut session in tx.all(open.compare("expires_at", "<=", tx.now()))? {
        expire(tx, &mut session)?;
    }
    Ok(())
}

/// The URL that the payer is redirected to after completing the session.
pub(crate) fn success_url(session: &Object) -> String {
    session.text("success_url").replace("{CHECKOUT_SESSION_ID}", session.id())
}

/// Stripe's 400 for a step that needs an open session.
pub(crate) fn require_open(session: &Object, action: &str) -> Result<(), ApiError> {
    match session.text("status") {
        "open" => Ok(()),
        status => Err(ApiError::invalid_request(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be {action}. This Checkout Session has a status of \
             `{status}`."
        ))
        .with_param("session")),
    }
}

/// The payment intent of a session. It is created at the first attempt, as since API version 2022-08-01.
fn find_or_create_intent(tx: &Tx<'_>, session: &mut Object) -> Result<Object, Error> {
    if let Some(existing) = tx.find(ObjectType::PaymentIntent, intent_id(session))? {
        return Ok(existing);
    }
    let mut intent = payment_intents::blank(tx, session.int("amount_total"), session.text("currency"));
    let data = session.hidden("payment_intent_data").clone();
    for (field, value) in data.as_object().into_iter().flatten() {
        if !value.is_null() {
            intent.set(field, value.clone());
        }
    }
    if checkout_session::is_subscription_mode(session) {
        intent.set("description", "Subscription creation");
        intent.set("setup_future_usage", "off_session");
    }
    intent.set("customer", session.get("customer").clone());
    intent.set("payment_method_types", session.get("payment_method_types").clone());
    intent.set_hidden("session", session.id());
    intent.set_hidden("return_url", success_url(session));
    tx.insert(&intent)?;
    tx.emit("payment_intent.created", &intent)?;
    if checkout_session::is_subscription_mode(session) {
        session.set_hidden("intent", intent.id());
    } else {
        session.set("payment_intent", intent.id());
    }
    Ok(intent)
}

fn complete(tx: &Tx<'_>, session: &mut Object, payment_status: &str, payment: UsedPayment<'_>) -> Result<(), Error> {
    session.set("status", "complete");
    session.set("payment_status", payment_status);
    session.set("url", Value::Null);
    customers::fill_in_email(tx, session.text("customer"), session.pointer("/customer_details/email").as_str())?;
    if checkout_session::is_subscription_mode(session) {
        subscription_mode::create_subscription(tx, session, payment.method, payment.intent)?;
        tx.save(session)?;
        return tx.emit("checkout.session.completed", session);
    }
    for discount in session.get("discounts").as_array().into_iter().flatten() {
        coupons::count_redemption(tx, discount["coupon"].as_str().unwrap_or_default())?;
        promotion_codes::count_redemption(tx, discount["promotion_code"].as_str().unwrap_or_default())?;
    }
    tx.save(session)?;
    tx.emit("checkout.session.completed", session)
}

/// Expires an open session, and cancels its payment intent.
pub(crate) fn expire(tx: &Tx<'_>, session: &mut Object) -> Result<(), Error> {
    session.set("status", "expired");
    session.set("url", Value::Null);
    tx.save(session)?;
    cancel_intent(tx, session, "expired")?;
    tx.emit("checkout.session.expired", session)
}

/// Cancels the payment intent of a session, if it has one.
fn cancel_intent(tx: &Tx<'_>, session: &Object, reason: &str) -> Result<(), Error> {
    match tx.find(ObjectType::PaymentIntent, intent_id(session))? {
        Some(mut intent) => payment_intents::cancel(tx, &mut intent, Some(reason)),
        None => Ok(()),
    }
}
