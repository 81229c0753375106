//! Events: a snapshot of an object at the time of a change, delivered to every endpoint that is enabled for the type.

use serde_json::{Map, Value, json};

use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::api_version::API_VERSION;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

impl Tx<'_> {
    /// Records an event of `event_type` with `object`.
    pub(crate) fn emit(&self, event_type: &str, object: &Object) -> Result<(), Error> {
        self.record_event(event_type, json!({ "object": object.to_public_json() }))
    }

    /// Saves `after` and records an `*.updated` event with the previous attributes. Records none when nothing
    /// changed.
    pub(crate) fn save_and_emit(&self, event_type: &str, before: &Object, after: &Object) -> Result<(), Error> {
        self.save(after)?;
        self.emit_change(event_type, &before.previous_attributes(after), after)
    }

    /// Records an `*.updated` event of a saved object. Records none when nothing changed.
    pub(crate) fn emit_change(
        &self,
        event_type: &str,
        previous: &Map<String, Value>,
        after: &Object,
    ) -> Result<(), Error> {
        if previous.is_empty() {
            return Ok(());
        }
        let data = json!({ "object": after.to_public_json(), "previous_attributes": previous });
        self.record_event(event_type, data)
    }

    fn record_event(&self, event_type: &str, data: Value) -> Result<(), Error> {
        let endpoints = self.listening_endpoints(event_type)?;
        let fields = json!({
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "pending_webhooks": endpoints.len(),
            "request": {
                "id": self.request.request_id,
                "idempotency_key": self.request.idempotency_key,
            },
            "type": event_type,
        });
        let event = Object::new(ObjectType::Event, ObjectType::Event.new_id(), fields);
        self.insert(&event)?;
        for endpoint in endpoints {
            self.schedule_new_delivery(event.id(), &endpoint)?;
        }
        Ok(())
    }

    fn listening_endpoints(&self, event_type: &str) -> Result<Vec<String>, Error> {
        let enabled = Query::of(ObjectType::WebhookEndpoint).with("status", "enabled".to_owned());
        let wants = |endpoint: &Object| match endpoint.get("enabled_events").as_array() {
            Some(types) => types.iter().any(|wanted| wanted == "*" || wanted == event_type),
            None => false,
        };
        let endpoints = self.all(enabled)?;
        Ok(endpoints.iter().filter(|endpoint| wants(endpoint)).map(|e| e.id().to_owned()).collect())
    }
}
