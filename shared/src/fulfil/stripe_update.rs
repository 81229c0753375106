//! An update of a Stripe object: from an event, or fetched by us.

use std::sync::Arc;

use jiff::Timestamp;

use super::events::handled_events::update_kind;
use super::events::update_kind::{CheckoutSessionChange, PaymentIntentChange, UpdateKind};
use super::purchase_state::PurchaseState;
use crate::domain::{EventId, SubscriptionId};
use crate::stripe::{
    CheckoutSession, CheckoutSessionPaymentStatus, CheckoutSessionStatus, ObjectRef, PaymentIntent,
    PaymentIntentStatus, PaymentState, StripeError, StripeEvent, StripeSubscription,
};

/// What an event or a fetch reports about a Stripe object.
#[derive(Debug)]
pub struct StripeUpdate {
    /// What kind of change it is.
    pub kind: UpdateKind,
    /// The event to record as processed; `None` when we fetched the object ourselves.
    pub event: Option<EventId>,
    /// The object.
    pub object: ObjectRef,
    /// When the event happened, in seconds since 1970; `None` when we fetched the object ourselves.
    created: Option<i64>,
    /// The state that came along.
    payload: Payload,
    /// Whether refunds and disputes of the current period are to be fetched, too.
    wants_payments: bool,
}

/// The payload of an older event may be out of date: later events may not have been delivered.
const MAX_PAYLOAD_AGE_SECONDS: i64 = 3_600;

/// The state of the object that came along.
#[derive(Debug)]
enum Payload {
    /// None that our types could read, or none that a projection needs.
    Absent,
    /// An event of the version that our types read; parsed only at first sight.
    Event(Box<StripeEvent>),
    /// A session that we fetched.
    Session(Arc<CheckoutSession>),
}

impl StripeUpdate {
    /// From a verified event; `None` when we do not handle its type.
    pub fn from_event(stripe_event: StripeEvent) -> Option<Self> {
        let kind = update_kind(&stripe_event.event_type)?;
        let (event, object) = (Some(stripe_event.id.clone()), stripe_event.object.clone());
        let created = Some(stripe_event.created);
        let has_current_version = stripe_event.has_current_api_version();
        let payload = if has_current_version { Payload::Event(Box::new(stripe_event)) } else { Payload::Absent };
        Some(Self { kind, event, object, created, payload, wants_payments: false })
    }

    /// The same without its payload: Stripe is asked.
    pub(super) fn without_payload(self) -> Self {
        Self { payload: Payload::Absent, ..self }
    }

    /// From a session that was fetched; `None` while it is open.
    pub fn from_session(session: CheckoutSession) -> Option<Self> {
        let kind = match session.status {
            Some(CheckoutSessionStatus::Complete) if session.payment_status == CheckoutSessionPaymentStatus::Unpaid => {
                UpdateKind::CheckoutSession(CheckoutSessionChange::Completed)
            }
            Some(CheckoutSessionStatus::Complete) => {
                UpdateKind::CheckoutSession(CheckoutSessionChange::PaymentSucceeded)
            }
            Some(CheckoutSessionStatus::Expired) => UpdateKind::CheckoutSession(CheckoutSessionChange::Expired),
            _ => return None,
        };
        let object = ObjectRef {
            id: session.id.to_string(),
            object_type: "checkout.session".to_owned(),
            metadata: session.metadata.clone().unwrap_or_default(),
            customer: session.customer.as_ref().map(|customer| customer.id().to_string()),
            payment_intent: session.payment_intent.as_ref().map(|intent| intent.id().to_string()),
            product: None,
            subscription: session.subscription.as_ref().map(|subscription| subscription.id().to_string()),
            prices: Vec::new(),
        };
        let payload = Payload::Session(Arc::new(session));
        Some(Self { kind, event: None, object, created: None, payload, wants_payments: false })
    }

    /// From a payment intent that was fetched. Its payload is not used: the payment may have been refunded.
    pub fn from_payment_intent(intent: &PaymentIntent) -> Self {
        let change = match intent.status {
            PaymentIntentStatus::Succeeded => PaymentIntentChange::Succeeded,
            PaymentIntentStatus::Processing => PaymentIntentChange::Processing,
            PaymentIntentStatus::Canceled => PaymentIntentChange::Canceled,
            // It waits for the buyer: if there was an attempt, it failed.
            _ => PaymentIntentChange::Failed,
        };
        let object = ObjectRef {
            id: intent.id.to_string(),
            object_type: "payment_intent".to_owned(),
            metadata: intent.metadata.clone(),
            customer: intent.customer.as_ref().map(|customer| customer.id().to_string()),
            ..ObjectRef::default()
        };
        let (kind, payload) = (UpdateKind::PaymentIntent(change), Payload::Absent);
        Self { kind, event: None, object, created: None, payload, wants_payments: false }
    }

    /// An update without an event: we changed the subscription, or want to refresh it.
    pub fn for_subscription(id: &SubscriptionId) -> Self {
        let (id, object_type) = (id.to_string(), "subscription".to_owned());
        let object = ObjectRef { subscription: Some(id.clone()), id, object_type, ..ObjectRef::default() };
        let (kind, payload) = (UpdateKind::Subscription, Payload::Absent);
        Self { kind, event: None, object, created: None, payload, wants_payments: false }
    }

    /// The same, with the refunds and disputes of what was paid for the current period.
    pub fn for_subscription_and_payments(id: &SubscriptionId) -> Self {
        Self { wants_payments: true, ..Self::for_subscription(id) }
    }

    /// Whether refunds and disputes of the current period are to be fetched, too.
    pub(super) fn wants_payments(&self) -> bool {
        self.wants_payments
    }

    /// When a purchase was paid that is first seen paid with this update at `now`, in whole seconds: when the event happened that says
    /// so. Every other update may be of before or after the payment.
    pub(super) fn paid_at(&self, now: Timestamp) -> Timestamp {
        let says_so = matches!(
            self.kind,
            UpdateKind::PaymentIntent(PaymentIntentChange::Succeeded)
                | UpdateKind::CheckoutSession(CheckoutSessionChange::PaymentSucceeded)
        );
        let seconds = self.created.filter(|_| says_so).unwrap_or_else(|| now.as_second());
        Timestamp::from_second(seconds).unwrap_or(now)
    }

    /// Whether the payload tells the object's state at `now`: our types can read it, and whatever changed it since sends an event
    /// that finds us. That does not hold for an old event: the webhook may not have received events for days. Nor does it hold
    /// for a session that we fetched: its payment may have been refunded. Without a payment nothing can change a session that is
    /// over, and it counts as fresh.
    pub(super) fn has_fresh_payload(&self, now: Timestamp) -> bool {
        match &self.payload {
            Payload::Absent => false,
            Payload::Session(_) => self.payment_intent().is_none(),
            Payload::Event(_) => {
                self.created.is_some_and(|created| now.as_second().saturating_sub(created) <= MAX_PAYLOAD_AGE_SECONDS)
            }
        }
    }

    /// The payment intent that it is about, when there is one.
    pub(super) fn payment_intent(&self) -> Option<&str> {
        match self.object.object_type.as_str() {
            "payment_intent" => Some(&self.object.id),
            _ => self.object.payment_intent.as_deref(),
        }
    }

    /// By how much a session that came along lowered its price, in minor units.
    pub(super) fn session_discount(&self) -> Option<i64> {
        match self.purchase_state().ok()? {
            PurchaseState::Session(session) => session.total_details.as_ref().map(|details| details.amount_discount),
            PurchaseState::Payment { .. } => None,
        }
    }

    /// The subscription that came along.
    pub(super) fn subscription(&self) -> Result<StripeSubscription, StripeError> {
        match &self.payload {
            Payload::Event(stripe_event) => stripe_event.subscription(),
            Payload::Session(_) | Payload::Absent => Err(missing_payload()),
        }
    }

    /// What came along, as far as it is needed at first sight.
    pub(super) fn purchase_state(&self) -> Result<PurchaseState, StripeError> {
        match &self.payload {
            Payload::Session(session) => Ok(PurchaseState::Session(Arc::clone(session))),
            Payload::Event(stripe_event) if matches!(self.kind, UpdateKind::CheckoutSession(_)) => {
                Ok(PurchaseState::Session(Arc::new(stripe_event.session()?)))
            }
            Payload::Event(stripe_event) => {
                let state = PaymentState {
                    payment_intent: stripe_event.payment_intent()?,
                    refunds: Vec::new(),
                    disputes: Vec::new(),
                };
                Ok(PurchaseState::Payment { state: Box::new(state), is_checkout_complete: false })
            }
            Payload::Absent => Err(missing_payload()),
        }
    }
}

fn missing_payload() -> StripeError {
    StripeError::Unreadable { what: "a payload of our version".to_owned() }
}
