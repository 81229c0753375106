//! Every request that changes something at Stripe.

/// Everything that changes something at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutation {
    Customer,
    Session,
    Expire,
    PaymentIntent,
    /// Cancels a payment intent.
    EndIntent,
    Portal,
    Cancel,
    CancelNow,
    /// Cancels a subscription with an unpaid invoice.
    Void,
    Resume,
    /// Takes back a cancellation on a chosen day.
    ResumeDay,
    Unpause,
    Change,
    /// Schedules a change for the end of the period.
    Schedule,
    /// Takes a scheduled change back.
    Release,
    /// Changes the customer's address to that of the token.
    Email,
    /// Approves a refund request.
    Refund,
    ProductCreated,
    ProductUpdated,
    PriceCreated,
    PriceArchived,
    Endpoint,
}

pub(super) const MUTATIONS: [Mutation; 22] = [
    Mutation::Customer,
    Mutation::Session,
    Mutation::Expire,
    Mutation::PaymentIntent,
    Mutation::EndIntent,
    Mutation::Portal,
    Mutation::Cancel,
    Mutation::CancelNow,
    Mutation::Void,
    Mutation::Resume,
    Mutation::ResumeDay,
    Mutation::Unpause,
    Mutation::Change,
    Mutation::Schedule,
    Mutation::Release,
    Mutation::Email,
    Mutation::Refund,
    Mutation::ProductCreated,
    Mutation::ProductUpdated,
    Mutation::PriceCreated,
    Mutation::PriceArchived,
    Mutation::Endpoint,
];
