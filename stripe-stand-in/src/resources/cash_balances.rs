//! `/v1/customers/{id}/cash_balance` (<https://docs.stripe.com/api/cash_balance>), and the test helper that simulates a
//! bank transfer (<https://docs.stripe.com/api/cash_balance_transactions/fund_cash_balance>).

use serde_json::json;

use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::confirmation;
use crate::rules::payments::{bank_transfers, cash_balance};
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object_type::{self, ObjectType};

pub(crate) const ROUTES: &[Route] = &[
    Route::get("/v1/customers/{id}/cash_balance", retrieve),
    Route::post("/v1/test_helpers/customers/{id}/fund_cash_balance", fund),
];

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let customer = tx.load(ObjectType::Customer, &call.id)?;
    call.finish()?;
    Ok(ApiResponse { status: 200, body: cash_balance::to_json(&customer) })
}

fn fund(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut customer = tx.load(ObjectType::Customer, &call.id)?;
    let params = &mut call.params;
    let amount = params.amount("amount")?.ok_or_else(|| ApiError::missing_param("amount"))?;
    let currency = params.currency("currency")?.ok_or_else(|| ApiError::missing_param("currency"))?;
    let reference = params.text("reference")?;
    if amount < 1 {
        return Err(params.invalid("amount", "Invalid positive integer").into());
    }
    let Some(transfer_type) = bank_transfers::transfer_type(&currency) else {
        let message = "The Stripe stand-in supports bank transfers in usd, eur and gbp only.";
        return Err(params.invalid("currency", message).into());
    };
    call.finish()?;
    test_clock::use_clock_of(tx, &customer)?;
    cash_balance::change(tx, &mut customer, &currency, amount)?;
    let body = json!({
        "id": format!("ccsbtxn_1{}", object_type::random_alphanumeric(23)),
        "object": "customer_cash_balance_transaction",
        "created": tx.now(),
        "currency": currency,
        "customer": customer.id(),
        "customer_account": null,
        "ending_balance": cash_balance::available(&customer, &currency),
        "funded": { "bank_transfer": { transfer_type: {}, "reference": reference, "type": transfer_type } },
        "livemode": false,
        "net_amount": amount,
        "type": "funded",
    });
    confirmation::apply_cash_balance(tx, customer.id(), &currency)?;
    Ok(ApiResponse { status: 200, body })
}
