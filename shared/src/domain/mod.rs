//! The rules, and nothing else: no I/O, no clock, no randomness, no wire format. Time is an argument.

mod access;
mod billing_period;
mod catalog;
mod certificate;
mod checkout_id;
mod checkout_scope;
mod credit_use;
#[cfg(feature = "openapi")]
mod display_status;
mod dispute;
mod duplicate_purchase;
mod enrollment;
mod grant;
mod id;
mod invoice;
mod invoice_refunds;
mod learner_course;
mod mailbox;
mod module_lock;
mod money;
mod payment;
mod plan;
mod progress;
mod publishable_key;
mod purchase;
mod referral;
mod referral_code;
mod referral_ledger;
mod refund;
mod refund_policy;
mod refund_request;
mod string_enum;
mod subscription;
mod transition;
mod usage;

pub use access::{Access, AccessTarget, AllowedReason, DeniedReason, DeniedSubscription, Fact, decide_access};
pub use billing_period::BillingPeriod;
pub use catalog::{Catalog, Category, Course, Module, Price, Product, Step, Unlock};
pub use certificate::{Certificate, CertificateName, CertificateStatus, NameError};
pub use checkout_id::CheckoutId;
pub use checkout_scope::CheckoutScope;
pub use credit_use::{CheckoutOutcome, CreditUse, CreditUseState, LeftToPay, credit_for_price};
#[cfg(feature = "openapi")]
pub use display_status::DisplayStatus;
pub use dispute::DisputeStatus;
pub use duplicate_purchase::{duplicate_purchases, find_new_duplicate};
pub use enrollment::{Enrollment, EnrollmentStatus, certificate_status};
pub use grant::{Grant, GrantScope};
pub use id::{
    AppId, CertificateId, CourseId, CreditUseId, CustomerId, DisputeId, EventId, FamilyId, GrantId, IdError, InvoiceId,
    MeterId, PaymentId, PaymentIntentId, PriceId, ProductId, PurchaseId, RefundId, RefundRequestId, SessionId,
    SubscriptionId, UserId,
};
pub use invoice::{Invoice, InvoiceStatus};
pub use invoice_refunds::{InvoiceDispute, InvoiceRefunds};
pub use learner_course::LearnerCourse;
pub use mailbox::Mailbox;
pub use module_lock::{LockReason, ModuleLock};
pub use money::{Currency, Money, MoneyError};
pub use payment::{LearnerPayment, PaymentKind, PaymentStatus};
pub use plan::{Interval, Plan, Tier, UsageLimit, UsagePeriod};
pub use progress::Progress;
pub use publishable_key::{PublishableKey, PublishableKeyError};
pub use purchase::{Payment, Purchase, PurchaseStatus};
pub use referral::{
    Referral, ReferralCredit, ReferralDispute, ReferralPolicy, ReferralRejection, ReferralState, Referred,
};
pub use referral_code::{ReferralCode, ReferralCodeError};
pub use referral_ledger::{CreditBalance, CreditedReferral, ReferralCounts, ReferralLedger};
pub use refund::{ApprovalRef, Refund, RefundStatus};
pub use refund_policy::{PaymentProgress, RefundApprovalMode, RefundPolicy, RefundRefusal};
pub use refund_request::{
    AmountTooLarge, RefundApproval, RefundPart, RefundRequest, RefundRequestAction, RefundRequestActor,
    RefundRequestStatus, split_refund,
};
pub use subscription::{
    LostDisputeAction, PausedCollectionAccess, PeriodInvoice, PeriodPayment, ScheduledChange, Subscription,
    SubscriptionAccessStatus, SubscriptionPolicy, SubscriptionStatus, TrialAfterChange,
};
pub use transition::{Transition, credit_use_transitions, purchase_transitions, subscription_transitions};
pub use usage::{MeterUsage, UsageWindow, usage_limits};
