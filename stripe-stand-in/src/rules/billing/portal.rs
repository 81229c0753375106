//! The actions of a customer in the portal (<https://docs.stripe.com/customer-management>), within its configuration.

use serde_json::{Value, json};

use crate::rules::billing::cancel_at::{self, CancelAt};
use crate::rules::billing::cancellation::{self, Cancellation};
use crate::rules::billing::planned_change::{self, ChangeRequest, PaymentBehavior, ProrationBehavior, TrialEnd};
use crate::rules::billing::{apply_change, invoice_payments, subscription_status};
use crate::rules::customers;
use crate::rules::payments::payment_methods;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::{price, subscription_item};

/// A portal session with its customer and features.
pub(crate) struct Portal {
    pub(crate) session: Object,
    pub(crate) customer: Object,
    features: Value,
}

impl Portal {
    /// Loads the customer and configuration of a portal session.
    pub(crate) fn open(tx: &Tx<'_>, session: Object) -> Result<Portal, Error> {
        let customer = tx.load(ObjectType::Customer, session.text("customer"))?;
        let configuration = tx.load(ObjectType::PortalConfiguration, session.text("configuration"))?;
        Ok(Portal { session, customer, features: configuration.get("features").clone() })
    }

    /// Whether the configuration enables a feature, such as `subscription_cancel`.
    pub(crate) fn has_feature(&self, feature: &str) -> bool {
        self.features[feature]["enabled"] == true
    }

    fn require_feature(&self, feature: &str) -> Result<(), ApiError> {
        if self.has_feature(feature) {
            return Ok(());
        }
        Err(ApiError::invalid_request(format!("The portal's configuration does not allow {feature}.")))
    }

    /// The customer's subscriptions that have not ended, newest first.
    pub(crate) fn subscriptions(&self, tx: &Tx<'_>) -> Result<Vec<Object>, Error> {
        let mut objects =
            tx.all(Query::of(ObjectType::Subscription).with("customer", self.customer.id().to_owned()))?;
        objects.retain(|subscription| subscription_status::require_not_ended(subscription).is_ok());
        objects.reverse();
        Ok(objects)
    }

    fn subscription(&self, tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
        let found = self.subscriptions(tx)?.into_iter().find(|subscription| subscription.id() == id);
        found.ok_or_else(|| ApiError::resource_missing(ObjectType::Subscription, id, "subscription").into())
    }

    /// The prices that a subscription may be changed to.
    pub(crate) fn available_prices(&self, tx: &Tx<'_>, subscription: &Object) -> Result<Vec<Object>, Error> {
        let [item] = subscription_item::items_of(subscription) else { return Ok(Vec::new()) };
        if !self.has_feature("subscription_update") {
            return Ok(Vec::new());
        }
        let products = self.features["subscription_update"]["products"].as_array().map(Vec::as_slice);
        let listed: Vec<&Value> =
            products.unwrap_or_default().iter().filter_map(|product| product["prices"].as_array()).flatten().collect();
        let mut choices =
            tx.all(Query::of(ObjectType::Price).with("type", "recurring".to_owned()).with("active", 1))?;
        choices.retain(|price| {
            let is_listed = listed.is_empty() || listed.iter().any(|id| **id == price.id());
            let is_payable = price::amount_in(price, subscription.text("currency")).is_some();
            is_listed && is_payable && item["price"]["id"] != price.id()
        });
        Ok(choices)
    }

    /// Cancels a subscription, immediately or at the end of the period, as configured.
    pub(crate) fn cancel(&self, tx: &Tx<'_>, id: &str) -> Result<(), Error> {
        self.require_feature("subscription_cancel")?;
        let before = self.subscription(tx, id)?;
        let feature = &self.features["subscription_cancel"];
        if feature["mode"] == "immediately" {
            let proration = feature["proration_behavior"].as_str().unwrap_or_default();
            let (prorate, invoice_now) = (proration != "none", proration == "always_invoice");
            let options = Cancellation { prorate, invoice_now, ..Cancellation::REQUESTED };
            return cancellation::cancel(tx, &before, &options).map(|_| ());
        }
        let mut after = before.clone();
        // With the flexible billing mode, Stripe's portal sets `cancel_at` instead of `cancel_at_period_end`.
        cancel_at::set(tx, &mut after, CancelAt::PeriodEndByDate);
        subscription_status::save(tx, &before, &after)
    }

    /// Undoes a scheduled cancellation.
    pub(crate) fn undo_cancel(&self, tx: &Tx<'_>, id: &str) -> Result<(), Error> {
        self.require_feature("subscription_cancel")?;
        let before = self.subscription(tx, id)?;
        let mut after = before.clone();
        cancel_at::set(tx, &mut after, CancelAt::Never);
        subscription_status::save(tx, &before, &after)
    }

    /// Changes a subscription to another price. If the payment fails, nothing changes.
    pub(crate) fn change_price(&self, tx: &Tx<'_>, id: &str, price: &str) -> Result<(), Error> {
        self.require_feature("subscription_update")?;
        let before = self.subscription(tx, id)?;
        planned_change::require_not_incomplete(&before)?;
        let chosen = self.available_prices(tx, &before)?.into_iter().find(|choice| choice.id() == price);
        let chosen = chosen.ok_or_else(|| ApiError::resource_missing(ObjectType::Price, price, "price"))?;
        let mut items = subscription_item::items_of(&before).to_vec();
        for item in &mut items {
            subscription_item::set_price(item, &chosen);
        }
        let feature = &self.features["subscription_update"];
        let ends_trial = before.text("status") == "trialing" && feature["trial_update_behavior"] == "end_trial";
        let proration = match feature["proration_behavior"].as_str() {
            Some("always_invoice") => ProrationBehavior::AlwaysInvoice,
            Some("create_prorations") => ProrationBehavior::CreateProrations,
            _ => ProrationBehavior::None,
        };
        let trial_end = ends_trial.then_some(TrialEnd::Now);
        let resets_anchor = feature["billing_cycle_anchor"] == "now";
        let change_request =
            ChangeRequest { items, trial_end, resets_anchor, proration_behavior: proration, proration_date: tx.now() };
        let planned_change = planned_change::compute(tx, &before, &self.customer, change_request)?;
        apply_change::apply(tx, &before, planned_change, PaymentBehavior::ErrorIfIncomplete).map(|_| ())
    }

    /// Makes `method` the default payment method of the customer and their subscriptions. An open invoice is charged
    /// at the next retry.
    pub(crate) fn replace_card(&self, tx: &Tx<'_>, method: &mut Object) -> Result<(), Error> {
        self.require_feature("payment_method_update")?;
        payment_methods::attach(tx, method, self.customer.id())?;
        let mut customer = self.customer.clone();
        customers::set_default_method(tx, &mut customer, &json!(method.id()))?;
        tx.save_and_emit("customer.updated", &self.customer, &customer)?;
        for before in self.subscriptions(tx)? {
            if before.get("default_payment_method").is_string() {
                let mut after = before.clone();
                after.set("default_payment_method", method.id());
                subscription_status::save(tx, &before, &after)?;
            }
        }
        Ok(())
    }

    /// The payment method that the customer's invoices are charged to.
    pub(crate) fn current_method(&self, tx: &Tx<'_>) -> Result<Option<Object>, Error> {
        match self.subscriptions(tx)?.first() {
            Some(subscription) => invoice_payments::method_of_subscription(tx, subscription),
            None => {
                invoice_payments::method_of_subscription(tx, &Object::from(json!({ "customer": self.customer.id() })))
            }
        }
    }

    /// The customer's invoices, newest first.
    pub(crate) fn invoices(&self, tx: &Tx<'_>) -> Result<Vec<Object>, Error> {
        let mut objects = tx.all(Query::of(ObjectType::Invoice).with("customer", self.customer.id().to_owned()))?;
        objects.retain(|invoice| invoice.text("status") != "draft");
        objects.reverse();
        Ok(objects)
    }
}
