//! All that the list of a learner's payments is made of, by one Query. [`keys`] says why.

use aws_sdk_dynamodb::types::AttributeValue;

use super::connection::Store;
use super::error::StoreError;
use super::facts::parse_fact;
use super::item;
use super::keys::{
    ACCESS_PREFIX, INVOICE_PREFIX, PAYMENTS_RANGE_END, PROFILE, PROGRESS_PREFIX, REFUND_REQUEST_PREFIX, SK,
};
use super::profile::Profile;
use super::versioned::Versioned;
use crate::domain::{Fact, Invoice, LearnerPayment, Progress, RefundRequest, UserId};

/// A learner's payments, and what says whether they may be refunded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LearnerPayments {
    /// All access facts.
    pub facts: Vec<Fact>,
    /// All invoices, the oldest first.
    pub invoices: Vec<Invoice>,
    /// All refund requests, payment by payment.
    pub refund_requests: Vec<RefundRequest>,
    /// Progress in every course.
    pub progress: Vec<Progress>,
    /// What we keep about the learner.
    pub profile: Profile,
}

impl LearnerPayments {
    /// The payments, the newest first.
    pub fn payments(&self) -> Vec<LearnerPayment> {
        let subscription = |invoice: &Invoice| {
            self.facts.iter().filter_map(Fact::subscription).find(|one| one.id == invoice.subscription)
        };
        let purchases = self.facts.iter().filter_map(|fact| match fact {
            Fact::Purchase(purchase) => Some(LearnerPayment::from_purchase(purchase)),
            _ => None,
        });
        let invoices =
            self.invoices.iter().filter_map(|invoice| LearnerPayment::from_invoice(invoice, subscription(invoice)));
        let mut payments: Vec<_> = purchases.chain(invoices).collect();
        payments.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
        payments
    }
}

impl Store {
    /// All of a learner's payments with their refund requests, and the learner's progress: one Query, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn learner_payments(&self, user: &UserId) -> Result<LearnerPayments, StoreError> {
        let mut read = LearnerPayments::default();
        for item in item::query_all_pages(self.query_facts_until(user, PAYMENTS_RANGE_END)).await? {
            let Some(AttributeValue::S(sort)) = item.get(SK) else { continue };
            let begins = |prefix| sort.starts_with(prefix);
            if begins(ACCESS_PREFIX) {
                read.facts.extend(parse_fact(item)?.map(|Versioned { value, .. }| value));
            } else if begins(INVOICE_PREFIX) {
                read.invoices.push(item::from_item(item)?);
            } else if begins(REFUND_REQUEST_PREFIX) {
                read.refund_requests.push(item::from_item(item)?);
            } else if begins(PROGRESS_PREFIX) {
                read.progress.push(item::from_item(item)?);
            } else if sort == PROFILE {
                read.profile = item::from_item(item)?;
            }
        }
        Ok(read)
    }
}
