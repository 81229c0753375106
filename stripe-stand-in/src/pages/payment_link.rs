//! The page of a payment link, `/b/{link}`. It creates a checkout session and redirects the payer to it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::pages::render::{Message, error_page, page};
use crate::resources::payment_links;
use crate::state::store::Store;
use crate::state::transaction::RequestContext;
use crate::values::object_type::ObjectType;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new().route("/b/{link}", get(open)).route("/b/{link}/thanks", get(thanks))
}

/// URL parameters (<https://docs.stripe.com/payment-links/url-parameters>).
#[derive(Deserialize)]
struct UrlParams {
    client_reference_id: Option<String>,
}

async fn open(State(store): State<Arc<Store>>, Path(id): Path<String>, visitor: UrlQuery<UrlParams>) -> Response {
    let opened = store.write(RequestContext::default(), |tx| {
        let link = tx.load(ObjectType::PaymentLink, &id)?;
        if !link.flag("active") {
            return Ok(Err(link.opt_text("inactive_message").unwrap_or(INACTIVE).to_owned()));
        }
        Ok(Ok(payment_links::open_session(tx, &link, visitor.client_reference_id.as_deref())?))
    });
    match opened {
        Ok(Ok(session)) => Redirect::to(session.text("url")).into_response(),
        Ok(Err(message)) => {
            let message = Message { title: "This link is not active", message: &message, link: None };
            page(StatusCode::NOT_FOUND, &message)
        }
        Err(error) => error_page(&error),
    }
}

const INACTIVE: &str = "The link is no longer active.";

/// The confirmation page after the payment, unless the link redirects to the merchant.
async fn thanks(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Response {
    match store.write(RequestContext::default(), |tx| tx.load(ObjectType::PaymentLink, &id)) {
        Ok(link) => {
            let own = link.pointer("/after_completion/hosted_confirmation/custom_message").as_str();
            let message = own.unwrap_or("Your payment is complete. You may close this page.");
            page(StatusCode::OK, &Message { title: "Thanks for your payment", message, link: None })
        }
        Err(error) => error_page(&error),
    }
}
