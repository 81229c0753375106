//! What a history has to end with.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::applier::sale;
use super::stripe::StripeModel;
use super::stripe_objects::CHARGED;
use super::table::Table;
use crate::domain::{ApprovalRef, Payment, Purchase, PurchaseStatus, Referral, RefundRequestStatus, Transition};
use crate::fulfil::PurchaseState;
use crate::store::Versioned;

/// Stripe's final state as a fact.
pub(super) fn expected_fact(stripe: &StripeModel) -> Option<Purchase> {
    let mut state = stripe.fetch_payment();
    stripe.fetch_disputes(&mut state);
    let is_checkout_complete = stripe.is_complete();
    PurchaseState::Payment { state: Box::new(state), is_checkout_complete }
        .to_purchase(&sale())
        .unwrap()
        .filter(|_| is_checkout_complete)
}

/// Transitions lead from nothing to the final state, each starting where the one before it ended.
pub(super) fn check_transitions(table: &Table, fact: Option<&Purchase>) {
    let (mut status, mut refunded): (Option<PurchaseStatus>, i64) = (None, 0);
    let mut disputes = BTreeMap::new();
    for (_, transition) in &table.transitions {
        match transition.clone() {
            Transition::PurchaseStatusChanged { from, to } => {
                assert_eq!(from, status, "a transition happened twice or never");
                status = Some(to);
            }
            Transition::RefundsChanged { from, to } => {
                assert_eq!(from, refunded);
                refunded = to;
            }
            Transition::DisputeChanged { dispute, from, to } => {
                assert_eq!(from, disputes.insert(dispute, to));
            }
            other => panic!("{other:?} is no transition of a purchase"),
        }
    }
    assert_eq!(status, fact.map(Purchase::status));
    assert_eq!(refunded, fact.map_or(0, Purchase::refunded));
    assert_eq!(disputes, fact.map(|fact| fact.disputes.clone()).unwrap_or_default());
}

/// The ledger of the referrer is the projection of the purchase; that the learner was referred is taken as it is.
pub(super) fn check_referral(table: &Table, fact: Option<&Purchase>) {
    let was_paid = fact.is_some_and(|fact| fact.payment == Payment::Paid);
    assert_eq!(table.referred.is_some(), was_paid, "it is the first purchase");
    let refund_requested = table.requests.iter().any(|request| request.value.status.holds_credit());
    let expected = fact.and_then(|fact| Referral::of_purchase(fact, table.referred.as_ref()));
    assert_eq!(table.referral, expected.map(|referral| Referral { refund_requested, ..referral }));
}

/// Stripe's refunds and the requests agree, and nothing went back twice.
pub(super) fn check_requests(stripe: &StripeModel, table: &Table, fact: Option<&Purchase>) {
    assert!(stripe.refunded() <= CHARGED, "more went back than was paid");
    let Some(fact) = fact else { return assert_eq!(table.requests, []) };
    for Versioned { value: request, .. } in &table.requests {
        for number in 1..=request.approval.as_ref().map_or(0, |approval| approval.number) {
            let approval = ApprovalRef { request: request.id.clone(), number };
            assert!(stripe.refunds_of(&approval) <= 1, "{approval:?} was refunded twice");
        }
        let missed = request.with_refunds(&fact.refunds, fact.charged.amount, Timestamp::UNIX_EPOCH);
        assert_eq!(missed, None, "an event was not applied to {request:?}");
        if request.status == RefundRequestStatus::Approved {
            let approval = request.approval_ref().expect("it is approved");
            assert_eq!(stripe.refunds_of(&approval), 1, "nobody would ever hear of {request:?}");
        }
    }
    let live = table.requests.iter().filter(|request| request.value.status == RefundRequestStatus::Open).count();
    assert!(live <= 1, "two requests are open");
}
