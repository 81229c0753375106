//! What is told of one attempt to deliver an event.

use std::time::Duration;

/// One finished attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct DeliveryAttempt {
    /// Id of the event, `evt_...`.
    pub event: String,
    /// Type of the event, such as `checkout.session.completed`.
    pub event_type: String,
    /// Where it went.
    pub url: String,
    /// Counts from 1 for each event and endpoint.
    pub attempt: u32,
    /// From sending it to having the answer.
    pub duration: Duration,
    /// The HTTP status of the answer, or why there was none. Stripe counts any 2xx as delivered.
    pub result: Result<u16, String>,
}
