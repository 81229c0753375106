//! Every key of the table, and who reads it. One table, `PK` and `SK` strings, one sparse index for operators.
//!
//! | entity | PK | SK | read by |
//! |---|---|---|---|
//! | profile: Stripe customer | `USER#<sub>` | `PROFILE` | checkout, billing |
//! | access fact: purchase | `USER#<sub>` | `ACCESS#PURCHASE#<pi_ or cs_>` | access, entitlements, checkout, fulfil: one Query of `ACCESS#` |
//! | access fact: subscription | `USER#<sub>` | `ACCESS#SUBSCRIPTION#<sub_>` | the same Query |
//! | invoice of a subscription | `USER#<sub>` | `INVOICE#<created>#<in_>` | billing, the newest first |
//! | access fact: grant | `USER#<sub>` | `ACCESS#GRANT#<id>` | the same Query |
//! | counter of a meter in a period (TTL) | `USER#<sub>` | `ACCESS_USAGE#<meter>#<2026-11-21, 2026-W47 or 2026-11>` | usage, with all access facts: one Query |
//! | consumption under an idempotency key (TTL) | `USER#<sub>` | `USAGE_KEY#<hash>` | usage, as a condition |
//! | open checkout (TTL) | `USER#<sub>` | `ACCESS_CHECKOUT#<product>`, `ACCESS_CHECKOUT#FAMILY#<plan family>` | checkout; fulfil, with all access facts: one Query; reconcile by the index, when it has a payment intent |
//! | refund request | `USER#<sub>` | `ACCESS_REFUND_REQUEST#<pi_, cs_ or in_>#<number>` | billing, admin; fulfil, with all access facts: one Query; operators by the index |
//! | whose refund request it is | `REFUND_REQUEST#<rr_>` | `OWNER` | admin, billing |
//! | by which payment a learner was referred, and by whom | `USER#<sub>` | `ACCESS_REFERRED` | fulfil, with all access facts: one Query; checkout |
//! | referral, in the referrer's ledger | `USER#<sub>` | `REFERRAL#<pi_, cs_ or in_ of the buyer>` | referrals: one Query of `REFERRAL` |
//! | referral whose buyer's checkout is open or trial runs (TTL), in the referrer's ledger | `USER#<sub>` | `REFERRALS#OPEN#<hash of buyer and checkout scope>` | the same Query |
//! | the learner's own referral code | `USER#<sub>` | `REFERRAL_CODE` | the same Query |
//! | use of credit | `USER#<sub>` | `REFERRAL_CREDIT#<cu_>` | the same Query; fulfil, when a sale names it; reconcile by the index, while it is reserved |
//! | how many times credit was reserved | `USER#<sub>` | `REFERRAL_COUNT` | the same Query; checkout, as a condition |
//! | whose referral code it is | `REFERRAL_CODE#<code>` | `OWNER` | checkout, referrals |
//! | checkouts begun in a minute (TTL) | `USER#<sub>` | `RATE#CHECKOUT#<minute>` | checkout |
//! | requests that call Stripe in a minute (TTL) | `USER#<sub>` | `RATE#CALL#<minute>` | billing, checkout |
//! | lock of the subscriptions (TTL) | `USER#<sub>` | `SUBSCRIPTION_LOCK` | admin, billing |
//! | progress in a course | `USER#<sub>` | `PROGRESS#<course>` | courses, billing, admin: one item, or one Query of `PROGRESS#` |
//! | completion of a step, of a course | `COMPLETIONS#<2026-11-21>` | `STEP#<course>#<step>#<sub>`, `COURSE#<course>#<sub>` | statistics: one Query for each day |
//! | certificate | `CERTIFICATE#<cert_>` | `CERTIFICATE` | courses, for everybody who knows the id |
//! | audit entry | `USER#<sub>` | `AUDIT#<time>#<fact>#<version>` | operators |
//! | Stripe object's owner | `STRIPE#<cus_, pi_, sub_>` | `OWNER` | fulfil |
//! | event: processed (TTL 90 days), or failed until it succeeds | `EVENT#<evt_>` | `STATE` | fulfil, as a condition; reconcile; operators by the index, when it failed |
//! | how far Stripe's events have been read | `RECONCILE` | `CHECKPOINT` | reconcile |
//! | catalog | `CATALOG` | `COURSE#<slug>`, `PRODUCT#<slug>` | everyone: one Query, cached for a minute |
//!
//! Usage limits follow from the access facts, a purchase closes a checkout, and a refund settles a refund request. So all of them
//! sort right behind the facts: `ACCESS#`, `ACCESS_CHECKOUT#`, `ACCESS_REFERRED`, `ACCESS_REFUND_REQUEST#`, `ACCESS_USAGE#`, and nothing
//! else begins with `ACCESS`. Access checks read `ACCESS#` alone.
//!
//! The list of payments is one Query, of all keys from `ACCESS#` to `PROGRESS#`: purchases, subscriptions (with the refunds and
//! disputes of their invoices), refund requests, invoices, the profile and progress. All of it is needed to say what was paid, what
//! went back and what may be refunded. Audit entries and counters lie in between and are passed over. There are about two audit
//! entries for each invoice, so this reads at most twice as much as two Queries would, in half as many calls. A row for each
//! payment would be shorter to read, and a sixth item in the transaction of every purchase.
//!
//! No purchase, subscription, invoice or refund request has a TTL: payments are kept for the seven years of the tax laws, and longer.
//!
//! The index `operators` (`operator_list`, `operator_sort`) is for lists that somebody works through. For operators: refund requests, one
//! list for each status, and failed events, in ten lists, so that an outage's flood does not meet in one partition. For `reconcile`:
//! open payment intents, by when they are to be canceled, and reserved credit, by when its checkout is over. What follows from facts is no such list: it is computed.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::domain::{
    CertificateId, CheckoutScope, CourseId, CreditUseId, CustomerId, EventId, GrantId, InvoiceId, MeterId, PaymentId,
    PaymentIntentId, ProductId, PurchaseId, ReferralCode, RefundRequestId, RefundRequestStatus, SubscriptionId, UserId,
};

/// Partition key.
pub const PK: &str = "PK";
/// Sort key.
pub const SK: &str = "SK";
/// Time to live, in seconds since 1970. DynamoDB deletes late, so readers compare the time themselves.
pub const EXPIRES_AT: &str = "expires_at";
/// The index for operators.
pub const OPERATORS_INDEX: &str = "operators";
/// The index's partition key.
pub const OPERATOR_LIST: &str = "operator_list";
/// The index's sort key.
pub const OPERATOR_SORT: &str = "operator_sort";

/// Begins the sort key of every access fact.
pub const ACCESS_PREFIX: &str = "ACCESS#";
/// Begins the sort key of every purchase.
pub const PURCHASE_PREFIX: &str = "ACCESS#PURCHASE#";
/// Begins the sort key of every open checkout.
pub const CHECKOUT_PREFIX: &str = "ACCESS_CHECKOUT#";
/// The sort key of what says by which payment a learner was referred.
pub const REFERRED: &str = "ACCESS_REFERRED";
/// Begins the sort key of everything in a learner's ledger of referrals.
pub const REFERRAL_LEDGER_PREFIX: &str = "REFERRAL";
/// Begins the sort key of every referral.
pub const REFERRAL_PREFIX: &str = "REFERRAL#";
/// Begins the sort key of every referral whose buyer's checkout is open.
pub const OPEN_REFERRAL_PREFIX: &str = "REFERRALS#OPEN#";
/// The sort key of a learner's own referral code.
pub const REFERRAL_CODE: &str = "REFERRAL_CODE";
/// Begins the sort key of every use of credit.
pub const CREDIT_USE_PREFIX: &str = "REFERRAL_CREDIT#";
/// The sort key of the number that every reservation of credit raises: of two at once, one has to read again. It sorts before the uses
/// of credit, because a Query is no snapshot: the number that it returns must not be of after a reservation whose use it lacks.
pub const REFERRAL_VERSION: &str = "REFERRAL_COUNT";
/// Begins the sort key of every refund request.
pub const REFUND_REQUEST_PREFIX: &str = "ACCESS_REFUND_REQUEST#";
/// Follows the sort keys of all access facts, open checkouts and refund requests: `$` is next to `#`.
pub const REFUND_REQUEST_RANGE_END: &str = "ACCESS_REFUND_REQUEST$";
/// Begins the sort key of every counter.
pub const USAGE_PREFIX: &str = "ACCESS_USAGE#";
/// Follows the sort keys of all access facts, open checkouts, refund requests and counters.
pub const USAGE_RANGE_END: &str = "ACCESS_USAGE$";
/// Begins the sort key of every invoice.
pub const INVOICE_PREFIX: &str = "INVOICE#";
/// Begins the sort key of a learner's progress in every course.
pub const PROGRESS_PREFIX: &str = "PROGRESS#";
/// Follows the sort keys of all that the list of payments is made of.
pub const PAYMENTS_RANGE_END: &str = "PROGRESS$";
/// The sort key of a learner's profile.
pub const PROFILE: &str = "PROFILE";
/// The catalog's partition.
pub const CATALOG_PARTITION: &str = "CATALOG";
/// Begins the sort key of every course.
pub const COURSE_PREFIX: &str = "COURSE#";
/// Begins the sort key of every product.
pub const PRODUCT_PREFIX: &str = "PRODUCT#";
/// The list of the index with open payment intents. A partition takes a thousand writes a second, and each checkout is two.
pub const OPEN_PAYMENT_INTENTS: &str = "OPEN_PAYMENT_INTENTS";
/// The list of the index with reserved credit.
pub const RESERVED_CREDIT: &str = "RESERVED_CREDIT";
/// In how many lists of the index failed events are.
pub const FAILED_EVENT_LIST_COUNT: u32 = 10;

/// The key of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Sort.
    pub sk: String,
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    Key { pk: pk.into(), sk: sk.into() }
}

/// A learner's partition.
pub fn user_partition(user: &UserId) -> String {
    format!("USER#{user}")
}

/// Whose partition it is.
pub fn user_id_of_partition(partition: &str) -> &str {
    partition.strip_prefix("USER#").unwrap_or(partition)
}

/// A learner's profile.
pub fn profile(of: &UserId) -> Key {
    key(user_partition(of), PROFILE)
}

/// A purchase.
pub fn purchase(of: &UserId, id: &PurchaseId) -> Key {
    key(user_partition(of), format!("{PURCHASE_PREFIX}{id}"))
}

/// A subscription.
pub fn subscription(of: &UserId, id: &SubscriptionId) -> Key {
    key(user_partition(of), format!("{ACCESS_PREFIX}SUBSCRIPTION#{id}"))
}

/// An invoice. Its time never changes, and sorts.
pub fn invoice(of: &UserId, created: Timestamp, id: &InvoiceId) -> Key {
    key(user_partition(of), format!("{INVOICE_PREFIX}{created:.0}#{id}"))
}

/// What a learner has done of a course.
pub fn progress(of: &UserId, course: &CourseId) -> Key {
    key(user_partition(of), format!("{PROGRESS_PREFIX}{course}"))
}

/// That a learner completed a step on a day, in UTC. An operator counts a day's completions without reading learners.
pub fn step_completion(of: &UserId, course: &CourseId, step: &str, at: Timestamp) -> Key {
    key(completions_partition(at), format!("STEP#{course}#{step}#{of}"))
}

/// That a learner completed a course on a day, in UTC.
pub fn course_completion(of: &UserId, course: &CourseId, at: Timestamp) -> Key {
    key(completions_partition(at), format!("COURSE#{course}#{of}"))
}

fn completions_partition(at: Timestamp) -> String {
    format!("COMPLETIONS#{}", at.strftime("%Y-%m-%d"))
}

/// A certificate.
pub fn certificate(id: &CertificateId) -> Key {
    key(format!("CERTIFICATE#{id}"), "CERTIFICATE")
}

/// A refund request: the first one of a payment has the number 1.
pub fn refund_request(of: &UserId, payment: &PaymentId, number: u32) -> Key {
    key(user_partition(of), format!("{REFUND_REQUEST_PREFIX}{payment}#{number:05}"))
}

/// Whose refund request it is.
pub fn refund_request_owner(id: &RefundRequestId) -> Key {
    key(format!("REFUND_REQUEST#{id}"), "OWNER")
}

/// The operators' list of refund requests with a status.
pub fn refund_request_list(status: RefundRequestStatus) -> String {
    format!("REFUND_REQUESTS#{}", status.as_str())
}

/// Where a refund request stands in its list: the oldest first.
pub fn refund_request_sort(created_at: Timestamp, id: &RefundRequestId) -> String {
    format!("{created_at:.3}#{id}")
}

/// By which payment a learner was referred.
pub fn referred(of: &UserId) -> Key {
    key(user_partition(of), REFERRED)
}

/// A referral in the ledger of the referrer.
pub fn referral(of: &UserId, payment: &PaymentId) -> Key {
    key(user_partition(of), format!("{REFERRAL_PREFIX}{payment}"))
}

/// A referral in the ledger of the referrer, while the buyer's checkout for `scope` is open: a hash, for it does not name the buyer.
pub fn open_referral(of: &UserId, buyer: &UserId, scope: &CheckoutScope) -> Key {
    let Key { pk, sk } = checkout(buyer, scope);
    let hash = hex::encode(Sha256::digest(format!("{pk} {sk}").as_bytes()));
    key(user_partition(of), format!("{OPEN_REFERRAL_PREFIX}{hash}"))
}

/// A learner's own referral code.
pub fn own_referral_code(of: &UserId) -> Key {
    key(user_partition(of), REFERRAL_CODE)
}

/// A use of the learner's credit.
pub fn credit_use(of: &UserId, id: &CreditUseId) -> Key {
    key(user_partition(of), format!("{CREDIT_USE_PREFIX}{id}"))
}

/// How many times a learner's credit was reserved.
pub fn referral_version(of: &UserId) -> Key {
    key(user_partition(of), REFERRAL_VERSION)
}

/// Where reserved credit stands in its list: what is over first comes first.
pub fn reserved_credit_sort(redeem_by: Timestamp, id: &CreditUseId) -> String {
    format!("{redeem_by:.3}#{id}")
}

/// Whose referral code it is.
pub fn referral_code_owner(code: &ReferralCode) -> Key {
    key(format!("REFERRAL_CODE#{code}"), "OWNER")
}

/// A grant.
pub fn grant(of: &UserId, id: &GrantId) -> Key {
    key(user_partition(of), format!("{ACCESS_PREFIX}GRANT#{id}"))
}

/// How much of a meter was used in a period.
pub fn usage(of: &UserId, meter: &MeterId, period: &str) -> Key {
    key(user_partition(of), format!("{USAGE_PREFIX}{meter}#{period}"))
}

/// What was consumed under an idempotency key, which may hold any character: its hash.
pub fn usage_key(of: &UserId, hash: &str) -> Key {
    key(user_partition(of), format!("USAGE_KEY#{hash}"))
}

/// The checkout slot of a learner for a scope.
pub fn checkout(of: &UserId, scope: &CheckoutScope) -> Key {
    match scope {
        CheckoutScope::Product(product) => key(user_partition(of), format!("{CHECKOUT_PREFIX}{product}")),
        CheckoutScope::Family(family) => key(user_partition(of), format!("{CHECKOUT_PREFIX}FAMILY#{family}")),
    }
}

/// The number of checkouts begun in the window that starts at `window` (seconds since 1970).
pub fn checkout_rate(of: &UserId, window: i64) -> Key {
    key(user_partition(of), format!("RATE#CHECKOUT#{window}"))
}

/// The number of requests that call Stripe in the window that starts at `window` (seconds since 1970).
pub fn call_rate(of: &UserId, window: i64) -> Key {
    key(user_partition(of), format!("RATE#CALL#{window}"))
}

/// Held by the request that changes the learner's subscriptions.
pub fn subscription_lock(of: &UserId) -> Key {
    key(user_partition(of), "SUBSCRIPTION_LOCK")
}

/// What changed with version `version` of a fact.
pub fn audit(of: &UserId, at: Timestamp, fact: &str, version: u64) -> Key {
    key(user_partition(of), format!("AUDIT#{at:.3}#{fact}#{version}"))
}

/// Whose customer it is.
pub fn customer_owner(id: &CustomerId) -> Key {
    owner(id.as_str())
}

/// Whose Stripe object it is.
pub fn owner(stripe_id: &str) -> Key {
    key(format!("STRIPE#{stripe_id}"), "OWNER")
}

/// An event.
pub fn event(id: &EventId) -> Key {
    key(format!("EVENT#{id}"), "STATE")
}

/// The list of failed events that this one belongs to.
pub fn failed_event_list_of(id: &EventId) -> String {
    let sum = id.as_str().bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    failed_event_list(sum % FAILED_EVENT_LIST_COUNT)
}

/// One of the lists of failed events.
pub fn failed_event_list(list: u32) -> String {
    format!("FAILED_EVENTS#{list}")
}

/// Where an event that first failed then stands in its list: the oldest first.
pub fn failed_event_sort(first_failed_at: Timestamp, id: &EventId) -> String {
    format!("{first_failed_at:.3}#{id}")
}

/// Where an open payment intent stands in its list: the first to be canceled first.
pub fn open_payment_intent_sort(open_until: Timestamp, id: &PaymentIntentId) -> String {
    format!("{open_until:.3}#{id}")
}

/// How far Stripe's events have been read.
pub fn checkpoint() -> Key {
    key("RECONCILE", "CHECKPOINT")
}

/// A product of the catalog.
pub fn catalog_product(id: &ProductId) -> Key {
    key(CATALOG_PARTITION, format!("{PRODUCT_PREFIX}{id}"))
}

/// A course of the catalog.
pub fn catalog_course(id: &str) -> Key {
    key(CATALOG_PARTITION, format!("{COURSE_PREFIX}{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_reservations_is_read_before_the_uses_of_credit() {
        assert!(REFERRAL_VERSION < CREDIT_USE_PREFIX);
        assert!([REFERRAL_VERSION, CREDIT_USE_PREFIX].iter().all(|key| key.starts_with(REFERRAL_LEDGER_PREFIX)));
    }
}
