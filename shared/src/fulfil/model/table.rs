//! The table of a history, with its conditional writes.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::stripe_objects::CHARGED;
use crate::domain::{
    Currency, EventId, Fact, Money, PaymentId, PaymentKind, Referral, Referred, RefundRequest, RefundRequestAction,
    RefundRequestId, RefundRequestStatus, Transition,
};
use crate::fulfil::referral::hold_change;
use crate::store::{TableChange, Versioned};

/// The table, as far as this purchase is concerned.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) fact: Option<Versioned<Fact>>,
    pub(super) processed: BTreeSet<EventId>,
    pub(super) transitions: Vec<(u64, Transition)>,
    pub(super) requests: Vec<Versioned<RefundRequest>>,
    /// That the learner was referred by the purchase.
    pub(super) referred: Option<Referred>,
    /// The purchase in the referrer's ledger.
    pub(super) referral: Option<Referral>,
    /// The operator who holds the lock.
    lock: Option<usize>,
}

impl Table {
    pub(super) fn try_lock(&mut self, operator: usize) -> bool {
        *self.lock.get_or_insert(operator) == operator
    }

    pub(super) fn unlock(&mut self, operator: usize) {
        self.lock = self.lock.filter(|holder| *holder != operator);
    }

    pub(super) fn has_request_version(&self, request: &RefundRequest, expected: Option<u64>) -> bool {
        let stored = self.requests.iter().find(|stored| stored.value.id == request.id);
        stored.map(|stored| stored.version) == expected
    }

    /// A conditional write by the learner or an operator; `false` when somebody else was faster. The referral is written with it.
    pub(super) fn write_request(&mut self, request: RefundRequest, expected: Option<u64>) -> bool {
        let hold = hold_change(self.referred.as_ref(), &request);
        let is_written = self.put_request(request, expected);
        if let (true, Some(TableChange::HoldReferral { refund_requested, .. })) = (is_written, hold) {
            self.referral.as_mut().expect("it was paid").refund_requested = refund_requested;
        }
        is_written
    }

    /// A conditional write of a request alone; `false` when somebody else was faster.
    pub(super) fn put_request(&mut self, request: RefundRequest, expected: Option<u64>) -> bool {
        if !self.has_request_version(&request, expected) {
            return false;
        }
        let written = Versioned { version: expected.unwrap_or(0) + 1, value: request };
        match self.requests.iter_mut().find(|stored| stored.value.id == written.value.id) {
            Some(stored) => *stored = written,
            None => self.requests.push(written),
        }
        true
    }

    /// The learner or an operator changes the last request, if that is possible.
    pub(super) fn change_request(&mut self, action: RefundRequestAction) {
        let Some(last) = self.requests.last().cloned() else { return };
        if let Some(changed) = last.value.with_action(action, Timestamp::UNIX_EPOCH) {
            self.write_request(changed, Some(last.version));
        }
    }

    /// The learner asks for a refund, if the payment is there and no request of it is live.
    pub(super) fn ask_for_refund(&mut self) {
        let is_live = self.requests.last().is_some_and(|last| last.value.status.is_live());
        let is_paid =
            self.fact.as_ref().is_some_and(|fact| matches!(&fact.value, Fact::Purchase(paid) if paid.is_owned()));
        if is_paid && !is_live {
            let number = u32::try_from(self.requests.len()).unwrap() + 1;
            self.write_request(new_request(number), None);
        }
    }
}

/// The learner's request, the `number`th of the payment.
fn new_request(number: u32) -> RefundRequest {
    RefundRequest {
        id: RefundRequestId::from_bits(number.into()),
        payment: PaymentId::parse("pi_1").unwrap(),
        number,
        kind: PaymentKind::Purchase,
        subscription: None,
        products: Vec::new(),
        paid: Money::new(CHARGED, Currency::parse("usd").unwrap()),
        progress_percent: 0,
        reason: "It is not for me.".to_owned(),
        status: RefundRequestStatus::Open,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        approval: None,
        rejected_by: None,
        note: None,
    }
}
