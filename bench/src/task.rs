//! The measured tasks.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::instance::InvocationResult;
use crate::learner::COURSE;

/// A route, or an event of the webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    AccessCheck,
    EntitlementsList,
    Catalog,
    ShowCourse,
    /// The first step of the course.
    CompleteStep,
    /// The list of enrolments.
    Enrollments,
    /// For a learner without a Stripe customer.
    Checkout,
    /// For a learner with a Stripe customer.
    PaymentIntent,
    /// `checkout.session.completed` of a new purchase.
    Purchase,
    /// The same event again.
    Duplicate,
    /// `charge.refunded`.
    Refund,
    /// `customer.subscription.created` of a new subscription.
    Subscription,
    /// `invoice.paid`, for which the subscription is fetched from Stripe.
    Invoice,
    /// For a learner with a subscription.
    ShowSubscription,
    /// For the same learner.
    ListPayments,
    /// With an idempotency key.
    Usage,
    /// A scheduled run that finds nothing new.
    Reconcile,
    /// The access check as a tool of the MCP server.
    ToolCall,
}

/// Every task, in the order of the report.
pub(crate) const TASKS: [Task; 18] = [
    Task::AccessCheck,
    Task::EntitlementsList,
    Task::Catalog,
    Task::ShowCourse,
    Task::CompleteStep,
    Task::Enrollments,
    Task::Checkout,
    Task::PaymentIntent,
    Task::Purchase,
    Task::Duplicate,
    Task::Refund,
    Task::Subscription,
    Task::Invoice,
    Task::ShowSubscription,
    Task::ListPayments,
    Task::Usage,
    Task::Reconcile,
    Task::ToolCall,
];

/// The functions that have a task, without repetition, in the order of the report.
pub(crate) fn functions() -> Vec<&'static str> {
    let mut names: Vec<&str> = TASKS.map(Task::function).into();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

impl Task {
    /// The name in the report.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::AccessCheck => "access check",
            Self::EntitlementsList => "entitlements list",
            Self::Catalog => "catalog",
            Self::ShowCourse => "show course",
            Self::CompleteStep => "complete a step",
            Self::Enrollments => "enrolments",
            Self::Checkout => "create checkout",
            Self::PaymentIntent => "create payment intent",
            Self::Purchase => "webhook: purchase",
            Self::Duplicate => "webhook: duplicate",
            Self::Refund => "webhook: refund",
            Self::Subscription => "webhook: subscription",
            Self::Invoice => "webhook: invoice paid",
            Self::ShowSubscription => "show subscription",
            Self::ListPayments => "payments list",
            Self::Usage => "use a meter",
            Self::Reconcile => "reconcile: nothing new",
            Self::ToolCall => "mcp: access check",
        }
    }

    /// The function that runs the task.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::AccessCheck | Self::Catalog | Self::ShowCourse | Self::CompleteStep | Self::Enrollments => "courses",
            Self::EntitlementsList | Self::Usage => "entitlements",
            Self::Checkout | Self::PaymentIntent => "checkout",
            Self::Purchase | Self::Duplicate | Self::Refund | Self::Subscription | Self::Invoice => "webhook",
            Self::ShowSubscription | Self::ListPayments => "billing",
            Self::Reconcile => "reconcile",
            Self::ToolCall => "mcp",
        }
    }

    /// Fails unless the response is the expected one: error responses are fast and would look good.
    pub(crate) fn check(self, result: &InvocationResult) -> Result<()> {
        let (status, body) = (result.response.status.as_u16(), result.json());
        let is_right = match self {
            Self::AccessCheck => body["has_access"] == true,
            Self::EntitlementsList => body["items"][0]["has_access"] == true,
            Self::Catalog => has_course(&body),
            Self::ShowCourse => body["access"]["has_access"] == true,
            Self::CompleteStep => status == 200 && body["percent"] == 33,
            Self::Enrollments => body["items"][0]["percent"] == 33,
            Self::Checkout | Self::PaymentIntent => status == 201,
            Self::Purchase | Self::Refund | Self::Subscription | Self::Invoice => body["outcome"] == "applied",
            Self::Duplicate => body["outcome"] == "duplicate",
            // The response contains the amount of the next invoice, which is fetched from Stripe.
            Self::ShowSubscription => body["status"] == "active" && body["next_invoice_amount"].is_number(),
            Self::ListPayments => may_be_refunded(&body),
            Self::Usage => status == 200 && body["used"] == 1,
            Self::Reconcile => body["finished"] == true && body["failed"] == 0,
            Self::ToolCall => body["result"]["isError"] == false,
        };
        ensure!(is_right, "{}: {status} {body}", self.title());
        Ok(())
    }
}

fn may_be_refunded(payments: &Value) -> bool {
    let items = payments["items"].as_array();
    items.is_some_and(|items| items.iter().any(|item| item["refundable"]["allowed"] == true))
}

fn has_course(catalog: &Value) -> bool {
    catalog["courses"].as_array().is_some_and(|courses| courses.iter().any(|course| course["id"] == json!(COURSE)))
}
