//! Referrals: codes, credit that is earned, held and taken back.

mod calls;
mod checkout;
mod codes;
mod credit;
mod pending;
mod plans;
mod reserving;
mod same_payer;
mod spending;
mod spending_intents;
mod spending_plans;
