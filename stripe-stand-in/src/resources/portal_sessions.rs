//! `/v1/billing_portal/sessions` (<https://docs.stripe.com/api/customer_portal/sessions>): links to the customer
//! portal.

use serde_json::{Value, json};

use crate::resources::portal_configurations;
use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};
use crate::values::params::Params;

pub(crate) const ROUTES: &[Route] = &[Route::post("/v1/billing_portal/sessions", create)];

/// How long a portal link is valid.
const LINK_LIFETIME_SECONDS: i64 = 60 * 60;

const FLOWS: &[&str] =
    &["payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm"];

/// Finds the session by the token of its link, while the link is valid.
pub(crate) fn find_by_token(tx: &Tx<'_>, token: &str) -> Result<Object, Error> {
    let found = tx.first(Query::of(ObjectType::PortalSession).with("_stand_in.token", token.to_owned()))?;
    let valid = found.filter(|session| session.int("created") + LINK_LIFETIME_SECONDS > tx.now());
    valid.ok_or_else(|| {
        let api_error =
            ApiError::invalid_request("This link has expired. Go back to the shop, and open the portal again.");
        ApiError { status: 410, ..api_error }.into()
    })
}

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let customer = params.required_text("customer")?;
    tx.load_param(ObjectType::Customer, &customer, "customer")?;
    let configuration = match params.text("configuration")? {
        Some(id) => tx.load_param(ObjectType::PortalConfiguration, &id, "configuration")?,
        None => portal_configurations::default(tx)?,
    };
    let return_url = params.nullable_text("return_url")?.filter(|url| !url.is_null());
    let return_url = return_url.unwrap_or_else(|| configuration.get("default_return_url").clone());
    let flow = params.hash("flow_data")?.map(|flow| read_flow(tx, flow, &customer)).transpose()?;
    let locale = params.nullable_text("locale")?;
    call.finish()?;
    let token = format!("test_{}", object_type::random_alphanumeric(40));
    let fields = json!({
        "configuration": configuration.id(),
        "created": tx.now(),
        "customer": customer,
        "customer_account": null,
        "flow": flow,
        "locale": locale,
        "on_behalf_of": null,
        "return_url": return_url,
        "url": format!("{}/p/session/{token}", tx.public_url),
    });
    let mut session = Object::new(ObjectType::PortalSession, ObjectType::PortalSession.new_id(), fields);
    session.set_hidden("token", token);
    tx.insert(&session)?;
    tx.emit("billing_portal.session.created", &session)?;
    Ok(ApiResponse::object(&session))
}

/// Reads `flow_data`: a deep link to one portal action
/// (<https://docs.stripe.com/customer-management/portal-deep-links>).
fn read_flow(tx: &Tx<'_>, mut flow: Params, customer: &str) -> Result<Value, Error> {
    let kind = flow.choice("type", FLOWS)?.ok_or_else(|| ApiError::missing_param(&flow.full_name("type")))?;
    let mut fields = json!({
        "after_completion": read_after_completion(flow.hash("after_completion")?)?,
        "customer_update": null,
        "subscription_cancel": null,
        "subscription_update": null,
        "subscription_update_confirm": null,
        "type": kind,
    });
    if kind != "payment_method_update" {
        let mut details = flow.hash(&kind)?.ok_or_else(|| ApiError::missing_param(&format!("flow_data[{kind}]")))?;
        fields[&kind] = read_subscription(tx, &mut details, customer)?;
        if kind == "subscription_update_confirm" {
            fields[&kind]["discounts"] = Value::Null;
            fields[&kind]["items"] = read_items(&mut details)?;
        }
        if kind == "subscription_cancel" {
            fields[&kind]["retention"] = Value::Null;
        }
        details.finish()?;
    }
    flow.finish()?;
    Ok(fields)
}

fn read_subscription(tx: &Tx<'_>, details: &mut Params, customer: &str) -> Result<Value, Error> {
    let id = details.required_text("subscription")?;
    let subscription = tx.load_param(ObjectType::Subscription, &id, &details.full_name("subscription"))?;
    if subscription.text("customer") != customer {
        return Err(
            ApiError::resource_missing(ObjectType::Subscription, &id, &details.full_name("subscription")).into()
        );
    }
    Ok(json!({ "subscription": id }))
}

fn read_items(details: &mut Params) -> Result<Value, ApiError> {
    let mut items = Vec::new();
    for mut item in details.hashes("items")?.unwrap_or_default() {
        let (id, price) = (item.required_text("id")?, item.text("price")?);
        items.push(json!({ "id": id, "price": price, "quantity": item.integer("quantity")? }));
        item.finish()?;
    }
    if items.is_empty() {
        return Err(ApiError::missing_param(&details.full_name("items")));
    }
    Ok(Value::Array(items))
}

fn read_after_completion(params: Option<Params>) -> Result<Value, ApiError> {
    let mut params = params.unwrap_or_default();
    let choices = ["hosted_confirmation", "portal_homepage", "redirect"];
    let kind = params.choice("type", &choices)?.unwrap_or_else(|| "portal_homepage".to_owned());
    let redirect = params.hash("redirect")?.map(|mut redirect| {
        let url = redirect.required_text("return_url")?;
        redirect.finish()?;
        Ok::<_, ApiError>(json!({ "return_url": url }))
    });
    let confirmation = params.hash("hosted_confirmation")?.map(|mut confirmation| {
        let message = confirmation.nullable_text("custom_message")?;
        confirmation.finish()?;
        Ok::<_, ApiError>(json!({ "custom_message": message }))
    });
    params.finish()?;
    Ok(json!({
        "hosted_confirmation": confirmation.transpose()?, "redirect": redirect.transpose()?, "type": kind,
    }))
}
