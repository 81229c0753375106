//! `GET /referrals/codes/{code}`: whether a referral code is one, for everybody. Nothing is said about whose it is.

use axum::Json;
use axum::extract::State as FromState;
use serde::Serialize;
use shared::domain::ReferralCode;
use shared::http::{PathParameter, Problem};

use crate::state::State;

/// Whether it is a code.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct ReferralCodeResponse {
    valid: bool,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    PathParameter(code): PathParameter,
) -> Result<Json<ReferralCodeResponse>, Problem> {
    let valid = match ReferralCode::parse(&code) {
        Ok(code) => state.store.referral_code_owner(&code).await?.is_some(),
        Err(_) => false,
    };
    Ok(Json(ReferralCodeResponse { valid }))
}
