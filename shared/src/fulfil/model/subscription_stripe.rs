//! Stripe, as far as one subscription is concerned: an authoritative object with its invoices, and what can happen to it.

use crate::domain::LostDisputeAction;

/// Something that happens at Stripe. What is not possible at the moment does not happen.
#[derive(Debug, Clone)]
pub(super) enum StripeAction {
    FirstPayment(bool),
    TrialWillEnd,
    TrialEnds(&'static str),
    Renew(bool),
    Retry(bool),
    /// The first payment, or a renewal's, is a bank debit.
    Debit,
    /// It arrives, or does not.
    FinishDebit(bool),
    /// The period's invoice is written off, voided, or paid after all.
    InvoiceEnds(&'static str),
    ExhaustRetries(&'static str),
    PayAfterEnd,
    ToggleCancelAtPeriodEnd,
    SetCancelAt(Option<i64>),
    Cancel,
    Change(usize),
    /// A change whose payment fails, and what becomes of it.
    ChangeWaits(usize),
    ChangePaid,
    ChangeExpires,
    PauseCollection,
    Resume,
    /// A refund of the latest invoice: of all of it, or of a part; and whether it arrives.
    Refund(i64, &'static str),
    RefundMoves(usize, &'static str),
    Dispute(&'static str),
    DisputeMoves(usize, &'static str),
}

pub(super) const START: i64 = 1_790_000_000;
pub(super) const MONTH: i64 = 30 * 86_400;

/// The authoritative object.
#[derive(Debug)]
pub(super) struct StripeModel {
    pub(super) status: &'static str,
    pub(super) period: i64,
    pub(super) price: usize,
    pub(super) trial: bool,
    pub(super) at_period_end: bool,
    pub(super) cancel_at: Option<i64>,
    pub(super) collection_paused: bool,
    /// The price that waits for its payment.
    pub(super) waiting: Option<usize>,
    /// By number.
    pub(super) invoices: Vec<Invoice>,
    /// Where each stands, and which invoice it is about.
    pub(super) disputes: Vec<(&'static str, usize)>,
    /// The amount of each, where it stands, and which invoice it is about.
    pub(super) refunds: Vec<(i64, &'static str, usize)>,
    /// Every event so far, as its delivery's body.
    pub(super) events: Vec<String>,
}

/// An invoice of the subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invoice {
    pub(super) status: &'static str,
    /// The period that it is for; `None` for a change's, which has prorations only.
    pub(super) period: Option<i64>,
    /// The period in which it was made.
    pub(super) made_in: i64,
    /// A bank debit for it is on its way.
    pub(super) processing: bool,
    /// It is a trial's, which asks for nothing.
    pub(super) is_of_trial: bool,
}

impl Invoice {
    fn for_period(period: i64, status: &'static str, processing: bool) -> Self {
        Self { status, period: Some(period), made_in: period, processing, is_of_trial: false }
    }
}

impl StripeModel {
    /// With a first invoice: in its trial, paid, waiting for the payment, or given up.
    pub(super) fn new(status: &'static str, has_current_version: bool) -> Self {
        let paid = !["incomplete", "unpaid"].contains(&status);
        let first = Invoice::for_period(0, if paid { "paid" } else { "open" }, false);
        let mut stripe = Self {
            status,
            period: 0,
            price: 0,
            trial: status == "trialing",
            at_period_end: false,
            cancel_at: None,
            collection_paused: false,
            waiting: None,
            invoices: vec![Invoice { is_of_trial: status == "trialing", ..first }],
            disputes: Vec::new(),
            refunds: Vec::new(),
            events: Vec::new(),
        };
        stripe.emit("customer.subscription.created", has_current_version);
        stripe.emit(if paid { "invoice.paid" } else { "invoice.payment_action_required" }, has_current_version);
        stripe.emit("checkout.session.completed", has_current_version);
        stripe
    }

    pub(super) fn act(&mut self, act: &StripeAction, has_current_version: bool) {
        for kind in self.change(act) {
            let about = match act {
                StripeAction::DisputeMoves(which, _) => self.disputes[*which].1,
                StripeAction::RefundMoves(which, _) => self.refunds[*which].2,
                _ => self.invoices.len() - 1,
            };
            self.emit_about(kind, about, has_current_version);
        }
    }

    /// What we do when a dispute was lost. It may be asked for again.
    pub(super) fn end_after_lost_dispute(&mut self, how: LostDisputeAction) {
        match how {
            LostDisputeAction::NothingToDo => {}
            LostDisputeAction::CancelNow => self.act(&StripeAction::Cancel, true),
            LostDisputeAction::CancelAtPeriodEnd => {
                self.act(&StripeAction::ChangeExpires, true);
                if !self.at_period_end {
                    self.act(&StripeAction::ToggleCancelAtPeriodEnd, true);
                }
            }
        }
    }

    fn change(&mut self, act: &StripeAction) -> &'static [&'static str] {
        const UPDATED: &[&str] = &["customer.subscription.updated"];
        const DELETED: &[&str] = &["customer.subscription.deleted"];
        let live = !["canceled", "incomplete_expired"].contains(&self.status);
        let running = ["active", "trialing", "past_due"].contains(&self.status);
        match *act {
            StripeAction::FirstPayment(true) if self.status == "incomplete" => {
                self.pay_latest_invoice("active");
                &["invoice.paid", "customer.subscription.updated"]
            }
            StripeAction::FirstPayment(false) if self.status == "incomplete" => {
                self.status = "incomplete_expired";
                UPDATED
            }
            StripeAction::TrialWillEnd if self.status == "trialing" => &["customer.subscription.trial_will_end"],
            StripeAction::TrialEnds("paused") if self.status == "trialing" => {
                self.status = "paused";
                &["customer.subscription.paused", "customer.subscription.updated"]
            }
            StripeAction::TrialEnds(to) if self.status == "trialing" => self.next_period(to),
            StripeAction::Renew(paid) if self.status == "active" => {
                self.next_period(if paid { "active" } else { "past_due" })
            }
            StripeAction::Retry(true) if self.status == "past_due" => {
                self.pay_latest_invoice("active");
                &["customer.subscription.updated", "invoice.paid"]
            }
            StripeAction::Retry(false) if self.status == "past_due" => &["invoice.payment_failed"],
            StripeAction::Debit if self.status == "incomplete" => {
                self.status = "active";
                self.latest_mut().processing = true;
                &["payment_intent.processing", "customer.subscription.updated"]
            }
            StripeAction::Debit if self.status == "active" && self.waiting.is_none() => {
                self.period += 1;
                self.invoices.push(Invoice::for_period(self.period, "open", true));
                &["customer.subscription.updated", "payment_intent.processing"]
            }
            StripeAction::FinishDebit(true) if live && self.latest().processing => {
                self.pay_latest_invoice(self.status);
                &["invoice.paid"]
            }
            StripeAction::FinishDebit(false) if live && self.latest().processing => {
                self.latest_mut().processing = false;
                self.status = "past_due";
                &["invoice.payment_failed", "customer.subscription.updated"]
            }
            StripeAction::InvoiceEnds("paid") if live && self.latest().status == "uncollectible" => {
                self.pay_latest_invoice(self.status);
                &["invoice.paid"]
            }
            StripeAction::InvoiceEnds("uncollectible")
                if self.status == "past_due" && self.latest().status == "open" =>
            {
                self.status = "active";
                self.latest_mut().status = "uncollectible";
                &["invoice.marked_uncollectible", "customer.subscription.updated"]
            }
            StripeAction::InvoiceEnds("void") if self.status == "past_due" && self.latest().status == "open" => {
                self.status = "active";
                self.latest_mut().status = "void";
                &["invoice.voided", "customer.subscription.updated"]
            }
            StripeAction::ExhaustRetries("canceled") if self.status == "past_due" => {
                self.status = "canceled";
                DELETED
            }
            StripeAction::ExhaustRetries(_) if self.status == "past_due" => {
                self.status = "unpaid";
                UPDATED
            }
            // The hosted invoice of a subscription that is over can still be paid; it changes nothing but the invoice.
            StripeAction::PayAfterEnd
                if ["canceled", "unpaid"].contains(&self.status) && self.latest().status == "open" =>
            {
                self.pay_latest_invoice(self.status);
                &["invoice.paid"]
            }
            StripeAction::ToggleCancelAtPeriodEnd if live => {
                self.at_period_end = !self.at_period_end;
                UPDATED
            }
            StripeAction::SetCancelAt(periods) if live => {
                self.cancel_at = periods.map(|periods| START + (self.period + periods) * MONTH);
                UPDATED
            }
            StripeAction::Cancel if live => {
                self.status = "canceled";
                DELETED
            }
            StripeAction::Change(price) if running => {
                self.price = price;
                UPDATED
            }
            StripeAction::ChangeWaits(price) if self.status == "active" => {
                self.waiting = Some(price);
                self.invoices.push(Invoice { period: None, ..Invoice::for_period(self.period, "open", false) });
                &["invoice.payment_failed", "customer.subscription.updated"]
            }
            StripeAction::ChangePaid if self.status == "active" && self.waiting.is_some() => {
                self.price = self.waiting.take().unwrap_or(self.price);
                self.pay_latest_invoice("active");
                &["invoice.paid", "customer.subscription.updated"]
            }
            StripeAction::ChangeExpires if live && self.waiting.take().is_some() => {
                self.latest_mut().status = "void";
                &["invoice.voided", "customer.subscription.updated"]
            }
            StripeAction::PauseCollection if live => {
                self.collection_paused = !self.collection_paused;
                UPDATED
            }
            // It goes on with another period, which is paid.
            StripeAction::Resume if self.status == "paused" => {
                self.next_period("active");
                &["customer.subscription.resumed", "customer.subscription.updated", "invoice.paid"]
            }
            StripeAction::Refund(amount, status) if self.refunds.len() < 3 && !self.latest().is_of_trial => {
                self.refunds.push((amount, status, self.invoices.len() - 1));
                &["refund.created", "charge.refunded"]
            }
            StripeAction::RefundMoves(which, to) if self.refunds.get(which).is_some_and(|(_, is, _)| *is != to) => {
                self.refunds[which].1 = to;
                &["refund.updated"]
            }
            StripeAction::Dispute(status) if self.disputes.len() < 2 => {
                self.disputes.push((status, self.invoices.len() - 1));
                &["charge.dispute.created"]
            }
            StripeAction::DisputeMoves(which, to) if self.disputes.get(which).is_some_and(|(is, _)| *is != to) => {
                self.disputes[which].0 = to;
                &["charge.dispute.updated"]
            }
            _ => &[],
        }
    }

    fn next_period(&mut self, status: &'static str) -> &'static [&'static str] {
        self.period += 1;
        // No change outlives its period.
        self.waiting = None;
        self.status = status;
        let (invoice, events): (_, &[_]) = match status {
            "active" => ("paid", &["customer.subscription.updated", "invoice.paid"]),
            _ => ("open", &["invoice.payment_failed", "customer.subscription.updated"]),
        };
        self.invoices.push(Invoice::for_period(self.period, invoice, false));
        events
    }

    fn pay_latest_invoice(&mut self, status: &'static str) {
        self.status = status;
        *self.latest_mut() = Invoice { status: "paid", processing: false, ..self.latest() };
    }

    fn latest(&self) -> Invoice {
        self.invoices[self.invoices.len() - 1]
    }

    fn latest_mut(&mut self) -> &mut Invoice {
        let latest = self.invoices.len() - 1;
        &mut self.invoices[latest]
    }

    fn emit(&mut self, kind: &'static str, has_current_version: bool) {
        self.emit_about(kind, self.invoices.len() - 1, has_current_version);
    }
}
