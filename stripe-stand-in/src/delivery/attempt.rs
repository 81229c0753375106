//! What the library reports about one attempt to deliver an event.

use std::time::Duration;

/// One finished attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct DeliveryAttempt {
    /// Id of the event, `evt_...`.
    pub event: String,
    /// Type of the event, such as `checkout.session.completed`.
    pub event_type: String,
    /// The endpoint's URL.
    pub url: String,
    /// Counts from 1 for each event and endpoint.
    pub attempt: u32,
    /// The time from sending the request to the response.
    pub duration: Duration,
    /// The HTTP status of the response, or why there was none. Stripe counts any 2xx as delivered.
    pub result: Result<u16, String>,
}
