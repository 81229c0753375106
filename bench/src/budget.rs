//! The budget of each function, relative to its baseline. Ratios count; absolute times depend on the machine.

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

/// Init and first response, in tenths of the bare function's. Less for `courses`, which every visitor waits for.
/// `None` for functions that a schedule invokes.
pub(crate) fn cold_start(function: &str) -> Option<u32> {
    match function {
        "courses" => Some(25),
        "reconcile" => None,
        _ => Some(60),
    }
}

/// CPU time of the process: of a purchase five times the bare function's, which is 1.1 ms where that takes 0.22.
pub(crate) fn cpu(task: Task, bare: Duration) -> Option<Duration> {
    (task == Task::Purchase).then_some(bare * 5)
}

/// Size of the zip, in bytes. Less for functions without Stripe's client.
pub(crate) fn zip_size(function: &str) -> u64 {
    let mebibytes = if matches!(function, "courses" | "entitlements" | "mcp") { 5 } else { 8 };
    mebibytes * 1024 * 1024
}

/// The bare function and 1.5 times the store calls, or the request of the API that a tool is. `None` when the time is mostly
/// spent waiting for Stripe.
pub(crate) fn warm_invocation(task: Task, bare: Duration, store: Duration) -> Option<Duration> {
    match task {
        Task::AccessCheck
        | Task::EntitlementsList
        | Task::ListPayments
        | Task::Purchase
        | Task::Duplicate
        | Task::Usage
        | Task::CompleteStep
        | Task::ToolCall => Some(bare + store * 3 / 2),
        // Two reads at once are compared with none.
        Task::Catalog
        | Task::ShowCourse
        | Task::Enrollments
        | Task::Checkout
        | Task::PaymentIntent
        | Task::Subscription
        | Task::Refund
        | Task::Invoice
        | Task::ShowSubscription
        | Task::Reconcile => None,
    }
}

/// The number of calls to the store and to Stripe.
pub(crate) fn calls(task: Task) -> (usize, usize) {
    match task {
        Task::AccessCheck | Task::EntitlementsList | Task::ListPayments => (1, 0),
        // Facts and progress, at once.
        Task::ShowCourse | Task::Enrollments => (2, 0),
        Task::CompleteStep => (3, 0),
        // A tool's are those of the API.
        Task::Catalog | Task::ToolCall => (0, 0),
        // The rate limit is one store call. A new customer is one more call to each.
        Task::Checkout => (6, 2),
        Task::PaymentIntent => (5, 1),
        Task::Purchase | Task::Duplicate | Task::Usage => (2, 0),
        // Only Stripe knows whether the period was paid.
        Task::Subscription | Task::Invoice => (2, 1),
        Task::ShowSubscription => (2, 1),
        // A charge does not name its learner, so there is one more read.
        Task::Refund => (3, 3),
        // The checkpoint, the ten lists of failed events before and after, the lists of payment intents and of approved refunds, and
        // two pages of overlapping events with their processed state and the new checkpoint.
        Task::Reconcile => (27, 2),
    }
}

/// The verdict in the report.
pub(crate) fn verdict<T: PartialOrd>(measured: T, at_most: T) -> &'static str {
    if measured <= at_most { "met" } else { "**missed**" }
}
