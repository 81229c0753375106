//! `GET /referrals`: the caller's code and link, how many referrals stand where, and the credit in every currency. The code is made at the
//! first call.

use axum::Json;
use axum::extract::State as FromState;
use serde::Serialize;
use shared::domain::{CreditBalance, Currency, ReferralCode, ReferralCounts};
use shared::http::{Caller, Problem};
use shared::store::{CreateCodeOutcome, ReferralCodeOwner, ReferralRows, StoreError};

use crate::state::State;

/// 31^8 codes: even with a billion of them, one in a thousand is taken.
const MAX_ATTEMPTS: u32 = 5;

/// The caller's referrals.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct ReferralsResponse {
    code: ReferralCode,
    /// The page of the shop that remembers the code.
    link: String,
    /// How much of what a referred learner first pays is earned, in percent.
    rate_percent: u8,
    /// For how many days after the payment the credit cannot be spent.
    hold_days: u16,
    /// How much can ever be earned in a currency; others are without limit.
    cap: Vec<CapResponse>,
    counts: CountsResponse,
    /// One entry for each currency in which something was earned or spent.
    credit: Vec<CreditResponse>,
}

/// How much can ever be earned in a currency.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CapResponse {
    currency: Currency,
    /// Minor units.
    amount: i64,
}

/// How many referrals stand where.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CountsResponse {
    /// The buyer's checkout is open, a trial runs, or the money has not arrived.
    pending: usize,
    /// Paid, and the credit cannot be spent yet.
    confirmed: usize,
    /// The credit can be spent.
    credited: usize,
    /// The money went back.
    reversed: usize,
    /// They earn nothing.
    rejected: usize,
}

/// The credit in one currency, in minor units: `earned + owed = held + available + reserved + spent`.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CreditResponse {
    currency: Currency,
    /// Without what was reversed, what a dispute suspends, and what is beyond the cap.
    earned: i64,
    /// Earned, and not to be spent yet.
    held: i64,
    /// To be spent.
    available: i64,
    /// For open checkouts.
    reserved: i64,
    spent: i64,
    /// Spent or reserved, and not earned any more; the next credit pays it off.
    owed: i64,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
) -> Result<Json<ReferralsResponse>, Problem> {
    let mut rows = state.store.referral_rows(&caller.user).await?;
    let code = match rows.code.take() {
        Some(code) => code,
        None => create_code(&state, &caller).await?,
    };
    Ok(Json(response(&state, code, rows)))
}

/// Makes a code, or finds the one that another request has made meanwhile.
async fn create_code(state: &State, caller: &Caller) -> Result<ReferralCode, StoreError> {
    let owner = ReferralCodeOwner::new(caller.user.clone(), caller.email.as_deref());
    for _ in 0..MAX_ATTEMPTS {
        let code = ReferralCode::from_bits(fastrand::u64(..));
        if state.store.create_referral_code(&code, &owner).await? == CreateCodeOutcome::Created {
            return Ok(code);
        }
        if let Some(code) = state.store.referral_rows(&caller.user).await?.code {
            return Ok(code);
        }
    }
    Err(StoreError::Contended)
}

fn response(state: &State, code: ReferralCode, rows: ReferralRows) -> ReferralsResponse {
    let (policy, now) = (&state.policy, state.store.now());
    let ledger = rows.ledger();
    let ReferralCounts { pending, confirmed, credited, reversed, rejected } = ledger.counts(policy, now);
    let credit = ledger.balances(policy, now).into_iter().map(|(currency, balance)| {
        let CreditBalance { earned, held, available, reserved, spent, owed, .. } = balance;
        CreditResponse { currency, earned, held, available, reserved, spent, owed }
    });
    ReferralsResponse {
        link: format!("{}/ref/{code}", state.origins.first()),
        code,
        rate_percent: policy.rate_percent,
        hold_days: policy.hold_days,
        cap: policy.cap.iter().map(|cap| CapResponse { currency: cap.currency, amount: cap.amount }).collect(),
        counts: CountsResponse { pending, confirmed, credited, reversed, rejected },
        credit: credit.collect(),
    }
}
