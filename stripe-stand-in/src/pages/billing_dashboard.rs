//! The dashboard's pages for subscriptions and invoices.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use crate::pages::dashboard::{ROW_LIMIT, created_utc, format_utc, render_page};
use crate::rules::billing::cancellation::AFTER_FAILED_PAYMENTS;
use crate::rules::billing::{amounts, invoice_lines, subscription_status};
use crate::state::query::{PageRequest, Query};
use crate::state::store::Store;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::money;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new().route("/subscriptions", get(subscriptions)).route("/invoices", get(invoices))
}

#[derive(Template)]
#[template(path = "subscriptions.html")]
struct SubscriptionsPage {
    now: String,
    after_failed_payments: String,
    subscriptions: Vec<SubscriptionRow>,
}

struct SubscriptionRow {
    id: String,
    status: String,
    payer: String,
    plan: String,
    period_end: String,
    cancel_at: Option<String>,
    is_ongoing: bool,
    has_test_clock: bool,
}

#[derive(Template)]
#[template(path = "invoices.html")]
struct InvoicesPage {
    invoices: Vec<InvoiceRow>,
}

struct InvoiceRow {
    id: String,
    number: String,
    status: String,
    payer: String,
    amount: String,
    reason: String,
    created: String,
    attempts: i64,
    next_attempt: Option<String>,
    url: Option<String>,
}

async fn subscriptions(State(store): State<Arc<Store>>) -> Response {
    render_page(&store, |tx| {
        let (newest, _) = tx.page(Query::of(ObjectType::Subscription), &PageRequest::newest(ROW_LIMIT))?;
        let subscriptions =
            newest.iter().map(|subscription| subscription_row(tx, subscription)).collect::<Result<_, _>>()?;
        let after = tx.setting(AFTER_FAILED_PAYMENTS)?.unwrap_or_else(|| "cancel".to_owned());
        Ok(SubscriptionsPage { now: format_utc(tx.now()), after_failed_payments: after, subscriptions })
    })
}

async fn invoices(State(store): State<Arc<Store>>) -> Response {
    render_page(&store, |tx| {
        let (newest, _) = tx.page(Query::of(ObjectType::Invoice), &PageRequest::newest(ROW_LIMIT))?;
        Ok(InvoicesPage { invoices: newest.iter().map(invoice_row).collect() })
    })
}

fn subscription_row(tx: &Tx<'_>, subscription: &Object) -> Result<SubscriptionRow, Error> {
    let currency = subscription.text("currency");
    let mut plan = Vec::new();
    for item in subscription_item::items_of(subscription) {
        let amount = money::format(amounts::item_amount(tx, item, currency)?, currency);
        plan.push(format!("{amount} / {}", invoice_lines::interval_text(&item["price"]["recurring"])));
    }
    let customer = tx.find(ObjectType::Customer, subscription.text("customer"))?;
    Ok(SubscriptionRow {
        id: subscription.id().to_owned(),
        status: subscription.text("status").to_owned(),
        payer: customer.map(|customer| customer.text("email").to_owned()).unwrap_or_default(),
        plan: plan.join(", "),
        period_end: format_utc(subscription_item::period(subscription).1),
        cancel_at: subscription.get("cancel_at").as_i64().map(format_utc),
        is_ongoing: subscription_status::require_not_ended(subscription).is_ok(),
        has_test_clock: subscription.opt_text("test_clock").is_some(),
    })
}

fn invoice_row(invoice: &Object) -> InvoiceRow {
    InvoiceRow {
        id: invoice.id().to_owned(),
        number: invoice.text("number").to_owned(),
        status: invoice.text("status").to_owned(),
        payer: invoice.text("customer_email").to_owned(),
        amount: money::format(invoice.int("total"), invoice.text("currency")),
        reason: invoice.text("billing_reason").to_owned(),
        created: created_utc(invoice),
        attempts: invoice.int("attempt_count"),
        next_attempt: invoice.get("next_payment_attempt").as_i64().map(format_utc),
        url: invoice.opt_text("hosted_invoice_url").map(str::to_owned),
    }
}
