//! The types of Stripe's objects that the rest of the crate knows.

pub use stripe_shared::{
    CheckoutSession, CheckoutSessionPaymentStatus, CheckoutSessionStatus, PaymentIntent, PaymentIntentStatus,
};
pub use stripe_shared::{
    Dispute as StripeDispute, Invoice as StripeInvoice, Refund as StripeRefund, Subscription as StripeSubscription,
};
