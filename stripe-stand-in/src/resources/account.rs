//! `/v1/account`: the account of the API key. All keys belong to the same account.

use serde_json::json;

use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::transaction::Tx;
use crate::values::error::Error;

pub(crate) const ROUTES: &[Route] = &[Route::get("/v1/account", retrieve)];

/// Id of the stand-in's account.
const ACCOUNT: &str = "acct_1StandIn00000000";

fn retrieve(_: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    call.finish()?;
    let body = json!({
        "id": ACCOUNT,
        "object": "account",
        "business_profile": { "name": "Stripe stand-in", "url": null, "support_email": null },
        "business_type": "company",
        "capabilities": { "card_payments": "active", "transfers": "active" },
        "charges_enabled": true,
        "controller": { "type": "account" },
        "country": "US",
        "created": 1_700_000_000,
        "default_currency": "usd",
        "details_submitted": true,
        "email": "account@example.com",
        "metadata": {},
        "payouts_enabled": true,
        "settings": {
            "branding": { "icon": null, "logo": null, "primary_color": null, "secondary_color": null },
            "card_payments": { "statement_descriptor_prefix": null },
            "dashboard": { "display_name": "Stripe stand-in", "timezone": "Etc/UTC" },
            "payments": { "statement_descriptor": "STAND-IN" },
        },
        "type": "standard",
    });
    Ok(ApiResponse { status: 200, body })
}
