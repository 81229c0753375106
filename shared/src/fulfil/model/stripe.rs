//! Stripe, as far as one purchase is concerned: an authoritative object, and the events that it sends about itself.

use serde_json::{Value, json};

use crate::fulfil::StripeUpdate;
use crate::stripe::{CheckoutSession, PaymentState, StripeDispute, StripeRefund, api_version};

pub(super) const CHARGED: i64 = 1_000;

/// Where the buyer pays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum PaidOn {
    /// On Stripe's page: a session, whose intent comes with it.
    #[default]
    StripesPage,
    /// On the shop's page: the intent alone. It can be tried again until it is canceled.
    OurPage,
}

/// Something that happens at Stripe. What is not possible at the moment does not happen.
#[derive(Debug, Clone)]
pub(super) enum StripeAction {
    DeclineCard,
    PayByCard,
    PayByDebit,
    DebitSucceeds,
    DebitFails,
    CancelDebit,
    /// The buyer, or we: a session expires, an intent is canceled.
    Expire,
    /// The payer is asked to authenticate.
    AskToAuthenticate,
    Refund {
        amount: i64,
        at_once: bool,
    },
    RefundMoves {
        which: usize,
        to: &'static str,
    },
    Dispute {
        status: &'static str,
    },
    DisputeMoves {
        which: usize,
        to: &'static str,
    },
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
    refunds: Vec<(i64, &'static str)>,
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
                self.refunds.push((amount, if at_once { "succeeded" } else { "pending" }));
                &["refund.created", "charge.refunded"]
            }
            StripeAction::RefundMoves { which, to }
                if self.refunds.get(which).is_some_and(|(_, is)| can_move(is, to)) =>
            {
                self.refunds[which].1 = to;
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

    fn refunded(&self) -> i64 {
        self.refunds
            .iter()
            .filter(|(_, status)| !["failed", "canceled"].contains(status))
            .map(|(amount, _)| amount)
            .sum()
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
        let refunds = self.refunds.iter().enumerate().map(|(index, (amount, status))| refund(index, *amount, status));
        PaymentState { payment_intent: typed(&self.intent_json()), refunds: refunds.collect(), disputes: Vec::new() }
    }

    /// The second call: the disputes as they are now.
    pub(super) fn fetch_disputes(&self, state: &mut PaymentState) {
        state.disputes = self.disputes.iter().enumerate().map(|(index, status)| dispute(index, status)).collect();
    }

    fn session_json(&self) -> Value {
        let bought = self.session == "complete";
        json!({
            "id": "cs_1", "object": "checkout.session", "status": self.session,
            "payment_status": if self.paid { "paid" } else { "unpaid" },
            "payment_intent": if bought { json!("pi_1") } else { Value::Null },
            "amount_total": CHARGED, "currency": "usd", "created": 1_790_000_000, "expires_at": 1_790_086_400,
            "automatic_tax": {"enabled": false}, "custom_fields": [], "custom_text": {}, "livemode": false,
            "mode": "payment", "payment_method_types": ["card"], "shipping_options": [], "metadata": {},
        })
    }

    fn intent_json(&self) -> Value {
        json!({
            "id": "pi_1", "object": "payment_intent", "status": self.intent, "amount": CHARGED,
            "amount_received": if self.intent == "succeeded" { CHARGED } else { 0 }, "amount_capturable": 0,
            "capture_method": "automatic_async", "confirmation_method": "automatic", "created": 1_790_000_001,
            "currency": "usd", "livemode": false, "metadata": {}, "payment_method_types": ["card"],
            "next_action": (self.intent == "requires_action").then(|| json!({"type": "use_stripe_sdk"})),
        })
    }
}

/// A refund that arrived can still come back; one that came back is over.
fn can_move(from: &str, to: &str) -> bool {
    match from {
        "pending" => to != "pending",
        "succeeded" => to == "failed",
        _ => false,
    }
}

/// A refund, as Stripe lists it.
pub(super) fn refund(index: usize, amount: i64, status: &str) -> StripeRefund {
    typed(&json!({
        "id": format!("re_{index}"), "amount": amount, "status": status, "created": 1_790_000_000, "currency": "usd",
    }))
}

/// A dispute, as Stripe lists it.
pub(super) fn dispute(index: usize, status: &str) -> StripeDispute {
    typed(&json!({
        "id": format!("dp_{index}"), "status": status, "amount": CHARGED, "balance_transactions": [],
        "charge": "ch_1", "created": 1_790_000_000, "currency": "usd", "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {"enhanced_eligibility": {}, "has_evidence": false, "past_due": false,
            "submission_count": 0},
        "is_charge_refundable": false, "livemode": false, "metadata": {}, "reason": "general",
    }))
}

pub(super) fn typed<T: miniserde::Deserialize>(object: &Value) -> T {
    miniserde::json::from_str(&object.to_string()).expect("an object of the pinned version")
}
