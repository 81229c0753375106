//! `/v1/events` (<https://docs.stripe.com/api/events>), and the retry route that `stripe events resend` calls.

use serde_json::Value;

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object_type::ObjectType;

pub(crate) const ROUTES: &[Route] = &[
    Route::get("/v1/events", list),
    Route::get("/v1/events/{id}", retrieve),
    Route::post("/v1/events/{id}/retry", retry),
];

/// Schedules an event again for every enabled endpoint, or for one of them.
pub(crate) fn redeliver(tx: &Tx<'_>, id: &str, endpoint_id: Option<&str>) -> Result<(), Error> {
    tx.load(ObjectType::Event, id)?;
    for endpoint in tx.all(Query::of(ObjectType::WebhookEndpoint).with("status", "enabled".to_owned()))? {
        if endpoint_id.is_none_or(|wanted| wanted == endpoint.id()) {
            tx.schedule_delivery(id, endpoint.id(), tx.account_now_millis())?;
        }
    }
    Ok(())
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let event = tx.load(ObjectType::Event, &call.id)?;
    call.finish()?;
    Ok(ApiResponse::object(&tx.with_pending_webhooks(event)?))
}

fn retry(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let endpoint_id = call.params.text("webhook_endpoint")?;
    if let Some(endpoint_id) = &endpoint_id {
        tx.load_param(ObjectType::WebhookEndpoint, endpoint_id, "webhook_endpoint")?;
    }
    call.params.ignore(&["for_stripecli", "account"]);
    redeliver(tx, &call.id, endpoint_id.as_deref())?;
    retrieve(tx, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::Event).filter(params, &["type"])?.filter_created(params)?;
    if let Some(types) = params.texts("types")? {
        query = query.with_any_of("type", &types);
    }
    if let Some(delivered) = params.flag("delivery_success")? {
        // Stripe: "whether all webhooks were successfully delivered".
        let undelivered = "exists (select 1 from deliveries d where d.event = objects.id and d.delivered = 0)";
        query = query.and_sql(&if delivered { format!("not {undelivered}") } else { undelivered.to_owned() });
    }
    let page = request::read_page(params)?;
    let url = call.path.clone();
    call.finish()?;
    let (events, has_more) = tx.page(query, &page)?;
    let events = events.into_iter().map(|event| Ok(tx.with_pending_webhooks(event)?.to_public_json()));
    Ok(request::list_response(&url, events.collect::<Result<Vec<Value>, Error>>()?, has_more))
}
