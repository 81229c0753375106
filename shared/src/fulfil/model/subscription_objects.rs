//! The objects of Stripe's model: what it sends in an event, and what a fetch brings.

use serde_json::{Value, json};

use super::stripe_objects::{dispute, refund, typed};
use super::subscription_stripe::{Invoice, MONTH, START, StripeModel};
use crate::domain::{InvoiceStatus, PeriodInvoice, PeriodPayment};
use crate::stripe::{InvoiceRefundsAndDisputes, ObjectRef, SubscriptionState, api_version};

/// The prices that it can be moved to: two of ours, and one of another application.
const PRICES: [(&str, Option<&str>); 3] =
    [("price_month", Some("premium")), ("price_year", Some("plus")), ("price_foreign", None)];

impl StripeModel {
    pub(super) fn emit_about(&mut self, kind: &'static str, invoice: usize, has_current_version: bool) {
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
        SubscriptionState {
            subscription,
            invoice: Some(invoice),
            refunds_and_disputes: Vec::new(),
            period_payment: self.period_payment(),
            never_paid: self.has_never_paid(),
        }
    }

    /// The calls that find out whether the period was paid for.
    pub(super) fn period_payment(&self) -> PeriodPayment {
        if self.status == "trialing" {
            return PeriodPayment::Paid;
        }
        let invoice = self.invoices.iter().rfind(|invoice| invoice.period == Some(self.period));
        let is_earlier = |other: &Invoice| other.period.is_some_and(|it| it < self.period);
        let paid_before =
            self.invoices.iter().any(|other| is_earlier(other) && other.status == "paid" && !other.is_of_trial);
        let invoice = invoice.map(|invoice| PeriodInvoice {
            status: InvoiceStatus::from(invoice.status),
            is_renewal: self.period > 0,
            is_processing: invoice.processing,
        });
        PeriodPayment::from_invoice(invoice.as_ref(), paid_before)
    }

    /// The call that finds out whether anything was ever paid. It is made where that decides.
    pub(super) fn has_never_paid(&self) -> bool {
        let decides = match self.period_payment() {
            PeriodPayment::Paid => false,
            PeriodPayment::RenewalPending if self.status == "past_due" => true,
            _ => self.collection_paused,
        };
        decides && !self.has_been_paid()
    }

    /// Whether an invoice that asked for money was ever paid.
    pub(super) fn has_been_paid(&self) -> bool {
        self.invoices.iter().any(|invoice| invoice.status == "paid" && !invoice.is_of_trial)
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
            "amount_due": 1_900, "amount_overpaid": 0, "amount_paid": if self.invoices[index].is_of_trial { 0 } else { 1_900 }, "amount_remaining": 0, "amount_shipping": 0,
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
