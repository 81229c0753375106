//! `GET /referrals/history`: each referral of the caller, without a name, an e-mail address or an id of the buyer.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{CreditedReferral, Currency, ReferralLedger, ReferralPolicy, ReferralRejection, ReferralState};
use shared::http::{Caller, Page, PageRequest, Problem};
use shared::store::ReferralRows;

use crate::state::State;

/// One referral.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct ReferralResponse {
    /// The first referral has the id `1`, and the first of those whose buyer's checkout is open or trial runs `open-1`. It says nothing
    /// about the buyer.
    id: String,
    state: ReferralState,
    /// What it earns, in minor units: without what was reversed, what a dispute suspends, and what is beyond the cap.
    amount: i64,
    currency: Currency,
    /// When the learner bought.
    created_at: Timestamp,
    /// When the credit can be, or could first be, spent. `null` when no date says so: it is not paid, earns nothing, or waits for a
    /// refund request or a dispute.
    available_at: Option<Timestamp>,
    /// Why it earns nothing.
    reason: Option<ReferralRejection>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<ReferralResponse>>, Problem> {
    let (policy, now) = (&state.policy, state.store.now());
    let ReferralRows { referrals, open, .. } = state.store.referral_rows(&caller.user).await?;
    let (ledger, open) = (ReferralLedger::new(referrals, Vec::new()), ReferralLedger::new(open, Vec::new()));
    // An open checkout vanishes, and must not change the ids of the others.
    let referrals = numbered(&ledger, policy, "").chain(numbered(&open, policy, "open-"));
    let referrals = referrals.map(|(id, one)| ReferralResponse {
        id,
        state: one.referral.state(policy, now),
        amount: one.earned,
        currency: one.referral.charged.currency,
        created_at: one.referral.created_at,
        available_at: one.referral.available_at(policy),
        reason: one.referral.rejection,
    });
    // The newest first.
    let referrals: Vec<_> = referrals.collect();
    Ok(Json(wanted.page_of(referrals.into_iter().rev(), |one| one.id.as_str())))
}

/// The referrals of a ledger, the oldest first, with their ids.
fn numbered<'a>(
    ledger: &'a ReferralLedger,
    policy: &ReferralPolicy,
    prefix: &'static str,
) -> impl Iterator<Item = (String, CreditedReferral<'a>)> {
    let mut referrals = ledger.credited_referrals(policy);
    referrals.sort_by_key(|one| (one.referral.created_at, &one.referral.payment));
    (1u32..).zip(referrals).map(move |(number, one)| (format!("{prefix}{number}"), one))
}
