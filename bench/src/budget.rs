//! How much a function may cost above its floor. Ratios count; absolute times are this machine's.

use std::time::Duration;

use crate::task::Task;

/// Peak resident memory, in KiB.
pub(crate) const PEAK_MEMORY_KIB: u64 = 15 * 1024;

/// Items in a transaction.
pub(crate) fn transaction_items(task: Task) -> usize {
    match task {
        // Event, subscription, invoice, audit entry, owner of the invoice's payment, and the checkout that it closes.
        Task::Subscription => 6,
        _ => 5,
    }
}

/// Init and first answer: so many tenths of the bare function's. Less for what everybody waits for; `None` for what a
/// schedule starts.
pub(crate) fn cold_start(function: &str) -> Option<u32> {
    match function {
        "courses" => Some(25),
        "reconcile" => None,
        _ => Some(60),
    }
}

/// The process's own time on a CPU.
pub(crate) fn cpu(task: Task) -> Option<Duration> {
    (task == Task::Purchase).then_some(Duration::from_micros(1_100))
}

/// Zipped, in bytes: less for the functions that only read, without Stripe's client.
pub(crate) fn zip_size(function: &str) -> u64 {
    let mebibytes = if matches!(function, "courses" | "entitlements") { 5 } else { 8 };
    mebibytes * 1024 * 1024
}

/// The bare function and one and a half times the store calls; `None` where the wait for Stripe is what counts.
pub(crate) fn warm_invocation(task: Task, bare: Duration, store: Duration) -> Option<Duration> {
    match task {
        Task::AccessCheck | Task::EntitlementsList | Task::Purchase | Task::Duplicate | Task::Usage => {
            Some(bare + store * 3 / 2)
        }
        Task::Catalog
        | Task::Checkout
        | Task::Subscription
        | Task::Refund
        | Task::Invoice
        | Task::ShowSubscription
        | Task::Reconcile => None,
    }
}

/// Calls of the store and of Stripe.
pub(crate) fn calls(task: Task) -> (usize, usize) {
    match task {
        Task::AccessCheck | Task::EntitlementsList => (1, 0),
        Task::Catalog => (0, 0),
        // The rate limit is one call of the store; a new customer is one more to each.
        Task::Checkout => (5, 2),
        Task::Purchase | Task::Duplicate | Task::Usage => (2, 0),
        // Whether the period was paid for, only Stripe can say.
        Task::Subscription | Task::Invoice => (2, 1),
        Task::ShowSubscription => (2, 1),
        // A charge does not name its learner: one more read.
        Task::Refund => (3, 3),
        // The checkpoint, the ten lists of failed events before and after, and two pages of events in the overlap: which of
        // them were processed, and how far it is.
        Task::Reconcile => (25, 2),
    }
}

/// The word of the report.
pub(crate) fn verdict<T: PartialOrd>(measured: T, at_most: T) -> &'static str {
    if measured <= at_most { "met" } else { "**missed**" }
}
