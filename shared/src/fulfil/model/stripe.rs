//! Stripe, as far as one purchase is concerned: an authoritative object, and the events that it sends about itself.

use serde_json::{Value, json};

use super::stripe_action::{PaidOn, StripeAction};
use super::stripe_objects::{CHARGED, dispute, payment_intent, refund, session, typed};
use crate::domain::{AppId, ApprovalRef, DisputeStatus, RefundRequestId};
use crate::fulfil::StripeUpdate;
use crate::stripe::{CheckoutSession, PaymentState, api_version, approval_metadata};

/// A refund at Stripe.
#[derive(Debug)]
struct ModelRefund {
    amount: i64,
    status: &'static str,
    /// What its metadata names.
    approval: Option<ApprovalRef>,
}

/// The authoritative object.
#[derive(Debug, Default)]
pub(super) struct StripeModel {
    /// Whether a bank debit was ever begun.
    was_processing: bool,
    paid_on: PaidOn,
    session: &'static str,
    paid: bool,
    intent: &'static str,
    refunds: Vec<ModelRefund>,
    disputes: Vec<&'static str>,
    /// Every event so far, as its delivery's body.
    pub(super) events: Vec<String>,
}

impl StripeModel {
    pub(super) fn new(paid_on: PaidOn) -> Self {
        Self { paid_on, session: "open", intent: "requires_payment_method", ..Self::default() }
    }

    pub(super) fn act(&mut self, act: &StripeAction, has_current_version: bool) {
        let kinds = self.change(act);
        for kind in kinds {
            self.emit(kind, has_current_version);
        }
    }

    fn change(&mut self, act: &StripeAction) -> &'static [&'static str] {
        match self.paid_on {
            PaidOn::StripesPage => self.change_session(act),
            PaidOn::OurPage => self.change_intent(act),
        }
    }

    /// What an intent without a session does. What comes after the payment is the same for both.
    fn change_intent(&mut self, act: &StripeAction) -> &'static [&'static str] {
        let payable = matches!(self.intent, "requires_payment_method" | "requires_action");
        match *act {
            StripeAction::DeclineCard if payable => {
                self.intent = "requires_payment_method";
                &["payment_intent.payment_failed"]
            }
            StripeAction::AskToAuthenticate if payable => {
                self.intent = "requires_action";
                &[]
            }
            StripeAction::PayByCard if payable => {
                self.intent = "succeeded";
                &["payment_intent.succeeded"]
            }
            StripeAction::PayByDebit if payable => {
                (self.intent, self.was_processing) = ("processing", true);
                &["payment_intent.processing"]
            }
            StripeAction::DebitSucceeds if self.intent == "processing" => {
                self.intent = "succeeded";
                &["payment_intent.succeeded"]
            }
            StripeAction::DebitFails if self.intent == "processing" => {
                self.intent = "requires_payment_method";
                &["payment_intent.payment_failed"]
            }
            StripeAction::Expire if payable => {
                self.intent = "canceled";
                &["payment_intent.canceled"]
            }
            StripeAction::DeclineCard
            | StripeAction::AskToAuthenticate
            | StripeAction::PayByCard
            | StripeAction::PayByDebit
            | StripeAction::DebitSucceeds
            | StripeAction::DebitFails
            | StripeAction::CancelDebit
            | StripeAction::Expire => &[],
            _ => self.change_session(act),
        }
    }

    fn change_session(&mut self, act: &StripeAction) -> &'static [&'static str] {
        let open = self.session == "open";
        let succeeded = self.intent == "succeeded";
        match *act {
            StripeAction::DeclineCard if open => &["payment_intent.payment_failed"],
            StripeAction::PayByCard if open => {
                (self.session, self.paid, self.intent) = ("complete", true, "succeeded");
                &["payment_intent.succeeded", "checkout.session.completed"]
            }
            StripeAction::PayByDebit if open => {
                (self.session, self.intent) = ("complete", "processing");
                &["payment_intent.processing", "checkout.session.completed"]
            }
            StripeAction::DebitSucceeds if self.intent == "processing" => {
                (self.paid, self.intent) = (true, "succeeded");
                &["payment_intent.succeeded", "checkout.session.async_payment_succeeded"]
            }
            StripeAction::DebitFails if self.intent == "processing" => {
                self.intent = "requires_payment_method";
                &["payment_intent.payment_failed", "checkout.session.async_payment_failed"]
            }
            StripeAction::CancelDebit if self.intent == "processing" => {
                self.intent = "canceled";
                &["payment_intent.canceled"]
            }
            StripeAction::Expire if open => {
                (self.session, self.intent) = ("expired", "canceled");
                &["checkout.session.expired", "payment_intent.canceled"]
            }
            StripeAction::Refund { amount, at_once } if succeeded && self.refunded() + amount <= CHARGED => {
                let status = if at_once { "succeeded" } else { "pending" };
                self.refunds.push(ModelRefund { amount, status, approval: None });
                &["refund.created", "charge.refunded"]
            }
            StripeAction::RefundMoves { which, to }
                if self.refunds.get(which).is_some_and(|refund| can_move(refund.status, to)) =>
            {
                self.refunds[which].status = to;
                if to == "failed" { &["refund.failed", "refund.updated"] } else { &["refund.updated"] }
            }
            StripeAction::Dispute { status } if succeeded && self.disputes.len() < 2 => {
                self.disputes.push(status);
                &["charge.dispute.created"]
            }
            StripeAction::DisputeMoves { which, to } if self.disputes.get(which).is_some_and(|is| *is != to) => {
                self.disputes[which] = to;
                if ["won", "lost", "warning_closed"].contains(&to) {
                    &["charge.dispute.closed"]
                } else {
                    &["charge.dispute.updated"]
                }
            }
            _ => &[],
        }
    }

    pub(super) fn refunded(&self) -> i64 {
        let counts = |refund: &&ModelRefund| !["failed", "canceled"].contains(&refund.status);
        self.refunds.iter().filter(counts).map(|refund| refund.amount).sum()
    }

    /// What is left of what was collected.
    pub(super) fn left_to_refund(&self) -> i64 {
        if self.intent == "succeeded" { CHARGED - self.refunded() } else { 0 }
    }

    /// Whether a dispute holds the money.
    pub(super) fn is_disputed(&self) -> bool {
        self.disputes.iter().any(|status| DisputeStatus::from(*status).blocks_access())
    }

    /// Whether a refund of the payment names this approval.
    pub(super) fn has_refund_of(&self, approval: &ApprovalRef) -> bool {
        self.refunds_of(approval) > 0
    }

    /// How many refunds of the payment name this approval.
    pub(super) fn refunds_of(&self, approval: &ApprovalRef) -> usize {
        self.refunds.iter().filter(|refund| refund.approval.as_ref() == Some(approval)).count()
    }

    /// How much of a request's refunds failed.
    pub(super) fn failed_refunds_of(&self, request: &RefundRequestId) -> i64 {
        let is_named = |refund: &&ModelRefund| refund.approval.as_ref().is_some_and(|one| one.request == *request);
        let failed = |refund: &&ModelRefund| ["failed", "canceled"].contains(&refund.status);
        self.refunds.iter().filter(is_named).filter(failed).map(|refund| refund.amount).sum()
    }

    /// Refunds a part, unless less is left or the bank holds the money.
    pub(super) fn create_refund(&mut self, amount: i64, approval: ApprovalRef) -> bool {
        if amount > self.left_to_refund() || self.is_disputed() {
            return false;
        }
        self.refunds.push(ModelRefund { amount, status: "succeeded", approval: Some(approval) });
        for kind in ["refund.created", "charge.refunded"] {
            self.emit(kind, true);
        }
        true
    }

    fn emit(&mut self, kind: &'static str, has_current_version: bool) {
        let object = match kind.split('.').next() {
            Some("checkout") => self.session_json(),
            Some("payment_intent") => self.intent_json(),
            // Refunds and disputes name their intent and nothing of ours.
            _ => json!({"id": "obj_1", "object": "refund", "payment_intent": "pi_1"}),
        };
        let version = if has_current_version { api_version() } else { "2022-11-15" };
        let event = json!({
            "id": format!("evt_{}", self.events.len()),
            "object": "event",
            "type": kind,
            "livemode": false,
            "api_version": version,
            "data": {"object": object},
        });
        self.events.push(event.to_string());
    }

    /// Whether the buyer has finished.
    pub(super) fn is_complete(&self) -> bool {
        match self.paid_on {
            PaidOn::StripesPage => self.session == "complete",
            PaidOn::OurPage => self.intent == "succeeded" || self.was_processing,
        }
    }

    /// What the page asks for after the payment.
    pub(super) fn page_update(&self) -> Option<StripeUpdate> {
        match self.paid_on {
            PaidOn::StripesPage => StripeUpdate::from_session(self.fetch_session()),
            PaidOn::OurPage => Some(StripeUpdate::from_payment_intent(&self.fetch_payment().payment_intent)),
        }
    }

    fn fetch_session(&self) -> CheckoutSession {
        typed(&self.session_json())
    }

    /// The intent and its refunds as they are now, without disputes: those take another call.
    pub(super) fn fetch_payment(&self) -> PaymentState {
        let refunds = self.refunds.iter().enumerate().map(|(index, one)| {
            let mut refund = refund(index, one.amount, one.status);
            refund.metadata = one.approval.as_ref().map(|approval| approval_metadata(&app(), approval));
            refund
        });
        PaymentState { payment_intent: typed(&self.intent_json()), refunds: refunds.collect(), disputes: Vec::new() }
    }

    /// The second call: the disputes as they are now.
    pub(super) fn fetch_disputes(&self, state: &mut PaymentState) {
        state.disputes = self.disputes.iter().enumerate().map(|(index, status)| dispute(index, status)).collect();
    }

    fn session_json(&self) -> Value {
        session(self.session, self.paid)
    }

    fn intent_json(&self) -> Value {
        payment_intent(self.intent)
    }
}

fn app() -> AppId {
    AppId::parse("tuition").unwrap()
}

/// A refund that arrived can still come back; one that came back is over.
fn can_move(from: &str, to: &str) -> bool {
    match from {
        "pending" => to != "pending",
        "succeeded" => to == "failed",
        _ => false,
    }
}
