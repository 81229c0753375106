//! Test actions for the clock, subscriptions and invoices. See `test_actions.rs`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use axum::{Form, Router};
use serde::Deserialize;
use serde_json::json;

use crate::pages::action_response::run_action;
use crate::rules::billing::cancellation::{self, AFTER_FAILED_PAYMENTS, Cancellation};
use crate::rules::billing::{collection, invoice_payments, invoices, subscription_status};
use crate::rules::payments::payment_methods;
use crate::rules::time;
use crate::state::store::Store;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::billing_interval::HOUR;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/_stand_in/clock/advance", post(advance))
        .route("/_stand_in/settings/after_failed_payments/{choice}", post(set_after_failed_payments))
        .route("/_stand_in/subscriptions/{id}/{action}", post(run_subscription_action))
        .route("/_stand_in/invoices/{id}/retry", post(retry))
}

#[derive(Deserialize)]
struct AdvanceForm {
    #[serde(default)]
    days: i64,
    #[serde(default)]
    seconds: i64,
    /// Unix seconds.
    until: Option<i64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SubscriptionAction {
    Renew,
    Fail,
    Cancel,
}

async fn advance(State(store): State<Arc<Store>>, headers: HeaderMap, Form(form): Form<AdvanceForm>) -> Response {
    run_action(&store, &headers, |tx| {
        let by = form.days.saturating_mul(24 * HOUR).saturating_add(form.seconds);
        let until = form.until.unwrap_or_else(|| tx.now().saturating_add(by));
        if until < tx.now() {
            return Err(ApiError::invalid_request("The time cannot go back.").with_param("until").into());
        }
        time::advance_account(tx, until)?;
        Ok(json!({ "now": until }))
    })
}

async fn set_after_failed_payments(
    State(store): State<Arc<Store>>,
    Path(choice): Path<String>,
    headers: HeaderMap,
) -> Response {
    run_action(&store, &headers, |tx| {
        if !["cancel", "past_due", "unpaid"].contains(&choice.as_str()) {
            return Err(ApiError::invalid_request("The setting must be cancel, past_due or unpaid.").into());
        }
        tx.set_setting(AFTER_FAILED_PAYMENTS, &choice)?;
        Ok(json!({ AFTER_FAILED_PAYMENTS: choice }))
    })
}

async fn run_subscription_action(
    State(store): State<Arc<Store>>,
    Path((id, action)): Path<(String, SubscriptionAction)>,
    headers: HeaderMap,
) -> Response {
    run_action(&store, &headers, |tx| {
        let before = tx.load(ObjectType::Subscription, &id)?;
        subscription_status::require_not_ended(&before)?;
        match action {
            SubscriptionAction::Renew => renew(tx, &before)?,
            SubscriptionAction::Fail => {
                set_failing_card(tx, &before)?;
                renew(tx, &before)?;
            }
            SubscriptionAction::Cancel => {
                test_clock::use_clock_of(tx, &before)?;
                cancellation::cancel(tx, &before, &Cancellation::REQUESTED)?;
            }
        }
        Ok(tx.load(ObjectType::Subscription, &id)?.to_public_json())
    })
}

/// Moves the account's time to the end of the period, and one hour more so that its invoice is charged.
fn renew(tx: &Tx<'_>, subscription: &Object) -> Result<(), Error> {
    if subscription.opt_text("test_clock").is_some() {
        let message = "This subscription has a test clock. Advance the test clock.";
        return Err(ApiError::invalid_request(message).into());
    }
    time::advance_account(tx, tx.now().max(subscription_item::period(subscription).1 + HOUR))
}

/// Makes a card that is declined the subscription's default payment method.
fn set_failing_card(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut card = payment_methods::resolve(tx, "pm_card_chargeCustomerFail", "payment_method")?;
    payment_methods::attach(tx, &mut card, before.text("customer"))?;
    let mut after = before.clone();
    after.set("default_payment_method", card.id());
    subscription_status::save(tx, before, &after)
}

/// Charges an open invoice now, like the retry button of Stripe's Dashboard.
async fn retry(State(store): State<Arc<Store>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    run_action(&store, &headers, |tx| {
        let invoice = tx.load(ObjectType::Invoice, &id)?;
        test_clock::use_clock_of(tx, &invoice)?;
        invoices::require_status(&invoice, &["open", "uncollectible"], "paid")?;
        let method =
            invoice_payments::method_of_invoice(tx, &invoice)?.ok_or_else(invoice_payments::no_payment_method_error)?;
        collection::pay(tx, &invoice, &method)?;
        Ok(tx.load(ObjectType::Invoice, &id)?.to_public_json())
    })
}
