//! Stripe's own list of what happened. It is kept for 30 days. See <https://docs.stripe.com/api/events/list>.

use jiff::Timestamp;
use miniserde::json::Value;
use serde::Serialize;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use crate::domain::EventId;
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::event::{StripeEvent, StripeEventError};

/// Few enough that a page of large events stays small in memory.
const EVENTS_PER_PAGE: i64 = 25;

/// A page of events, the newest first.
#[derive(Debug)]
pub struct EventPage {
    /// Those that can be read.
    pub events: Vec<StripeEvent>,
    /// The others.
    pub unreadable: Vec<(EventId, StripeEventError)>,
    /// The oldest one; the next page begins after it. `None` when this is the last page.
    pub next: Option<EventId>,
}

/// Which events.
#[derive(Debug, Clone, Copy)]
pub struct EventRange<'a> {
    /// From this second on.
    pub from: Timestamp,
    /// Up to this second.
    pub until: Timestamp,
    /// Those older than this one. It is Stripe's `starting_after`.
    pub starting_after: Option<&'a EventId>,
}

/// A page of events, fifty at most: as many as can be delivered in a run even while everything is slow.
///
/// # Errors
/// When Stripe refuses (it does not know the event that was read last: [`StripeError::is_resource_missing`] `starting_after`) or
/// does not answer.
pub async fn list_events(stripe: &StripeClient, between: EventRange<'_>) -> Result<EventPage, StripeError> {
    let Page { data, has_more } = ListEvents(between).customize().send(stripe).await?;
    let next = data.last().filter(|_| has_more).map(event_id_of).transpose()?;
    let (mut events, mut unreadable) = (Vec::with_capacity(data.len()), Vec::new());
    for event in &data {
        match StripeEvent::parse(miniserde::json::to_string(event).as_bytes()) {
            Ok(stripe_event) => events.push(stripe_event),
            Err(error) => unreadable.push((event_id_of(event)?, error)),
        }
    }
    Ok(EventPage { events, unreadable, next })
}

fn event_id_of(event: &Value) -> Result<EventId, StripeError> {
    let id = match event {
        Value::Object(fields) => fields.get("id"),
        _ => None,
    };
    let id = match id {
        Some(Value::String(id)) => id.as_str(),
        _ => "",
    };
    or_unreadable(EventId::parse(id), "an event id")
}

/// As raw as it comes: the types of one API version would not read the payloads of another.
struct ListEvents<'a>(EventRange<'a>);

#[derive(miniserde::Deserialize)]
struct Page {
    data: Vec<Value>,
    has_more: bool,
}

impl StripeRequest for ListEvents<'_> {
    type Output = Page;

    fn build(&self) -> RequestBuilder {
        #[derive(Serialize)]
        struct Query<'a> {
            #[serde(rename = "created[gte]")]
            from: i64,
            #[serde(rename = "created[lte]")]
            until: i64,
            limit: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            starting_after: Option<&'a EventId>,
        }
        let EventRange { from, until, starting_after } = self.0;
        let query = Query { from: from.as_second(), until: until.as_second(), limit: EVENTS_PER_PAGE, starting_after };
        RequestBuilder::new(StripeMethod::Get, "/events").query(&query)
    }
}
