//! A learner's payments with the catalog and the policy: all that an answer about them needs, by one Query.

use std::sync::Arc;

use jiff::Timestamp;
use shared::domain::{Catalog, LearnerPayment, RefundPolicy, UserId};
use shared::http::{PaymentsView, Problem};
use shared::store::LearnerPayments;

use crate::state::State;

/// What was read of a learner.
#[derive(Debug)]
pub(crate) struct LoadedPayments {
    pub(crate) read: LearnerPayments,
    pub(crate) catalog: Arc<Catalog>,
    policy: RefundPolicy,
    pub(crate) now: Timestamp,
}

impl LoadedPayments {
    pub(crate) async fn load(state: &State, user: &UserId) -> Result<Self, Problem> {
        let store = &state.fulfil.store;
        let (catalog, read) = tokio::try_join!(store.catalog(), store.learner_payments(user))?;
        Ok(Self { read, catalog, policy: state.refund_policy, now: store.now() })
    }

    pub(crate) fn view(&self) -> PaymentsView<'_> {
        PaymentsView { read: &self.read, catalog: &self.catalog, policy: &self.policy, now: self.now }
    }

    /// The payment with this id. One of another learner is answered as one that does not exist.
    pub(crate) fn payment(&self, id: &str) -> Result<LearnerPayment, Problem> {
        let found = self.read.payments().into_iter().find(|payment| payment.id.as_str() == id);
        found.ok_or_else(|| Problem::not_found("There is no such payment."))
    }
}
