//! What Stripe's refunds mean for the refund requests of their payment. They change in the transaction of the fact.

use jiff::Timestamp;

use crate::domain::{
    Purchase, RefundRequest, RefundRequestActor, RefundRequestStatus, Subscription, Transition, UserId,
};
use crate::store::{TableChange, Versioned};

/// The changes of a purchase's requests that follow from its refunds.
pub(super) fn purchase_request_changes(
    user: &UserId,
    requests: &[Versioned<RefundRequest>],
    purchase: &Purchase,
    now: Timestamp,
) -> Vec<TableChange> {
    let of_payment = requests.iter().filter(|request| request.value.payment.as_str() == purchase.id.as_str());
    let changed = of_payment.filter_map(|read| {
        let request = read.value.with_refunds(&purchase.refunds, purchase.charged.amount, now)?;
        Some(request_change(user, read, request, RefundRequestActor::Stripe))
    });
    changed.collect()
}

/// The same, of the requests for a subscription's invoices.
pub(super) fn invoice_request_changes(
    user: &UserId,
    requests: &[Versioned<RefundRequest>],
    subscription: &Subscription,
    now: Timestamp,
) -> Vec<TableChange> {
    let changed = requests.iter().filter_map(|read| {
        let mut invoices = subscription.refunds.iter();
        let (_, refunds) = invoices.find(|(id, _)| id.as_str() == read.value.payment.as_str())?;
        let request = read.value.with_refunds(&refunds.refunds, refunds.paid, now)?;
        Some(request_change(user, read, request, RefundRequestActor::Stripe))
    });
    changed.collect()
}

/// The change of a request that was read.
pub(super) fn request_change(
    user: &UserId,
    read: &Versioned<RefundRequest>,
    request: RefundRequest,
    by: RefundRequestActor,
) -> TableChange {
    let transitions = vec![status_changed(Some(read.value.status), &request, by)];
    let expected_version = Some(read.version);
    TableChange::RefundRequest { user: user.clone(), request: Box::new(request), expected_version, transitions }
}

/// The audit entry of a request.
pub(super) fn status_changed(
    from: Option<RefundRequestStatus>,
    request: &RefundRequest,
    by: RefundRequestActor,
) -> Transition {
    let approved = request.approval.as_ref().filter(|_| request.status == RefundRequestStatus::Approved);
    let amount = approved.map(|approval| approval.amount);
    Transition::RefundRequestStatusChanged { request: request.id.clone(), from, to: request.status, by, amount }
}
