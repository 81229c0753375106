//! A payment attempt for a payment intent (<https://docs.stripe.com/payments/paymentintents/lifecycle>).

use serde_json::{Value, json};

use crate::rules::payments::bank_debits::{self, Settlement};
use crate::rules::payments::charges::{self, ChargeResult};
use crate::rules::payments::outcome::{self, Outcome};
use crate::rules::payments::test_cards::{self, CardBehavior, Decline};
use crate::rules::payments::{bank_transfers, cash_balance, disputes, payment_intents};
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// The result of the 3-D Secure page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthenticationResult {
    /// The payer authenticated.
    Complete,
    /// The payer did not authenticate.
    Fail,
}

static NOT_AUTHENTICATED: Decline = Decline {
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "We are unable to authenticate your payment method. Please choose a different payment method and try \
              again.",
};

/// Hidden field of a payment method that was authenticated for later payments.
const SET_UP: &str = "set_up";

/// Pays `intent` with `method`: creates the charge, updates the intent and records events. The caller updates the
/// checkout session or the invoice, and then calls [`follow_up`].
pub(crate) fn pay(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    check_payable(intent)?;
    test_clock::use_clock_of_customer(tx, intent)?;
    intent.set("payment_method", method.id());
    intent.set("last_payment_error", Value::Null);
    intent.set("next_action", Value::Null);
    if method.text("type") == bank_transfers::METHOD_TYPE {
        return bank_transfers::start(tx, intent, method);
    }
    cash_balance::return_funds(tx, intent)?;
    match behavior_of(method) {
        None => bank_debits::start(tx, intent, method),
        Some(CardBehavior::Declines(decline)) => charge_declined(tx, intent, method, decline),
        Some(CardBehavior::Authenticates) => require_authentication(tx, intent, "payment_intent.requires_action"),
        Some(_) => charge_or_authorize(tx, intent, method),
    }
}

/// Continues after the 3-D Secure page. Also returns the payment method, because a failed intent no longer has it.
pub(crate) fn authenticate(
    tx: &Tx<'_>,
    intent: &mut Object,
    result: AuthenticationResult,
) -> Result<(Outcome, Object), Error> {
    let next = intent.pointer("/next_action/type");
    if intent.text("status") != "requires_action" || (next != "redirect_to_url" && next != "use_stripe_sdk") {
        return Err(payment_intents::unexpected_state(intent, "authenticate").into());
    }
    test_clock::use_clock_of_customer(tx, intent)?;
    let mut method = tx.load(ObjectType::PaymentMethod, intent.text("payment_method"))?;
    intent.set("next_action", Value::Null);
    let outcome = match result {
        AuthenticationResult::Complete => {
            mark_set_up(tx, &mut method)?;
            charge_or_authorize(tx, intent, &method)?
        }
        AuthenticationResult::Fail => outcome::fail_intent(tx, intent, &NOT_AUTHENTICATED, &method)?,
    };
    Ok((outcome, method))
}

/// Marks a payment method as authenticated for later payments.
pub(crate) fn mark_set_up(tx: &Tx<'_>, method: &mut Object) -> Result<(), Error> {
    method.set_hidden(SET_UP, true);
    tx.save(method)
}

fn check_payable(intent: &Object) -> Result<(), ApiError> {
    match intent.text("status") {
        "requires_payment_method" | "requires_confirmation" | "requires_action" => Ok(()),
        _ => Err(payment_intents::unexpected_state(intent, "confirm")),
    }
}

/// None for bank debits. A card that was authenticated for later payments needs no authentication, unless it is the
/// test card that always does.
fn behavior_of(method: &Object) -> Option<CardBehavior> {
    let card = test_cards::by_token_name(method.hidden_text("card"))?;
    let is_set_up = method.hidden(SET_UP) == true && card.authenticates_once();
    Some(if is_set_up { CardBehavior::Pays } else { card.behavior })
}

fn charge_or_authorize(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let manual = intent.text("capture_method") == "manual";
    let start = if manual { ChargeResult::Authorized } else { ChargeResult::Captured };
    let charge = charges::create(tx, intent, method, &start)?;
    intent.set("latest_charge", charge.id());
    tx.emit("charge.succeeded", &charge)?;
    if manual {
        intent.set("status", "requires_capture");
        let amount = intent.int("amount");
        intent.set("amount_capturable", amount);
        tx.save(intent)?;
        tx.emit("payment_intent.amount_capturable_updated", intent)?;
    } else {
        payment_intents::succeed(tx, intent)?;
    }
    Ok(Outcome::Paid)
}

fn charge_declined(
    tx: &Tx<'_>,
    intent: &mut Object,
    method: &Object,
    decline: &'static Decline,
) -> Result<Outcome, Error> {
    let charge = charges::create(tx, intent, method, &ChargeResult::Failed(decline))?;
    intent.set("latest_charge", charge.id());
    tx.emit("charge.failed", &charge)?;
    outcome::fail_intent(tx, intent, decline, method)
}

/// Redirects the payer to the 3-D Secure page of the intent, or of its checkout session. Stripe.js shows the page itself.
pub(crate) fn require_authentication(tx: &Tx<'_>, intent: &mut Object, event_type: &str) -> Result<Outcome, Error> {
    let page = match intent.hidden_text("session") {
        "" => intent.id(),
        session => session,
    };
    let url = format!("{}/c/pay/{page}/3ds", tx.public_url);
    let next = if intent.hidden(payment_intents::USES_STRIPE_JS) == true {
        json!({
            "type": "use_stripe_sdk",
            "use_stripe_sdk": { "stripe_js": url, "type": "three_d_secure_redirect" },
        })
    } else {
        json!({
            "redirect_to_url": { "return_url": intent.hidden("return_url"), "url": url },
            "type": "redirect_to_url",
        })
    };
    intent.set("next_action", next);
    intent.set("status", "requires_action");
    tx.save(intent)?;
    tx.emit(event_type, intent)?;
    Ok(Outcome::RequiresAction)
}

/// How a debit from one of Stripe's test accounts settles immediately. None when it is settled by a test action.
pub(crate) fn automatic_settlement(method: &Object) -> Option<Settlement> {
    match method.hidden_text("settles") {
        "succeeds" => Some(Settlement::Succeeded),
        "fails" => Some(Settlement::Failed),
        _ => None,
    }
}

/// What follows a payment attempt: the balance transaction of the charge, and the dispute of a test card. As at
/// Stripe, the response shows the objects before it.
pub(crate) fn follow_up(tx: &Tx<'_>, intent: &Object, method: &Object) -> Result<(), Error> {
    let Some(charge) = intent.opt_text("latest_charge") else {
        return Ok(());
    };
    charges::record_balance_transaction(tx, &tx.load(ObjectType::Charge, charge)?)?;
    if let (Some(CardBehavior::Disputed(kind)), "succeeded") = (behavior_of(method), intent.text("status")) {
        disputes::open_for_test_card(tx, &tx.load(ObjectType::Charge, charge)?, kind)?;
    }
    Ok(())
}
