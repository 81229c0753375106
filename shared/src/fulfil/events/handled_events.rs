//! The table of all event types that we handle. Other types are answered with 200 and ignored.

use super::update_kind::{CheckoutSessionChange, PaymentIntentChange, UpdateKind};

/// The handled events. A webhook endpoint subscribes to exactly these.
/// See <https://docs.stripe.com/api/events/types>.
pub const HANDLED_EVENTS: &[(&str, UpdateKind)] = &[
    // May be unpaid: bank debits complete first and pay later.
    ("checkout.session.completed", UpdateKind::CheckoutSession(CheckoutSessionChange::Completed)),
    // Can arrive before `completed`.
    ("checkout.session.async_payment_succeeded", UpdateKind::CheckoutSession(CheckoutSessionChange::PaymentSucceeded)),
    ("checkout.session.async_payment_failed", UpdateKind::CheckoutSession(CheckoutSessionChange::PaymentFailed)),
    // Closes the slot of the open checkout.
    ("checkout.session.expired", UpdateKind::CheckoutSession(CheckoutSessionChange::Expired)),
    // Often the first to arrive; names the sale through the metadata we put on the intent.
    ("payment_intent.succeeded", UpdateKind::PaymentIntent(PaymentIntentChange::Succeeded)),
    // A bank debit of a renewal keeps the subscription open while it is processing; no other event reports it. Nor does any other
    // report that of a payment intent on the shop's page.
    ("payment_intent.processing", UpdateKind::PaymentIntent(PaymentIntentChange::Processing)),
    ("payment_intent.payment_failed", UpdateKind::PaymentIntent(PaymentIntentChange::Failed)),
    ("payment_intent.canceled", UpdateKind::PaymentIntent(PaymentIntentChange::Canceled)),
    // One of these may be the only event of a refund that arrives; each leads to the same fetch.
    ("charge.refunded", UpdateKind::Refund),
    ("refund.created", UpdateKind::Refund),
    ("refund.updated", UpdateKind::Refund),
    // A refund can fail weeks later, and the money is ours again.
    ("refund.failed", UpdateKind::Refund),
    ("charge.dispute.created", UpdateKind::Dispute),
    ("charge.dispute.updated", UpdateKind::Dispute),
    ("charge.dispute.closed", UpdateKind::Dispute),
    // The first of these to arrive begins the fact, whichever it is.
    ("customer.subscription.created", UpdateKind::Subscription),
    ("customer.subscription.updated", UpdateKind::Subscription),
    ("customer.subscription.deleted", UpdateKind::Subscription),
    ("customer.subscription.paused", UpdateKind::Subscription),
    ("customer.subscription.resumed", UpdateKind::Subscription),
    // Three days before the end; the state is fetched.
    ("customer.subscription.trial_will_end", UpdateKind::Subscription),
    // A scheduled change may change without an event of the subscription itself.
    ("subscription_schedule.updated", UpdateKind::SubscriptionSchedule),
    // The subscription is fetched with the invoice, and both are written; an invoice never sets a status itself.
    ("invoice.paid", UpdateKind::Invoice),
    ("invoice.payment_failed", UpdateKind::Invoice),
    ("invoice.payment_action_required", UpdateKind::Invoice),
    // The invoice of a change that was not paid in time, or an operator's decision: it should not be paid any more.
    ("invoice.voided", UpdateKind::Invoice),
    ("invoice.marked_uncollectible", UpdateKind::Invoice),
    ("customer.deleted", UpdateKind::Customer),
    ("product.created", UpdateKind::Catalog),
    ("product.updated", UpdateKind::Catalog),
    ("product.deleted", UpdateKind::Catalog),
    ("price.created", UpdateKind::Catalog),
    ("price.updated", UpdateKind::Catalog),
    ("price.deleted", UpdateKind::Catalog),
];

/// What an event type means; `None` when we do not handle it.
pub(crate) fn update_kind(kind: &str) -> Option<UpdateKind> {
    HANDLED_EVENTS.iter().find(|(known, _)| *known == kind).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::HANDLED_EVENTS;

    const FILES: &[&str] = &[
        include_str!("catalog.rs"),
        include_str!("checkout_session.rs"),
        include_str!("customer.rs"),
        include_str!("dispute.rs"),
        include_str!("invoice.rs"),
        include_str!("payment_intent.rs"),
        include_str!("refund.rs"),
        include_str!("subscription.rs"),
        include_str!("subscription_schedule.rs"),
    ];

    #[test]
    fn the_first_sentence_of_one_file_names_each_handled_event() {
        for (event, _) in HANDLED_EVENTS {
            let names = |file: &&&str| file.split(": ").next().unwrap().contains(&format!("`{event}`"));
            assert_eq!(FILES.iter().filter(names).count(), 1, "{event}");
        }
    }
}
