//! Stripe, as far as one subscription is concerned: an authoritative object with its invoices, and the events that it
//! sends about itself.

use serde_json::{Value, json};

use super::stripe::{dispute, refund, typed};
use crate::domain::{InvoiceStatus, LostDisputeAction, PeriodInvoice, PeriodPayment};
use crate::stripe::{InvoiceRefundsAndDisputes, ObjectRef, SubscriptionState, api_version};

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

/// The prices that it can be moved to: two of ours, and one of another application.
const PRICES: [(&str, Option<&str>); 3] =
    [("price_month", Some("premium")), ("price_year", Some("plus")), ("price_foreign", None)];
pub(super) const START: i64 = 1_790_000_000;
const MONTH: i64 = 30 * 86_400;

/// The authoritative object.
#[derive(Debug)]
pub(super) struct StripeModel {
    status: &'static str,
    period: i64,
    price: usize,
    trial: bool,
    at_period_end: bool,
    cancel_at: Option<i64>,
    collection_paused: bool,
    /// The price that waits for its payment.
    waiting: Option<usize>,
    /// By number.
    invoices: Vec<Invoice>,
    /// Where each stands, and which invoice it is about.
    disputes: Vec<(&'static str, usize)>,
    /// The amount of each, where it stands, and which invoice it is about.
    refunds: Vec<(i64, &'static str, usize)>,
    /// Every event so far, as its delivery's body.
    pub(super) events: Vec<String>,
}

/// An invoice of the subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invoice {
    pub(super) status: &'static str,
    /// The period that it is for; `None` for a change's, which has prorations only.
    period: Option<i64>,
    /// The period in which it was made.
    made_in: i64,
    /// A bank debit for it is on its way.
    pub(super) processing: bool,
}

impl StripeModel {
    /// With a first invoice: in its trial, paid, waiting for the payment, or given up.
    pub(super) fn new(status: &'static str, has_current_version: bool) -> Self {
        let paid = !["incomplete", "unpaid"].contains(&status);
        let mut stripe = Self {
            status,
            period: 0,
            price: 0,
            trial: status == "trialing",
            at_period_end: false,
            cancel_at: None,
            collection_paused: false,
            waiting: None,
            invoices: vec![Invoice {
                status: if paid { "paid" } else { "open" },
                period: Some(0),
                made_in: 0,
                processing: false,
            }],
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
            LostDisputeAction::CancelAtPeriodEnd if self.at_period_end => {}
            LostDisputeAction::CancelAtPeriodEnd => self.act(&StripeAction::ToggleCancelAtPeriodEnd, true),
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
                self.invoices.push(Invoice {
                    status: "open",
                    period: Some(self.period),
                    made_in: self.period,
                    processing: true,
                });
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
                self.invoices.push(Invoice { status: "open", period: None, made_in: self.period, processing: false });
                &["invoice.payment_failed", "customer.subscription.updated"]
            }
            StripeAction::ChangePaid if self.status == "active" && self.waiting.is_some() => {
                self.price = self.waiting.take().unwrap_or(self.price);
                self.pay_latest_invoice("active");
                &["invoice.paid", "customer.subscription.updated"]
            }
            StripeAction::ChangeExpires if self.status == "active" && self.waiting.take().is_some() => {
                self.latest_mut().status = "void";
                &["invoice.voided", "customer.subscription.updated"]
            }
            StripeAction::PauseCollection if live => {
                self.collection_paused = !self.collection_paused;
                UPDATED
            }
            StripeAction::Resume if self.status == "paused" => {
                self.status = "active";
                &["customer.subscription.resumed", "customer.subscription.updated"]
            }
            StripeAction::Refund(amount, status) if self.refunds.len() < 3 => {
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
        let invoice = if status == "active" { "paid" } else { "open" };
        self.invoices.push(Invoice {
            status: invoice,
            period: Some(self.period),
            made_in: self.period,
            processing: false,
        });
        if status == "active" {
            &["customer.subscription.updated", "invoice.paid"]
        } else {
            &["invoice.payment_failed", "customer.subscription.updated"]
        }
    }

    fn pay_latest_invoice(&mut self, status: &'static str) {
        self.status = status;
        let latest = self.latest_mut();
        (latest.status, latest.processing) = ("paid", false);
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

    fn emit_about(&mut self, kind: &'static str, invoice: usize, has_current_version: bool) {
        let intent = format!("pi_{invoice}");
        let object = match kind.split('.').next() {
            Some("invoice") => self.invoice_json(self.invoices.len() - 1),
            Some("checkout") => json!({"id": "cs_1", "object": "checkout.session", "subscription": "sub_1"}),
            Some("charge") if kind.contains("dispute") => {
                json!({"id": "dp_1", "object": "dispute", "payment_intent": intent})
            }
            Some("payment_intent") => json!({"id": intent, "object": "payment_intent"}),
            Some("charge" | "refund") => json!({"id": "re_1", "object": "refund", "payment_intent": intent}),
            _ => self.subscription_json(None),
        };
        let event = json!({
            "id": format!("evt_{}", self.events.len()),
            "object": "event",
            "type": kind,
            "livemode": false,
            "api_version": if has_current_version { api_version() } else { "2022-11-15" },
            "data": {"object": object},
        });
        self.events.push(event.to_string());
    }

    /// The first call: the subscription with its latest invoice.
    pub(super) fn fetch(&self) -> SubscriptionState {
        let latest = self.invoices.len() - 1;
        let invoice = typed(&self.invoice_json(latest));
        let subscription = typed(&self.subscription_json(Some(self.invoice_json(latest))));
        let period_payment = self.period_payment();
        SubscriptionState { subscription, invoice: Some(invoice), refunds_and_disputes: None, period_payment }
    }

    /// The calls that find out whether the period was paid for.
    pub(super) fn period_payment(&self) -> PeriodPayment {
        if self.status == "trialing" {
            return PeriodPayment::Paid;
        }
        let invoice = self.invoices.iter().rfind(|invoice| invoice.period == Some(self.period));
        let paid_before =
            self.invoices.iter().any(|other| other.period.is_some_and(|it| it < self.period) && other.status == "paid");
        let invoice = invoice.map(|invoice| PeriodInvoice {
            status: InvoiceStatus::from(invoice.status),
            is_renewal: self.period > 0,
            is_processing: invoice.processing,
        });
        PeriodPayment::from_invoice(invoice.as_ref(), paid_before)
    }

    /// The second call: an older invoice.
    pub(super) fn fetch_invoice(&self, state: &mut SubscriptionState, id: &str) {
        let index = id.trim_start_matches("in_").parse().expect("an invoice of ours");
        state.invoice = Some(typed(&self.invoice_json(index)));
    }

    /// The calls for what happened to the money of a payment: its disputes, or its refunds.
    pub(super) fn fetch_refunds_and_disputes(&self, object: &ObjectRef) -> InvoiceRefundsAndDisputes {
        let intent = object.payment_intent.as_deref().expect("money that moved names its payment");
        let about: usize = intent.trim_start_matches("pi_").parse().expect("a payment of ours");
        let all = self.all_refunds_and_disputes(about);
        match object.object_type.as_str() {
            "dispute" => InvoiceRefundsAndDisputes { refunds: Vec::new(), ..all },
            _ => InvoiceRefundsAndDisputes { disputes: Vec::new(), ..all },
        }
    }

    /// All that happened to the money of an invoice.
    pub(super) fn all_refunds_and_disputes(&self, about: usize) -> InvoiceRefundsAndDisputes {
        let disputes = self.disputes.iter().enumerate().filter(|(_, (_, invoice))| *invoice == about);
        let refunds = self.refunds.iter().enumerate().filter(|(_, (.., invoice))| *invoice == about);
        InvoiceRefundsAndDisputes {
            invoice: Some(typed(&self.invoice_json(about))),
            disputes: disputes.map(|(index, (status, _))| dispute(index, status)).collect(),
            refunds: refunds.map(|(index, (amount, status, _))| refund(index, *amount, status)).collect(),
        }
    }

    pub(super) fn invoices(&self) -> &[Invoice] {
        &self.invoices
    }

    fn invoice_json(&self, index: usize) -> Value {
        json!({
            "id": format!("in_{index}"), "object": "invoice", "status": self.invoices[index].status,
            "amount_due": 1_900, "amount_overpaid": 0, "amount_paid": 1_900, "amount_remaining": 0, "amount_shipping": 0,
            "attempt_count": 1, "attempted": true, "automatic_tax": {"enabled": false},
            "collection_method": "charge_automatically", "created": START + index as i64, "currency": "usd",
            "default_tax_rates": [], "discounts": [], "issuer": {"type": "self"},
            "lines": {"data": [self.line_json(index)], "has_more": false, "url": "/v1"}, "livemode": false,
            "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1", "metadata": {}}},
            "payment_settings": {}, "period_end": START, "period_start": START,
            "payments": {"data": [], "has_more": false, "url": "/v1"},
            "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0, "starting_balance": 0,
            "status_transitions": {}, "subtotal": 1_900, "total": 1_900,
        })
    }

    /// A period's line, or a change's, which is a proration.
    fn line_json(&self, index: usize) -> Value {
        let Invoice { period, made_in, .. } = self.invoices[index];
        let item = json!({"subscription": "sub_1", "subscription_item": "si_1", "proration": period.is_none()});
        let start = START + made_in * MONTH;
        json!({
            "id": "il_1", "object": "line_item", "amount": 1_900, "currency": "usd", "discountable": true,
            "discounts": [], "livemode": false, "metadata": {}, "subtotal": 1_900,
            "period": {"start": start, "end": start + MONTH},
            "parent": {"type": "subscription_item_details", "subscription_item_details": item},
        })
    }

    /// A payload names ids; what is fetched has its product and its latest invoice in it.
    fn subscription_json(&self, fetched: Option<Value>) -> Value {
        let (price, product) = PRICES[self.price];
        let ours = product.map(|product| json!({"tuition_app": "tuition", "tuition_product": product}));
        let product = match &fetched {
            None => json!("prod_1"),
            Some(_) => json!({
                "id": "prod_1", "object": "product", "active": true, "created": START, "images": [], "livemode": false,
                "marketing_features": [], "type": "service", "metadata": ours.unwrap_or(json!({})), "name": "Plan", "updated": START,
            }),
        };
        let price = json!({
            "id": price, "object": "price", "active": true, "billing_scheme": "per_unit", "created": START,
            "currency": "usd", "livemode": false, "metadata": {}, "product": product, "type": "recurring",
            "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        });
        let plan = json!({
            "id": "price_month", "active": true, "billing_scheme": "per_unit", "created": START, "currency": "usd",
            "interval": "month", "interval_count": 1, "livemode": false, "usage_type": "licensed",
        });
        let item = json!({
            "id": "si_1", "created": START, "current_period_start": START + self.period * MONTH,
            "current_period_end": START + (self.period + 1) * MONTH, "discounts": [], "metadata": {}, "plan": plan,
            "price": price, "subscription": "sub_1",
        });
        json!({
            "id": "sub_1", "object": "subscription", "status": self.status, "automatic_tax": {"enabled": false},
            "billing_cycle_anchor": START, "billing_mode": {"type": "flexible"}, "billing_schedules": [],
            "cancel_at": self.cancel_at, "cancel_at_period_end": self.at_period_end,
            "collection_method": "charge_automatically", "created": START, "currency": "usd", "customer": "cus_1",
            "discounts": [], "invoice_settings": {"issuer": {"type": "self"}},
            "items": {"data": [item], "has_more": false, "url": "/v1"},
            "latest_invoice": fetched.unwrap_or_else(|| json!(format!("in_{}", self.invoices.len() - 1))),
            "livemode": false, "metadata": {}, "start_date": START,
            "pause_collection": self.collection_paused.then(|| json!({"behavior": "void"})),
            "pending_update": self.waiting.map(|_| json!({"expires_at": START + MONTH})),
            "trial_end": self.trial.then_some(START + MONTH),
        })
    }
}
