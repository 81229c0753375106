//! Random histories of a purchase: what happens at Stripe, and what the appliers, the learner and operators do meanwhile.

use proptest::prelude::*;
use proptest::sample::Index;

use super::stripe_action::StripeAction;
use super::stripe_objects::CHARGED;

/// One step of a history.
#[derive(Debug, Clone)]
pub(super) enum TestStep {
    /// Something happens at Stripe; its events have the version that we read, or another one.
    StripeAction(StripeAction, bool),
    /// An event is delivered (again).
    Deliver(Index),
    /// The learner comes back to the return page.
    ReturnPage,
    /// One of the appliers takes its next step.
    Step(Index),
    /// One of the appliers is gone.
    Crash(Index),
    /// The learner asks for a refund.
    AskForRefund,
    /// The learner withdraws the request.
    WithdrawRequest,
    /// An operator rejects the request.
    RejectRequest,
    /// An operator begins to approve the request, wholly or in part.
    Approve(Option<i64>),
    /// One of the operators takes the next step.
    OperatorStep(Index),
    /// One of the operators is gone.
    OperatorCrash(Index),
}

fn stripe_actions() -> impl Strategy<Value = StripeAction> {
    let refund_status = prop::sample::select(vec!["succeeded", "failed", "canceled", "requires_action"]);
    let dispute_status = || {
        prop::sample::select(vec![
            "needs_response",
            "under_review",
            "won",
            "lost",
            "warning_needs_response",
            "warning_closed",
            "a_status_of_2031",
        ])
    };
    prop_oneof![
        1 => Just(StripeAction::DeclineCard),
        3 => Just(StripeAction::PayByCard),
        2 => Just(StripeAction::PayByDebit),
        3 => Just(StripeAction::DebitSucceeds),
        2 => Just(StripeAction::DebitFails),
        1 => Just(StripeAction::CancelDebit),
        1 => Just(StripeAction::Expire),
        1 => Just(StripeAction::AskToAuthenticate),
        3 => (prop::sample::select(vec![CHARGED, CHARGED / 2, 1]), any::<bool>())
            .prop_map(|(amount, at_once)| StripeAction::Refund { amount, at_once }),
        3 => (0..3usize, refund_status).prop_map(|(which, to)| StripeAction::RefundMoves { which, to }),
        2 => dispute_status().prop_map(|status| StripeAction::Dispute { status }),
        3 => (0..2usize, dispute_status()).prop_map(|(which, to)| StripeAction::DisputeMoves { which, to }),
    ]
}

/// Up to a hundred and twenty steps.
pub(super) fn test_steps() -> impl Strategy<Value = Vec<TestStep>> {
    let one = prop_oneof![
        4 => (stripe_actions(), prop::bool::weighted(0.8)).prop_map(|(act, has_current_version)| TestStep::StripeAction(act, has_current_version)),
        4 => any::<Index>().prop_map(TestStep::Deliver),
        1 => Just(TestStep::ReturnPage),
        12 => any::<Index>().prop_map(TestStep::Step),
        1 => any::<Index>().prop_map(TestStep::Crash),
        2 => Just(TestStep::AskForRefund),
        1 => prop_oneof![3 => Just(TestStep::WithdrawRequest), 1 => Just(TestStep::RejectRequest)],
        3 => prop::sample::select(vec![None, None, Some(CHARGED), Some(CHARGED / 2), Some(1)]).prop_map(TestStep::Approve),
        10 => any::<Index>().prop_map(TestStep::OperatorStep),
        1 => any::<Index>().prop_map(TestStep::OperatorCrash),
    ];
    prop::collection::vec(one, 1..120)
}
