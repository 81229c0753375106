//! What to do with a purchase or a subscription when an update of it arrives. The files in `events/` choose, as pure functions of
//! the stored fact and the update.

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpdateAction {
    /// Project the payload, if it says all that is needed: a purchase that is paid, a subscription in its trial. Otherwise ask
    /// Stripe.
    ProjectPayload,
    /// The fact says it already, or nothing has been sold yet: keep the fact. The event is recorded, and the checkout of a session
    /// that is over is closed.
    KeepFact,
    /// Fetch the object from Stripe.
    FetchFromStripe,
}
