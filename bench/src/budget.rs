//! How much a function may cost above its floor. Ratios count; absolute times are this machine's.

use std::time::Duration;

use crate::task::Task;

/// Peak resident memory, in KiB.
pub(crate) const MEMORY: u64 = 15 * 1024;
/// Items in a transaction.
pub(crate) const ITEMS: usize = 5;

/// Init and first answer: so many tenths of the bare function's. Less for what everybody waits for.
pub(crate) fn start(function: &str) -> u32 {
    if function == "courses" { 25 } else { 60 }
}

/// The process's own time on a CPU.
pub(crate) fn cpu(task: Task) -> Option<Duration> {
    (task == Task::Purchase).then_some(Duration::from_micros(1_100))
}

/// Zipped, in bytes: less for the functions that only read, without Stripe's client.
pub(crate) fn zipped(function: &str) -> u64 {
    let mebibytes = if matches!(function, "courses" | "entitlements") { 5 } else { 8 };
    mebibytes * 1024 * 1024
}

/// The bare function and one and a half times the store calls; `None` where the wait for Stripe is what counts.
pub(crate) fn warm(task: Task, bare: Duration, store: Duration) -> Option<Duration> {
    match task {
        Task::AccessCheck
        | Task::EntitlementsList
        | Task::Purchase
        | Task::Duplicate
        | Task::Subscription
        | Task::Usage => Some(bare + store * 3 / 2),
        Task::Catalog | Task::Checkout | Task::Refund | Task::Invoice | Task::ShowSubscription | Task::Reconcile => {
            None
        }
    }
}

/// Calls of the store and of Stripe.
pub(crate) fn calls(task: Task) -> (usize, usize) {
    match task {
        Task::AccessCheck | Task::EntitlementsList => (1, 0),
        Task::Catalog => (0, 0),
        // A new customer is one more call of Stripe.
        Task::Checkout => (4, 2),
        Task::Purchase | Task::Duplicate | Task::Subscription | Task::Usage => (2, 0),
        Task::Invoice => (2, 1),
        Task::ShowSubscription => (1, 1),
        // A charge does not name its learner: one more read.
        Task::Refund => (3, 3),
        // The checkpoint, which events were processed, and the ten lists of failed ones, before and after.
        Task::Reconcile => (23, 1),
    }
}

/// The word of the report.
pub(crate) fn verdict<T: PartialOrd>(measured: T, at_most: T) -> &'static str {
    if measured <= at_most { "met" } else { "**missed**" }
}
