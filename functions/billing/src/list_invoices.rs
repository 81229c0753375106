//! `GET /billing/invoices`: the invoices of the learner's subscriptions, the newest first.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{Currency, Invoice, InvoiceId, InvoiceStatus};
use shared::http::{Caller, Page, PageRequest, Problem};

use crate::state::State;

/// An invoice of a subscription.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct InvoiceResponse {
    id: InvoiceId,
    /// The number on the paper; a draft has none.
    number: Option<String>,
    /// What it asks for, in minor units.
    amount: i64,
    currency: Currency,
    /// Where it stands.
    status: InvoiceStatus,
    /// When Stripe created it.
    created: Timestamp,
    /// Stripe's page that shows it and takes the payment.
    hosted_invoice_url: Option<String>,
    /// The same as a file.
    pdf_url: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<InvoiceResponse>>, Problem> {
    let after = wanted.parse_cursor(parse_cursor)?;
    let after = after.as_ref().map(|(created, id)| (*created, id));
    let found = state.fulfil.store.invoices(&caller.user, wanted.limit(), after).await?;
    let last = found.invoices.last().filter(|_| found.has_more).map(to_cursor);
    let invoices = found.invoices.into_iter().map(|invoice| InvoiceResponse {
        id: invoice.id,
        number: invoice.number,
        amount: invoice.due.amount,
        currency: invoice.due.currency,
        status: invoice.status,
        created: invoice.created,
        hosted_invoice_url: invoice.hosted_url,
        pdf_url: invoice.pdf_url,
    });
    Ok(Json(Page::new(invoices.collect(), last)))
}

/// An invoice's place in the list, for the cursor.
fn to_cursor(invoice: &Invoice) -> String {
    format!("{}#{}", invoice.created, invoice.id)
}

fn parse_cursor(text: &str) -> Option<(Timestamp, InvoiceId)> {
    let (created, id) = text.split_once('#')?;
    Some((created.parse().ok()?, InvoiceId::parse(id).ok()?))
}
