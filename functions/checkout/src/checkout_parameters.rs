//! What a session or a payment intent is created with.

use shared::domain::CreditUse;
use shared::http::Caller;
use shared::stripe::Sale;

use crate::validated_checkout::ValidatedCheckout;

/// The learner and the checkout that a session or a payment intent is created for.
pub(crate) struct CheckoutParameters<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) checkout: &'a ValidatedCheckout<'a>,
    /// How many days of a subscription nothing is charged.
    pub(crate) trial_days: Option<u16>,
    /// The credit that was reserved for it.
    pub(crate) credit: Option<CreditUse>,
}

impl CheckoutParameters<'_> {
    /// Who buys what.
    pub(crate) fn sale(&self) -> Sale {
        let checkout = self.checkout;
        Sale {
            user: self.caller.user.clone(),
            product: checkout.product.id.clone(),
            price: Some(checkout.price.id.clone()),
            family: checkout.family_and_trial.as_ref().map(|plan| plan.family.clone()),
            referrer: checkout.referrer.clone(),
            credit_use: self.credit.as_ref().map(|credit| credit.id.clone()),
            additional_products: Vec::new(),
        }
    }
}
