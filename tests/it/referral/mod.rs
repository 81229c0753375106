//! Referrals: codes, credit that is earned, held and taken back.

mod calls;
mod checkout;
mod codes;
mod credit;
mod pending;
mod plans;
mod same_payer;
