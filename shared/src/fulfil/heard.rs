//! Something heard of a Stripe object: by an event, or because we asked.

use jiff::Timestamp;

use super::Snapshot;
use super::events::{self, Meaning};
use crate::domain::{EventId, SubscriptionId};
use crate::stripe::{
    CheckoutSession, CheckoutSessionStatus, Envelope, ObjectRef, PaymentState, StripeError, StripeSubscription,
};

/// What was heard, of which object, and by which event.
#[derive(Debug)]
pub struct Heard {
    /// What it tells us to look at.
    pub meaning: Meaning,
    /// The event to remember; `None` when we asked ourselves.
    pub event: Option<EventId>,
    /// The object.
    pub object: ObjectRef,
    /// When the event happened, in seconds since 1970; `None` when we asked ourselves.
    created: Option<i64>,
    /// What can be read of it without asking.
    payload: Payload,
}

/// An older event may have been overtaken by others that never found their way to us.
const FRESH_SECONDS: i64 = 3_600;

/// The state of the object that came along.
#[derive(Debug)]
enum Payload {
    /// None that our types could read, or none that a projection needs.
    Unreadable,
    /// An event of the version that our types read; parsed only at first sight.
    Event(Box<Envelope>),
    /// A session that we fetched.
    Session(Box<CheckoutSession>),
}

impl Heard {
    /// From a verified event; `None` when we do not handle its type.
    pub fn from_event(envelope: Envelope) -> Option<Self> {
        let meaning = events::meaning(&envelope.kind)?;
        let (event, object) = (Some(envelope.event.clone()), envelope.object.clone());
        let created = Some(envelope.created);
        let readable = envelope.is_ours_to_read();
        let payload = if readable { Payload::Event(Box::new(envelope)) } else { Payload::Unreadable };
        Some(Self { meaning, event, object, created, payload })
    }

    /// The same without its payload: Stripe is asked.
    pub(super) fn hint(self) -> Self {
        Self { payload: Payload::Unreadable, ..self }
    }

    /// From a session that was fetched; `None` while it is open.
    pub fn from_session(session: CheckoutSession) -> Option<Self> {
        let meaning = match session.status {
            Some(CheckoutSessionStatus::Complete) => Meaning::SessionCompleted,
            Some(CheckoutSessionStatus::Expired) => Meaning::SessionExpired,
            _ => return None,
        };
        let object = ObjectRef {
            id: session.id.to_string(),
            kind: "checkout.session".to_owned(),
            metadata: session.metadata.clone().unwrap_or_default(),
            customer: session.customer.as_ref().map(|customer| customer.id().to_string()),
            payment_intent: session.payment_intent.as_ref().map(|intent| intent.id().to_string()),
            product: None,
            subscription: session.subscription.as_ref().map(|subscription| subscription.id().to_string()),
            prices: Vec::new(),
        };
        Some(Self { meaning, event: None, object, created: None, payload: Payload::Session(Box::new(session)) })
    }

    /// That a subscription should be looked at, because we changed it or want to be sure.
    pub fn of_subscription(id: &SubscriptionId) -> Self {
        let (id, kind) = (id.to_string(), "subscription".to_owned());
        let object = ObjectRef { subscription: Some(id.clone()), id, kind, ..ObjectRef::default() };
        Self { meaning: Meaning::SubscriptionChanged, event: None, object, created: None, payload: Payload::Unreadable }
    }

    /// Whether the payload may be projected at `now`: our types can read it, and whatever happened since brings an event
    /// that finds us. Of what we asked for ourselves, and of an old event, that is not certain: a webhook may have been dark
    /// for days. Only a session to which nothing can happen any more, as no money is in it, is as good as asked.
    pub(super) fn is_readable(&self, now: Timestamp) -> bool {
        match &self.payload {
            Payload::Unreadable => false,
            Payload::Session(_) => self.intent().is_none(),
            Payload::Event(_) => {
                self.created.is_some_and(|created| now.as_second().saturating_sub(created) <= FRESH_SECONDS)
            }
        }
    }

    /// The payment intent that it is about, when there is one.
    pub(super) fn intent(&self) -> Option<&str> {
        match self.object.kind.as_str() {
            "payment_intent" => Some(&self.object.id),
            _ => self.object.payment_intent.as_deref(),
        }
    }

    /// The subscription that came along.
    pub(super) fn subscription(&self) -> Result<StripeSubscription, StripeError> {
        match &self.payload {
            Payload::Event(envelope) => envelope.subscription(),
            Payload::Session(_) | Payload::Unreadable => Err(unreadable()),
        }
    }

    /// What came along, as far as it is needed at first sight.
    pub(super) fn snapshot(&self) -> Result<Snapshot, StripeError> {
        match &self.payload {
            Payload::Session(session) => Ok(Snapshot::Session(session.clone())),
            Payload::Event(envelope) if self.meaning.is_about_a_session() => {
                Ok(Snapshot::Session(Box::new(envelope.session()?)))
            }
            Payload::Event(envelope) => {
                let state = PaymentState { intent: envelope.intent()?, refunds: Vec::new(), disputes: Vec::new() };
                Ok(Snapshot::Payment { state: Box::new(state), begun: false })
            }
            Payload::Unreadable => Err(unreadable()),
        }
    }
}

fn unreadable() -> StripeError {
    StripeError::Unreadable { what: "a payload of our version".to_owned() }
}
