//! The template data of the customer portal.

use askama::Template;
use serde_json::Value;

use crate::rules::billing::portal::Portal;
use crate::rules::billing::{amounts, invoice_lines};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::{price, subscription_item};
use crate::values::{billing_interval, money};

#[derive(Template)]
#[template(path = "portal.html")]
pub(super) struct PortalPage {
    token: String,
    return_url: Option<String>,
    error: Option<String>,
    email: String,
    card: Option<String>,
    can_update_card: bool,
    subscriptions: Vec<SubscriptionRow>,
    invoices: Vec<InvoiceRow>,
}

struct SubscriptionRow {
    id: String,
    name: String,
    price_text: String,
    /// The next event, such as `Renews on 12 Mar 2026`.
    next_event: String,
    /// The page where an unpaid invoice can be paid.
    unpaid_invoice_url: Option<String>,
    is_ending: bool,
    can_cancel: bool,
    price_options: Vec<PriceOption>,
}

struct PriceOption {
    price: String,
    label: String,
}

struct InvoiceRow {
    number: String,
    day: String,
    amount: String,
    status: String,
    url: String,
}

impl PortalPage {
    /// The portal page, with the error of the last action, if any.
    pub(super) fn new(tx: &Tx<'_>, portal: &Portal, token: &str, error: Option<String>) -> Result<PortalPage, Error> {
        let flow = PortalFlow::from_session(&portal.session);
        let mut subscriptions = portal.subscriptions(tx)?;
        subscriptions.retain(|subscription| flow.subscription.is_none_or(|id| id == subscription.id()));
        let row = |subscription: &Object| subscription_row(tx, portal, &flow, subscription);
        let lists_invoices = flow.is_unrestricted && portal.has_feature("invoice_history");
        let invoices = if lists_invoices { portal.invoices(tx)? } else { Vec::new() };
        Ok(PortalPage {
            token: token.to_owned(),
            return_url: portal.session.opt_text("return_url").map(str::to_owned),
            error,
            email: portal.customer.text("email").to_owned(),
            card: portal.current_method(tx)?.map(|card| method_label(&card)),
            can_update_card: flow.payment_method && portal.has_feature("payment_method_update"),
            subscriptions: subscriptions.iter().map(row).collect::<Result<_, _>>()?,
            invoices: invoices.iter().map(invoice_row).collect(),
        })
    }
}

/// What the session's flow allows. A session without a flow allows everything.
struct PortalFlow<'a> {
    is_unrestricted: bool,
    payment_method: bool,
    cancel: bool,
    change_price: bool,
    subscription: Option<&'a str>,
    /// The only price that the flow allows.
    price: Option<&'a str>,
}

impl<'a> PortalFlow<'a> {
    fn from_session(session: &'a Object) -> PortalFlow<'a> {
        let flow = session.get("flow");
        let kind = flow["type"].as_str();
        let details = kind.map_or(&Value::Null, |kind| &flow[kind]);
        let is = |flow: &[&str]| kind.is_none_or(|kind| flow.contains(&kind));
        PortalFlow {
            is_unrestricted: kind.is_none(),
            payment_method: is(&["payment_method_update"]),
            cancel: is(&["subscription_cancel"]),
            change_price: is(&["subscription_update", "subscription_update_confirm"]),
            subscription: details["subscription"].as_str(),
            price: details["items"][0]["price"].as_str(),
        }
    }
}

fn subscription_row(
    tx: &Tx<'_>,
    portal: &Portal,
    flow: &PortalFlow<'_>,
    subscription: &Object,
) -> Result<SubscriptionRow, Error> {
    let currency = subscription.text("currency");
    let mut names = Vec::new();
    let mut price_text = Vec::new();
    for item in subscription_item::items_of(subscription) {
        names.push(product_name(tx, &item["price"]["product"])?);
        let amount = money::format(amounts::item_amount(tx, item, currency)?, currency);
        price_text.push(format!("{amount} / {}", invoice_lines::interval_text(&item["price"]["recurring"])));
    }
    let mut price_options = Vec::new();
    for price in portal.available_prices(tx, subscription)?.iter().filter(|_| flow.change_price) {
        if flow.price.is_none_or(|only| only == price.id()) {
            price_options.push(price_option(tx, price, currency)?);
        }
    }
    let newest = tx.find(ObjectType::Invoice, subscription.text("latest_invoice"))?;
    let unpaid_invoice_url = newest.filter(|invoice| invoice.text("status") == "open" && invoice.flag("attempted"));
    Ok(SubscriptionRow {
        id: subscription.id().to_owned(),
        name: names.join(", "),
        price_text: price_text.join(", "),
        next_event: next_event_text(subscription),
        unpaid_invoice_url: unpaid_invoice_url.map(|invoice| invoice.text("hosted_invoice_url").to_owned()),
        is_ending: subscription.get("cancel_at").is_i64(),
        can_cancel: flow.cancel && portal.has_feature("subscription_cancel"),
        price_options,
    })
}

fn price_option(tx: &Tx<'_>, price: &Object, currency: &str) -> Result<PriceOption, Error> {
    let amount = money::format(price::amount_in(price, currency).unwrap_or_default(), currency);
    let name = product_name(tx, price.get("product"))?;
    let label = format!("{name}, {amount} / {}", invoice_lines::interval_text(price.get("recurring")));
    Ok(PriceOption { price: price.id().to_owned(), label })
}

fn next_event_text(subscription: &Object) -> String {
    let day = billing_interval::format_date(subscription_item::period(subscription).1);
    match (subscription.text("status"), subscription.get("cancel_at").as_i64()) {
        ("paused", _) => "Paused".to_owned(),
        ("past_due" | "unpaid", _) => "The last payment failed".to_owned(),
        ("incomplete", _) => "The first payment is incomplete".to_owned(),
        (_, Some(end)) => format!("Ends on {}", billing_interval::format_date(end)),
        ("trialing", None) => format!("Free until {day}"),
        _ => format!("Renews on {day}"),
    }
}

fn invoice_row(invoice: &Object) -> InvoiceRow {
    InvoiceRow {
        number: invoice.text("number").to_owned(),
        day: billing_interval::format_date(invoice.int("created")),
        amount: money::format(invoice.int("total"), invoice.text("currency")),
        status: invoice.text("status").to_owned(),
        url: invoice.text("hosted_invoice_url").to_owned(),
    }
}

fn method_label(method: &Object) -> String {
    let kind = method.text("type");
    let details = method.get(kind);
    let last4 = details["last4"].as_str().unwrap_or_default();
    match details["brand"].as_str() {
        Some(brand) => {
            format!("{brand} ending in {last4}, valid until {}/{}", details["exp_month"], details["exp_year"])
        }
        None => format!("{} ending in {last4}", kind.replace('_', " ")),
    }
}

fn product_name(tx: &Tx<'_>, product: &Value) -> Result<String, Error> {
    let product = tx.find(ObjectType::Product, product.as_str().unwrap_or_default())?;
    Ok(product.map(|product| product.text("name").to_owned()).unwrap_or_default())
}
