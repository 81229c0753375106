//! Shows payments, requests for refunds, and what operators decide about them.

mod automatic;
mod callers;
mod decisions;
mod faults;
mod payments;
mod policy;
mod receipts;
mod reconcile;
mod requests;
mod retention;
mod subscriptions;
