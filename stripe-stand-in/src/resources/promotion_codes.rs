//! `/v1/promotion_codes` (<https://docs.stripe.com/api/promotion_codes>): what a payer types to get a coupon.

use serde_json::{Value, json};

use super::coupons;
use crate::api::Route;
use crate::api::call::{self, Call, Reply};
use crate::api::params::{Params, merged};
use crate::error::{Error, Refusal};
use crate::ids::{self, Kind};
use crate::object::Object;
use crate::store::{Query, Tx};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/promotion_codes", create),
    Route::get("/v1/promotion_codes", list),
    Route::get("/v1/promotion_codes/{id}", retrieve),
    Route::post("/v1/promotion_codes/{id}", update),
];

/// The active promotion code that a payer typed; upper and lower case are the same.
pub(crate) fn by_code(tx: &Tx<'_>, code: &str) -> Result<Option<Object>, Error> {
    let active = Query::of(Kind::PromotionCode).with("active", 1);
    tx.first(active.with_any_case("code", code.trim().to_owned()))
}

/// The coupon behind a code if a purchase of `subtotal` by `customer` may use it now; otherwise why not.
pub(crate) fn usable(
    tx: &Tx<'_>,
    promotion: &Object,
    customer: Option<&str>,
    subtotal: i64,
    currency: &str,
) -> Result<Object, Error> {
    let refuse = |message: &str| Error::from(Refusal::invalid(message).code("coupon_expired"));
    let coupon = tx.load(Kind::Coupon, promotion.at("/promotion/coupon").as_str().unwrap_or_default())?;
    let expired = promotion.get("expires_at").as_i64().is_some_and(|end| end <= tx.now());
    let redeemed = promotion.int("times_redeemed");
    let used_up = promotion.get("max_redemptions").as_i64().is_some_and(|most| redeemed >= most);
    if !promotion.flag("active") || expired || used_up || !coupons::is_redeemable(&coupon, tx.now()) {
        return Err(refuse("This promotion code is expired or inactive."));
    }
    if promotion.opt_text("customer").is_some_and(|owner| customer != Some(owner)) {
        return Err(refuse("This promotion code cannot be redeemed by this customer."));
    }
    let minimum = promotion.at("/restrictions/minimum_amount").as_i64();
    let minimum_currency = promotion.at("/restrictions/minimum_amount_currency").as_str();
    if minimum.is_some_and(|minimum| minimum_currency != Some(currency) || subtotal < minimum) {
        return Err(refuse("This promotion code needs a larger purchase."));
    }
    if promotion.at("/restrictions/first_time_transaction") == true && has_paid(tx, customer)? {
        return Err(refuse("This promotion code is for a first purchase only."));
    }
    Ok(coupon)
}

/// Counts a redemption of the code; its coupon counts its own.
pub(crate) fn redeem(tx: &Tx<'_>, id: &str) -> Result<(), Error> {
    let Some(mut promotion) = tx.find(Kind::PromotionCode, id)? else {
        return Ok(());
    };
    let redeemed = promotion.int("times_redeemed") + 1;
    promotion.set("times_redeemed", redeemed);
    if promotion.get("max_redemptions").as_i64().is_some_and(|most| redeemed >= most) {
        promotion.set("active", false);
    }
    tx.save(&promotion)
}

fn has_paid(tx: &Tx<'_>, customer: Option<&str>) -> Result<bool, Error> {
    let Some(customer) = customer else {
        return Ok(false);
    };
    let paid = Query::of(Kind::PaymentIntent).with("customer", customer.to_owned());
    Ok(tx.first(paid.with("status", "succeeded".to_owned()))?.is_some())
}

fn create(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let params = &mut call.params;
    let coupon_id = coupon_id(params)?;
    let coupon = tx.load_param(Kind::Coupon, &coupon_id, "promotion[coupon]")?;
    let code = params.text("code")?.unwrap_or_else(|| ids::random(8).to_uppercase());
    if by_code(tx, &code)?.is_some() {
        let message = format!("An active promotion code with `code: {code}` already exists.");
        return Err(params.invalid("code", &message).code("resource_already_exists").into());
    }
    let customer = params.nullable("customer")?.unwrap_or_default();
    if let Some(id) = customer.as_str() {
        tx.load_param(Kind::Customer, id, "customer")?;
    }
    let fields = json!({
        "active": params.flag("active")?.unwrap_or(true),
        "code": code,
        "created": tx.now(),
        "customer": customer,
        "customer_account": null,
        "expires_at": params.integer("expires_at")?,
        "max_redemptions": params.integer("max_redemptions")?,
        "metadata": {},
        "promotion": { "coupon": coupon.id(), "type": "coupon" },
        "restrictions": restrictions(params.hash("restrictions")?)?,
        "times_redeemed": 0,
    });
    let mut promotion = Object::new(Kind::PromotionCode, Kind::PromotionCode.new_id(), fields);
    apply(&mut promotion, params)?;
    call.finish()?;
    tx.insert(&promotion)?;
    tx.emit("promotion_code.created", &promotion)?;
    Ok(Reply::object(&promotion))
}

/// `promotion[coupon]`; `coupon` alone is its name in older API versions, which Stripe's CLI still sends.
fn coupon_id(params: &mut Params) -> Result<String, Refusal> {
    let Some(mut promotion) = params.hash("promotion")? else {
        let older = params.text("coupon")?;
        return older.ok_or_else(|| Refusal::missing_param("promotion"));
    };
    promotion.choice("type", &["coupon"])?;
    let coupon = promotion.required("coupon")?;
    promotion.finish()?;
    Ok(coupon)
}

fn restrictions(params: Option<Params>) -> Result<Value, Refusal> {
    let mut params = params.unwrap_or_default();
    let restrictions = json!({
        "first_time_transaction": params.flag("first_time_transaction")?.unwrap_or(false),
        "minimum_amount": params.amount("minimum_amount")?,
        "minimum_amount_currency": params.currency("minimum_amount_currency")?,
    });
    params.finish()?;
    Ok(restrictions)
}

fn apply(promotion: &mut Object, params: &mut Params) -> Result<(), Refusal> {
    if let Some(changes) = params.metadata()? {
        let metadata = merged(promotion.get("metadata"), changes);
        promotion.set("metadata", metadata);
    }
    Ok(())
}

fn update(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let before = tx.load(Kind::PromotionCode, &call.id)?;
    let mut promotion = before.clone();
    promotion.set_if("active", call.params.flag("active")?);
    apply(&mut promotion, &mut call.params)?;
    call.finish()?;
    tx.save_and_emit("promotion_code.updated", &before, &promotion)?;
    Ok(Reply::object(&promotion))
}

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    call::retrieve(tx, Kind::PromotionCode, call)
}

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let params = &mut call.params;
    let mut query = Query::of(Kind::PromotionCode).filter(params, &["customer"])?;
    query = query.filter_flag(params, "active")?.filter_created(params)?;
    if let Some(code) = params.text("code")? {
        query = query.with_any_case("code", code);
    }
    if let Some(coupon) = params.text("coupon")? {
        query = query.with("promotion.coupon", coupon);
    }
    call::list(tx, query, call)
}
