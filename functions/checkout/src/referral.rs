//! The referral code of a checkout. Whatever it is, it never stops a sale: a code that does not count leaves the checkout as it is,
//! and the response says why.

use serde::Serialize;
use shared::domain::{Fact, ReferralCode, UserId};
use shared::http::Caller;
use shared::store::{Store, StoreError};

/// What became of the referral code.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct ReferralResponse {
    /// Whether the purchase counts for the learner whose code it is.
    applied: bool,
    /// Why not.
    reason: Option<ReferralRefusal>,
}

/// Why a code does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReferralRefusal {
    /// There is no such code.
    UnknownCode,
    /// It is the caller's own.
    OwnCode,
    /// The caller has paid for something before.
    NotFirstPurchase,
}

/// The learner whose code it is, if the code counts, and what the response says about the code, if there was one.
pub(crate) async fn find_referrer(
    store: &Store,
    caller: &Caller,
    code: Option<&str>,
) -> Result<(Option<UserId>, Option<ReferralResponse>), StoreError> {
    let Some(code) = code else { return Ok((None, None)) };
    Ok(match check_code(store, caller, code).await? {
        Ok(referrer) => (Some(referrer), Some(ReferralResponse { applied: true, reason: None })),
        Err(refusal) => (None, Some(ReferralResponse { applied: false, reason: Some(refusal) })),
    })
}

async fn check_code(store: &Store, caller: &Caller, code: &str) -> Result<Result<UserId, ReferralRefusal>, StoreError> {
    let Ok(code) = ReferralCode::parse(code) else { return Ok(Err(ReferralRefusal::UnknownCode)) };
    let Some(owner) = store.referral_code_owner(&code).await? else { return Ok(Err(ReferralRefusal::UnknownCode)) };
    if owner.user == caller.user || caller.email.as_deref().is_some_and(|email| owner.has_email(email)) {
        return Ok(Err(ReferralRefusal::OwnCode));
    }
    let read = store.facts_and_checkouts(&caller.user).await?;
    let has_paid = read.facts.iter().map(|fact| &fact.value).any(Fact::was_paid_for);
    if read.referred.is_some() || has_paid { Ok(Err(ReferralRefusal::NotFirstPurchase)) } else { Ok(Ok(owner.user)) }
}
