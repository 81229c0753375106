//! The metadata that we write on every Stripe object that we create, and by which we recognize our objects.
//! See <https://docs.stripe.com/metadata>.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AppId, ApprovalRef, CheckoutScope, CreditUseId, FamilyId, PriceId, ProductId, RefundRequestId, UserId,
};

const APP: &str = "tuition_app";
const USER: &str = "tuition_user";
const PRODUCT: &str = "tuition_product";
const PRICE: &str = "tuition_price";
const FAMILY: &str = "tuition_family";
const REFERRER: &str = "tuition_referrer";
const CREDIT_USE: &str = "tuition_credit_use";
const REFUND_REQUEST: &str = "tuition_refund_request";
const REFUND_APPROVAL: &str = "tuition_refund_approval";

/// What we note at Stripe when we end a second trial.
pub(super) const TRIAL_USED_COMMENT: &str = "trial_used";

/// The metadata of a refund: which approval of a refund request it carries out.
#[cfg(any(test, feature = "refunds"))]
pub(crate) fn approval_metadata(app: &AppId, approval: &ApprovalRef) -> HashMap<String, String> {
    HashMap::from([
        (APP.to_owned(), app.to_string()),
        (REFUND_REQUEST.to_owned(), approval.request.to_string()),
        (REFUND_APPROVAL.to_owned(), approval.number.to_string()),
    ])
}

/// Which approval a refund carries out; `None` for a refund that nobody approved with us.
pub(super) fn approval_from_metadata(metadata: &HashMap<String, String>) -> Option<ApprovalRef> {
    let request = RefundRequestId::parse(metadata.get(REFUND_REQUEST)?.as_str()).ok()?;
    Some(ApprovalRef { request, number: metadata.get(REFUND_APPROVAL)?.parse().ok()? })
}

/// Who bought what, at which price, on whose recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The learner.
    pub user: UserId,
    /// What is bought.
    pub product: ProductId,
    /// At which price.
    pub price: Option<PriceId>,
    /// Which plan family it belongs to; `None` for what is bought once.
    pub family: Option<FamilyId>,
    /// Who recommended it.
    pub referrer: Option<UserId>,
    /// Which use of the learner's credit lowers it.
    pub credit_use: Option<CreditUseId>,
    /// What else is bought with the same payment; only a sale without us has more than one product.
    pub additional_products: Vec<ProductId>,
}

/// What an object's metadata says about whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// Ours, and it says who bought what.
    ThisApp(Sale),
    /// Ours, but it does not say (or not in a form we can read) who bought what.
    Incomplete,
    /// Another installation's on the same account.
    AnotherApp,
    /// The object has no metadata of ours.
    NoMetadata,
}

impl Ownership {
    /// Reads an object's metadata as the installation `app`.
    pub fn from_metadata(metadata: &HashMap<String, String>, app: &AppId) -> Self {
        match metadata.get(APP) {
            None => return Self::NoMetadata,
            Some(named) if named != app.as_str() => return Self::AnotherApp,
            Some(_) => {}
        }
        parse_sale(metadata).map_or(Self::Incomplete, Self::ThisApp)
    }
}

fn parse_sale(metadata: &HashMap<String, String>) -> Option<Sale> {
    let user = UserId::parse(metadata.get(USER)?.as_str()).ok()?;
    let product = ProductId::parse(metadata.get(PRODUCT)?.as_str()).ok()?;
    let price = metadata.get(PRICE).map(|id| PriceId::parse(id.as_str())).transpose().ok()?;
    let family = metadata.get(FAMILY).map(|slug| FamilyId::parse(slug.as_str())).transpose().ok()?;
    let referrer = metadata.get(REFERRER).map(|id| UserId::parse(id.as_str())).transpose().ok()?;
    let credit_use = metadata.get(CREDIT_USE).map(|id| CreditUseId::parse(id.as_str())).transpose().ok()?;
    Some(Sale { user, product, price, family, referrer, credit_use, additional_products: Vec::new() })
}

impl Sale {
    /// What it is the one open way to pay for.
    pub fn checkout_scope(&self) -> CheckoutScope {
        self.family.clone().map_or_else(|| CheckoutScope::Product(self.product.clone()), CheckoutScope::Family)
    }

    /// The metadata of a session, and of its payment intent or subscription.
    pub fn to_metadata(&self, app: &AppId) -> HashMap<String, String> {
        let mut metadata = customer_metadata(app, &self.user);
        metadata.insert(PRODUCT.to_owned(), self.product.to_string());
        metadata.extend(self.price.as_ref().map(|price| (PRICE.to_owned(), price.to_string())));
        metadata.extend(self.family.as_ref().map(|family| (FAMILY.to_owned(), family.to_string())));
        metadata.extend(self.referrer.as_ref().map(|user| (REFERRER.to_owned(), user.to_string())));
        metadata.extend(self.credit_use.as_ref().map(|id| (CREDIT_USE.to_owned(), id.to_string())));
        metadata
    }
}

/// Whether we wrote a field of metadata, whichever installation we are.
pub(super) fn is_our_metadata_key(key: &str) -> bool {
    [APP, USER, PRODUCT, PRICE, FAMILY, REFERRER, CREDIT_USE].contains(&key)
}

/// The metadata of a customer.
pub(super) fn customer_metadata(app: &AppId, user: &UserId) -> HashMap<String, String> {
    [(APP, app.to_string()), (USER, user.to_string())].map(|(key, value)| (key.to_owned(), value)).into()
}

/// The metadata of what belongs to the installation and to nobody in it.
#[cfg(feature = "billing")]
pub(super) fn app_metadata(app: &AppId) -> HashMap<String, String> {
    [(APP.to_owned(), app.to_string())].into()
}

/// The metadata of a product in Stripe's catalog.
pub(super) fn product_metadata(app: &AppId, product: &ProductId) -> HashMap<String, String> {
    [(APP, app.to_string()), (PRODUCT, product.to_string())].map(|(key, value)| (key.to_owned(), value)).into()
}

/// Whose customer it is.
pub fn user_from_metadata(metadata: &HashMap<String, String>, app: &AppId) -> Option<UserId> {
    let ours = metadata.get(APP).is_some_and(|named| named == app.as_str());
    ours.then(|| metadata.get(USER).and_then(|id| UserId::parse(id.as_str()).ok()))?
}

/// Which of our products a Stripe product is.
pub fn product_from_metadata(metadata: &HashMap<String, String>, app: &AppId) -> Option<ProductId> {
    let ours = metadata.get(APP).is_some_and(|named| named == app.as_str());
    ours.then(|| metadata.get(PRODUCT).and_then(|slug| ProductId::parse(slug.as_str()).ok()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_we_read_again() {
        let app = AppId::parse("tuition").unwrap();
        let sale = Sale {
            user: UserId::parse("u-1").unwrap(),
            product: ProductId::parse("ai").unwrap(),
            price: Some(PriceId::parse("price_1").unwrap()),
            family: Some(FamilyId::parse("membership").unwrap()),
            referrer: Some(UserId::parse("u-2").unwrap()),
            credit_use: Some(CreditUseId::from_bits(1)),
            additional_products: Vec::new(),
        };
        let mut metadata = sale.to_metadata(&app);
        assert_eq!(Ownership::from_metadata(&metadata, &app), Ownership::ThisApp(sale));
        assert_eq!(Ownership::from_metadata(&metadata, &AppId::parse("other").unwrap()), Ownership::AnotherApp);
        metadata.remove(PRODUCT);
        assert_eq!(Ownership::from_metadata(&metadata, &app), Ownership::Incomplete);
        metadata.remove(APP);
        assert_eq!(Ownership::from_metadata(&metadata, &app), Ownership::NoMetadata);
    }
}
