//! Shows every transition of a refund request, and what its payment's refunds mean for it.

use proptest::prelude::*;

use super::super::money::Currency;
use super::super::refund::RefundStatus;
use super::*;

/// A request with this status; from `approved` on, with an approval of the whole amount.
pub(in crate::domain) fn request(status: RefundRequestStatus) -> RefundRequest {
    use RefundRequestStatus::{Approved, RefundFailed, Refunded};
    let (payment_intent, amount) = ("pi_1".to_owned(), 1_000);
    let approval = RefundApproval {
        number: 1,
        amount,
        parts: vec![RefundPart { payment_intent, amount }],
        earlier_failed: 0,
        cancels: None,
        by: RefundRequestActor::Policy,
        at: Timestamp::UNIX_EPOCH,
    };
    RefundRequest {
        id: RefundRequestId::from_bits(1),
        payment: PaymentId::parse("pi_1").unwrap(),
        number: 1,
        kind: PaymentKind::Purchase,
        subscription: None,
        products: Vec::new(),
        paid: Money::new(1_000, Currency::parse("usd").unwrap()),
        progress_percent: 0,
        reason: "It is not for me.".to_owned(),
        status,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        approval: matches!(status, Approved | Refunded | RefundFailed).then_some(approval),
        rejected_by: None,
        note: None,
    }
}

#[test]
fn the_transitions_cell_by_cell() {
    use RefundRequestAction as Action;
    use RefundRequestStatus::{Approved, Open, RefundFailed, Refunded, Rejected, Withdrawn};
    let actions = [Action::Withdraw, Action::Approve, Action::Reject, Action::RefundArrived, Action::RefundFailed];
    let table = [
        (Open, [Some(Withdrawn), Some(Approved), Some(Rejected), Some(Refunded), None]),
        (Approved, [None, Some(Approved), None, Some(Refunded), Some(RefundFailed)]),
        (Refunded, [None, Some(Refunded), None, Some(Refunded), Some(RefundFailed)]),
        (RefundFailed, [None, Some(Approved), Some(Rejected), Some(Refunded), Some(RefundFailed)]),
        (Rejected, [None, None, Some(Rejected), None, None]),
        (Withdrawn, [Some(Withdrawn), None, None, None, None]),
    ];
    assert_eq!(table.map(|(status, _)| status), RefundRequestStatus::ALL);
    for (status, row) in table {
        for (action, expected) in actions.into_iter().zip(row) {
            assert_eq!(status.after(action), expected, "{status:?} {action:?}");
            let changed = expected.filter(|next| *next != status);
            let next = request(status).with_action(action, Timestamp::MAX);
            assert_eq!(next.map(|next| (next.status, next.updated_at)), changed.map(|next| (next, Timestamp::MAX)));
        }
    }
}

#[test]
fn a_status_is_parsed_from_its_word() {
    for status in RefundRequestStatus::ALL {
        assert_eq!(RefundRequestStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(RefundRequestStatus::parse("Open"), None);
}

fn refund(amount: i64, status: &str, approval: Option<u32>) -> Refund {
    let request = RefundRequestId::from_bits(1);
    let approval = approval.map(|number| ApprovalRef { request, number });
    Refund { approval, ..Refund::new(amount, RefundStatus::from(status)) }
}

fn listed(refunds: &[Refund]) -> BTreeMap<RefundId, Refund> {
    let id = |index| RefundId::parse(format!("re_{index}")).unwrap();
    refunds.iter().enumerate().map(|(index, refund)| (id(index), refund.clone())).collect()
}

#[test]
fn refunds_settle_a_request_or_make_it_a_task_again() {
    use RefundRequestStatus::{Approved, Open, RefundFailed, Refunded, Rejected, Withdrawn};
    let own = |amount, status| refund(amount, status, Some(1));
    for (status, refunds, expected) in [
        (Approved, vec![], None),
        (Approved, vec![own(1_000, "pending")], None),
        (Approved, vec![own(1_000, "requires_action")], None),
        (Approved, vec![own(1_000, "succeeded")], Some(Refunded)),
        (Approved, vec![own(1_000, "failed")], Some(RefundFailed)),
        (Approved, vec![own(1_000, "canceled")], Some(RefundFailed)),
        // One of two payment intents.
        (Approved, vec![own(400, "succeeded")], None),
        (Approved, vec![own(400, "succeeded"), own(600, "succeeded")], Some(Refunded)),
        (Approved, vec![own(400, "succeeded"), own(600, "failed")], Some(RefundFailed)),
        (Refunded, vec![own(1_000, "succeeded")], None),
        (Refunded, vec![own(1_000, "failed")], Some(RefundFailed)),
        (RefundFailed, vec![own(1_000, "failed")], None),
        (RefundFailed, vec![own(1_000, "succeeded")], Some(Refunded)),
        // Somebody refunded in Stripe's Dashboard.
        (Open, vec![refund(1_000, "succeeded", None)], Some(Refunded)),
        (Open, vec![refund(400, "succeeded", None)], None),
        (Open, vec![refund(1_000, "pending", None)], None),
        (RefundFailed, vec![own(1_000, "failed"), refund(1_000, "succeeded", None)], Some(Refunded)),
        (Rejected, vec![refund(1_000, "succeeded", None)], None),
        (Withdrawn, vec![refund(1_000, "succeeded", None)], None),
    ] {
        let next = request(status).with_refunds(&listed(&refunds), 1_000, Timestamp::MAX);
        assert_eq!(next.map(|next| next.status), expected, "{status:?} {refunds:?}");
    }
}

#[test]
fn a_refund_of_an_earlier_approval_counts_if_it_fails_after_the_last_one() {
    use RefundRequestStatus::{Approved, RefundFailed, Refunded};
    let (earlier, last) = (|status| refund(400, status, Some(1)), |status| refund(600, status, Some(2)));
    // Two payment intents: the refund of the second failed, or both did, and the request was approved again.
    for (earlier_failed, status, refunds, expected) in [
        (400, Approved, [earlier("failed"), last("pending")], None),
        (400, Approved, [earlier("failed"), last("succeeded")], Some(Refunded)),
        (0, Approved, [earlier("pending"), last("succeeded")], Some(Refunded)),
        (0, Approved, [earlier("failed"), last("pending")], Some(RefundFailed)),
        (0, Refunded, [earlier("failed"), last("succeeded")], Some(RefundFailed)),
        (400, Refunded, [earlier("failed"), last("succeeded")], None),
    ] {
        let approved = request(status);
        let approval =
            approved.approval.clone().map(|first| RefundApproval { number: 2, amount: 600, earlier_failed, ..first });
        let approved = RefundRequest { approval, ..approved };
        let next = approved.with_refunds(&listed(&refunds), 1_500, Timestamp::MAX);
        assert_eq!(next.map(|next| next.status), expected, "{earlier_failed} {status:?} {refunds:?}");
    }
}

#[test]
fn an_amount_is_taken_from_payment_intents_in_their_order() {
    let left = [("pi_1".to_owned(), 400), ("pi_2".to_owned(), 0), ("pi_3".to_owned(), 600)];
    let split = |amount| {
        split_refund(amount, &left)
            .map(|parts| parts.into_iter().map(|part| (part.payment_intent, part.amount)).collect::<Vec<_>>())
    };
    let part = |id: &str, amount| (id.to_owned(), amount);
    assert_eq!(split(None), Ok(vec![part("pi_1", 400), part("pi_3", 600)]));
    assert_eq!(split(Some(100)), Ok(vec![part("pi_1", 100)]));
    assert_eq!(split(Some(500)), Ok(vec![part("pi_1", 400), part("pi_3", 100)]));
    assert_eq!(split(Some(1_001)), Err(AmountTooLarge { left: 1_000 }));
    assert_eq!(split_refund(None, &[]), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn a_split_adds_up_and_takes_from_none_more_than_it_has(
        amount in prop::option::of(1..2_000i64),
        left in prop::collection::vec(0..1_000i64, 0..4),
    ) {
        let left: Vec<_> = left.into_iter().enumerate().map(|(index, left)| (format!("pi_{index}"), left)).collect();
        let total: i64 = left.iter().map(|(_, left)| left).sum();
        match split_refund(amount, &left) {
            Ok(parts) => {
                prop_assert_eq!(parts.iter().map(|part| part.amount).sum::<i64>(), amount.unwrap_or(total));
                for part in parts {
                    let (_, left) = left.iter().find(|(id, _)| *id == part.payment_intent).unwrap();
                    prop_assert!((1..=*left).contains(&part.amount));
                }
            }
            Err(error) => prop_assert!(error.left == total && amount.is_some_and(|amount| amount > total)),
        }
    }
}
