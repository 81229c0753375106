//! Operators who approve refund requests, side by side: one read, one call to Stripe or one conditional write at a time. Stripe has
//! forgotten every idempotency key here, so that only the lock and the look at the payment's refunds prevent a second refund.

use jiff::Timestamp;

use super::stripe::StripeModel;
use super::table::Table;
use crate::domain::{
    ApprovalRef, RefundApproval, RefundRequest, RefundRequestAction, RefundRequestActor, RefundRequestStatus,
    split_refund,
};
use crate::store::Versioned;

/// Somebody who approves the last request, between two steps.
#[derive(Debug)]
pub(super) struct Operator {
    id: usize,
    amount: Option<i64>,
    state: OperatorState,
}

#[derive(Debug)]
enum OperatorState {
    Start,
    Plan { read: Versioned<RefundRequest> },
    Write { read: Versioned<RefundRequest>, approved: Box<RefundRequest> },
    Look { approved: Versioned<RefundRequest> },
    Refund { approved: Versioned<RefundRequest> },
    Refused { approved: Versioned<RefundRequest> },
    Done,
}

impl Operator {
    pub(super) fn new(id: usize, amount: Option<i64>) -> Self {
        Self { id, amount, state: OperatorState::Start }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, OperatorState::Done)
    }

    /// The process is gone, and its lock has expired.
    pub(super) fn crash(self, table: &mut Table) {
        table.unlock(self.id);
    }

    pub(super) fn step(&mut self, stripe: &mut StripeModel, table: &mut Table) {
        self.state = match std::mem::replace(&mut self.state, OperatorState::Done) {
            OperatorState::Start if !table.try_lock(self.id) => OperatorState::Start,
            OperatorState::Start => self.after_read(table),
            OperatorState::Plan { read } => self.plan(read, stripe),
            OperatorState::Write { read, approved } => {
                let version = read.version + 1;
                let is_written = table.write_request((*approved).clone(), Some(read.version));
                let approved = Versioned { value: *approved, version };
                if is_written { OperatorState::Look { approved } } else { self.after_read(table) }
            }
            OperatorState::Look { approved } if stripe.has_refund_of(&approval_ref(&approved)) => OperatorState::Done,
            OperatorState::Look { approved } => OperatorState::Refund { approved },
            OperatorState::Refund { approved } => {
                let amount = approved.value.approval.as_ref().map_or(0, |approval| approval.amount);
                let is_refunded = stripe.create_refund(amount, approval_ref(&approved));
                if is_refunded { OperatorState::Done } else { OperatorState::Refused { approved } }
            }
            OperatorState::Refused { approved } => {
                let failed = approved.value.with_action(RefundRequestAction::RefundFailed, Timestamp::UNIX_EPOCH);
                if let Some(failed) = failed {
                    table.write_request(failed, Some(approved.version));
                }
                OperatorState::Done
            }
            OperatorState::Done => OperatorState::Done,
        };
        if self.is_done() {
            table.unlock(self.id);
        }
    }

    fn after_read(&self, table: &Table) -> OperatorState {
        let Some(read) = table.requests.last().cloned() else { return OperatorState::Done };
        match (read.value.status, read.value.status.after(RefundRequestAction::Approve)) {
            (_, None) | (RefundRequestStatus::Refunded, _) => OperatorState::Done,
            (RefundRequestStatus::Approved, _) => OperatorState::Look { approved: read },
            (_, Some(_)) => OperatorState::Plan { read },
        }
    }

    fn plan(&self, read: Versioned<RefundRequest>, stripe: &StripeModel) -> OperatorState {
        let left = [("pi_1".to_owned(), stripe.left_to_refund())];
        let parts = match split_refund(self.amount, &left) {
            Ok(parts) if !parts.is_empty() && !stripe.is_disputed() => parts,
            _ => return OperatorState::Done,
        };
        let approval = RefundApproval {
            number: read.value.approval.as_ref().map_or(0, |earlier| earlier.number) + 1,
            amount: parts.iter().map(|part| part.amount).sum(),
            parts,
            earlier_failed: stripe.failed_refunds_of(&read.value.id),
            cancels: None,
            by: RefundRequestActor::Policy,
            at: Timestamp::UNIX_EPOCH,
        };
        let approved = read.value.with_action(RefundRequestAction::Approve, Timestamp::UNIX_EPOCH);
        let Some(approved) = approved else { return OperatorState::Done };
        OperatorState::Write { read, approved: Box::new(RefundRequest { approval: Some(approval), ..approved }) }
    }
}

fn approval_ref(approved: &Versioned<RefundRequest>) -> ApprovalRef {
    approved.value.approval_ref().expect("it is approved")
}
