//! The envelope of an event: the few fields that are the same in every API version, read before anything else.

use std::collections::HashMap;

use miniserde::Deserialize as Typed;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::api_version::api_version;
use super::error::StripeError;
use super::metadata::is_our_metadata_key;
use super::objects::{CheckoutSession, PaymentIntent, StripeSubscription};
use crate::domain::{EventId, IdError};

/// Why a body is not an event.
#[derive(Debug, thiserror::Error)]
pub enum StripeEventError {
    /// Not JSON, or not the shape of an event.
    #[error("the payload is not a Stripe event")]
    NotAnEvent(#[from] serde_json::Error),
    /// Its id is none.
    #[error("the event's id is not usable")]
    BadId(#[from] IdError),
}

/// A Stripe event. See <https://docs.stripe.com/api/events/object>.
#[derive(Debug)]
pub struct StripeEvent {
    /// `evt_..`, the same in every redelivery.
    pub id: EventId,
    /// `checkout.session.completed`, ..
    pub event_type: String,
    /// When it happened, in seconds since 1970.
    pub created: i64,
    /// Whether real money is meant.
    pub livemode: bool,
    /// The version of the endpoint, which the payload follows.
    pub api_version: Option<String>,
    /// The connected account that it happened on; ours names none. See <https://docs.stripe.com/connect/webhooks>.
    pub account: Option<String>,
    /// What it is about.
    pub object: ObjectRef,
    payload: Box<RawValue>,
}

/// The object of an event, as far as every version and kind agrees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawObject")]
pub struct ObjectRef {
    /// `cs_..`, `pi_..`, `re_..`
    pub id: String,
    /// `checkout.session`, `payment_intent`, ..
    pub object_type: String,
    /// Ours, when we made the object; an invoice's is that of its subscription.
    pub metadata: HashMap<String, String>,
    /// `cus_..`
    pub customer: Option<String>,
    /// `pi_..`
    pub payment_intent: Option<String>,
    /// `prod_..`, on prices.
    pub product: Option<String>,
    /// `sub_..`: itself, or the one that a session began or an invoice is for.
    pub subscription: Option<String>,
    /// `price_..`, of a subscription's items.
    pub prices: Vec<String>,
}

/// The object where every version has put what we look for.
#[derive(Deserialize)]
struct RawObject {
    #[serde(default)]
    id: String,
    #[serde(default, rename = "object")]
    object_type: String,
    #[serde(default, deserialize_with = "or_default")]
    metadata: HashMap<String, String>,
    #[serde(default, deserialize_with = "id_or_object")]
    customer: Option<String>,
    #[serde(default, deserialize_with = "id_or_object")]
    payment_intent: Option<String>,
    #[serde(default, deserialize_with = "id_or_object")]
    product: Option<String>,
    #[serde(default, deserialize_with = "id_or_object")]
    subscription: Option<String>,
    /// On invoices since 2025-03-31.
    parent: Option<RawParent>,
    /// On invoices before it.
    subscription_details: Option<RawDetails>,
    items: Option<RawItems>,
}

#[derive(Deserialize)]
struct RawParent {
    subscription_details: Option<RawDetails>,
}

#[derive(Deserialize)]
struct RawDetails {
    #[serde(default, deserialize_with = "or_default")]
    metadata: HashMap<String, String>,
    #[serde(default, deserialize_with = "id_or_object")]
    subscription: Option<String>,
}

#[derive(Deserialize)]
struct RawItems {
    #[serde(default)]
    data: Vec<RawItem>,
}

#[derive(Deserialize)]
struct RawItem {
    #[serde(default, deserialize_with = "id_or_object")]
    price: Option<String>,
}

impl From<RawObject> for ObjectRef {
    fn from(raw: RawObject) -> Self {
        let details = raw.parent.and_then(|parent| parent.subscription_details).or(raw.subscription_details);
        let (of_subscription, named) = details.map(|of| (of.metadata, of.subscription)).unwrap_or_default();
        let itself = (raw.object_type == "subscription").then(|| raw.id.clone());
        let items = raw.items.map(|items| items.data).unwrap_or_default();
        Self {
            subscription: itself.or(named).or(raw.subscription),
            metadata: if of_subscription.is_empty() { raw.metadata } else { of_subscription },
            prices: items.into_iter().filter_map(|item| item.price).collect(),
            id: raw.id,
            object_type: raw.object_type,
            customer: raw.customer,
            payment_intent: raw.payment_intent,
            product: raw.product,
        }
    }
}

impl ObjectRef {
    /// An event about this object as JSON, with what it takes to apply it again and nothing else: no e-mail address, no
    /// name, and of the metadata only ours. [`StripeEvent::parse`] reads it; as it names no API version, Stripe is asked for
    /// the object. See <https://docs.stripe.com/api/events/object>.
    pub fn to_redacted_event_json(&self, event: &EventId, kind: &str, created: i64, livemode: bool) -> String {
        let metadata: HashMap<_, _> = self.metadata.iter().filter(|(key, _)| is_our_metadata_key(key)).collect();
        let prices: Vec<_> = self.prices.iter().map(|price| serde_json::json!({ "price": price })).collect();
        let object = serde_json::json!({
            "id": self.id,
            "object": self.object_type,
            "metadata": metadata,
            "customer": self.customer,
            "payment_intent": self.payment_intent,
            "product": self.product,
            "subscription": self.subscription,
            "items": { "data": prices },
        });
        let data = serde_json::json!({ "object": object });
        serde_json::json!({ "id": event, "type": kind, "created": created, "livemode": livemode, "data": data })
            .to_string()
    }
}

impl StripeEvent {
    /// Reads the verified bytes of a delivery.
    ///
    /// # Errors
    /// When they are not a Stripe event.
    pub fn parse(bytes: &[u8]) -> Result<Self, StripeEventError> {
        #[derive(Deserialize)]
        struct Event {
            id: String,
            r#type: String,
            #[serde(default)]
            created: i64,
            livemode: bool,
            #[serde(default)]
            api_version: Option<String>,
            #[serde(default)]
            account: Option<String>,
            data: Data,
        }
        #[derive(Deserialize)]
        struct Data {
            object: Box<RawValue>,
        }
        let event: Event = serde_json::from_slice(bytes)?;
        Ok(Self {
            id: EventId::parse(event.id)?,
            event_type: event.r#type,
            created: event.created,
            livemode: event.livemode,
            api_version: event.api_version,
            account: event.account,
            object: serde_json::from_str(event.data.object.get())?,
            payload: event.data.object,
        })
    }

    /// Whether the payload has the version that our types read. Only then may it be projected.
    pub fn has_current_api_version(&self) -> bool {
        self.api_version.as_deref() == Some(api_version())
    }

    /// The payload as a Checkout Session.
    ///
    /// # Errors
    /// When it is none of our version.
    pub fn session(&self) -> Result<CheckoutSession, StripeError> {
        self.parse_payload("a checkout.session")
    }

    /// The payload as a payment intent.
    ///
    /// # Errors
    /// When it is none of our version.
    pub fn payment_intent(&self) -> Result<PaymentIntent, StripeError> {
        self.parse_payload("a payment_intent")
    }

    /// The payload as a subscription.
    ///
    /// # Errors
    /// When it is none of our version.
    pub fn subscription(&self) -> Result<StripeSubscription, StripeError> {
        self.parse_payload("a subscription")
    }

    fn parse_payload<T: Typed>(&self, what: &str) -> Result<T, StripeError> {
        miniserde::json::from_str(self.payload.get())
            .map_err(|_| StripeError::Unreadable { what: format!("{what} of version {}", api_version()) })
    }
}

/// `null` counts as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// An expandable field: an id, or the object with its id.
fn id_or_object<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expandable {
        Id(String),
        Object { id: String },
    }
    Ok(Option::<Expandable>::deserialize(from)?.map(|value| match value {
        Expandable::Id(id) | Expandable::Object { id } => id,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_any_version_shows_what_it_is_about() {
        let body = r#"{"id":"evt_1","object":"event","type":"charge.refunded","livemode":false,"api_version":"2019-02-19",
            "data":{"object":{"id":"ch_1","object":"charge","customer":{"id":"cus_1","email":"x"},"payment_intent":"pi_1","metadata":null}}}"#;
        let stripe_event = StripeEvent::parse(body.as_bytes()).unwrap();
        assert_eq!(stripe_event.object.customer.as_deref(), Some("cus_1"));
        assert_eq!(stripe_event.object.payment_intent.as_deref(), Some("pi_1"));
        assert!(!stripe_event.has_current_api_version());
    }

    #[test]
    fn an_invoice_names_its_subscription_in_the_old_way_and_in_the_new() {
        let read = |object: &str| -> ObjectRef { serde_json::from_str(object).unwrap() };
        let old = read(
            r#"{"id":"in_1","object":"invoice","metadata":{},"subscription":"sub_1","subscription_details":{"metadata":{"a":"b"}}}"#,
        );
        let new = read(
            r#"{"id":"in_1","object":"invoice","metadata":{},"parent":{"subscription_details":{"metadata":{"a":"b"},"subscription":"sub_1"}}}"#,
        );
        assert_eq!(old, new);
        assert_eq!(new.subscription.as_deref(), Some("sub_1"));
        assert_eq!(new.metadata["a"], "b");
        let itself = read(r#"{"id":"sub_1","object":"subscription","items":{"data":[{"price":{"id":"price_1"}}]}}"#);
        assert_eq!((itself.subscription.as_deref(), itself.prices), (Some("sub_1"), vec!["price_1".to_owned()]));
    }

    #[test]
    fn what_the_error_queue_keeps_of_an_event_is_never_taken_for_the_whole() {
        let body = format!(
            r#"{{"id":"evt_1","type":"charge.refunded","livemode":false,"created":7,"api_version":"{}",
            "data":{{"object":{{"id":"ch_1","object":"charge","customer":{{"id":"cus_1","email":"x"}},"metadata":{{"tuition_app":"a","x":"y"}}}}}}}}"#,
            api_version()
        );
        let whole = StripeEvent::parse(body.as_bytes()).unwrap();
        assert!(whole.has_current_api_version());
        let kept = whole.object.to_redacted_event_json(&whole.id, &whole.event_type, whole.created, whole.livemode);
        let kept = StripeEvent::parse(kept.as_bytes()).unwrap();
        assert!(!kept.has_current_api_version());
        assert_eq!((kept.id, kept.event_type, kept.created), (whole.id, whole.event_type, whole.created));
        assert_eq!((kept.object.id, kept.object.customer), (whole.object.id, whole.object.customer));
        assert_eq!(kept.object.metadata, [("tuition_app".to_owned(), "a".to_owned())].into());
    }

    #[test]
    fn what_is_not_an_event_is_an_error() {
        for body in
            ["", "[]", "{}", "null", r#"{"id":"evt_1"}"#, r#"{"id":1,"type":"x","livemode":true,"data":{"object":{}}}"#]
        {
            assert!(StripeEvent::parse(body.as_bytes()).is_err(), "{body:?}");
        }
    }
}
