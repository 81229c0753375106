//! Refunds, disputes and times, as facts hold them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use stripe_shared::Dispute;

use super::error::ProjectionError;
use crate::domain::{DisputeId, DisputeStatus, Refund, RefundId, RefundStatus};
use crate::stripe::metadata::approval_from_metadata;

pub(super) fn refunds(refunds: &[stripe_shared::Refund]) -> Result<BTreeMap<RefundId, Refund>, ProjectionError> {
    let read = |refund: &stripe_shared::Refund| {
        let status = RefundStatus::from(refund.status.as_deref().unwrap_or("pending"));
        let created = Some(parse_timestamp(refund.created)?);
        let approval = refund.metadata.as_ref().and_then(approval_from_metadata);
        Ok((RefundId::parse(refund.id.as_str())?, Refund { amount: refund.amount, status, created, approval }))
    };
    refunds.iter().map(read).collect()
}

pub(super) fn disputes(disputes: &[Dispute]) -> Result<BTreeMap<DisputeId, DisputeStatus>, ProjectionError> {
    let read =
        |dispute: &Dispute| Ok((DisputeId::parse(dispute.id.as_str())?, DisputeStatus::from(dispute.status.as_str())));
    disputes.iter().map(read).collect()
}

pub(super) fn parse_timestamp(seconds: i64) -> Result<Timestamp, ProjectionError> {
    Timestamp::from_second(seconds).map_err(|_| ProjectionError::TimeOutOfRange)
}
