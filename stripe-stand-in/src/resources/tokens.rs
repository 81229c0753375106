//! `/v1/tokens` (<https://docs.stripe.com/api/tokens>): what `createToken` of Stripe.js calls with a card.

use serde_json::json;

use crate::resources::payment_methods;
use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};

pub(crate) const ROUTES: &[Route] = &[Route::post("/v1/tokens", create).allow_publishable_key()];

/// Creates the token of a test card. It is Stripe's own name for the card, such as `tok_visa`, so nothing is stored.
fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut details = call.params.hash("card")?.ok_or_else(|| ApiError::missing_param("card"))?;
    details.ignore(&["name", "address_line1", "address_city", "address_zip", "address_country", "currency"]);
    let (card, expiry) = payment_methods::read_card(tx, details)?;
    call.finish()?;
    let body = json!({
        "id": format!("tok_{}", card.name()),
        "object": "token",
        "card": {
            "object": "card",
            "brand": card.brand,
            "exp_month": expiry.month(),
            "exp_year": expiry.year(),
            "funding": "credit",
            "last4": card.last4(),
        },
        "created": tx.now(),
        "livemode": false,
        "type": "card",
        "used": false,
    });
    Ok(ApiResponse { status: 200, body })
}
