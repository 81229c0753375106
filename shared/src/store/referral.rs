//! Referrals: the ledger of a learner, referral codes, and the writes that belong to the transaction of a purchase.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, Item, key_attributes, number_attribute, string_attribute};
use super::keys::{
    self, CREDIT_USE_PREFIX, EXPIRES_AT, Key, OPEN_REFERRAL_PREFIX, PK, REFERRAL_CODE, REFERRAL_LEDGER_PREFIX,
    REFERRAL_PREFIX, REFERRAL_VERSION, SK,
};
use super::transaction::build_error;
use super::versioned::Versioned;
use crate::domain::{
    CreditUse, CreditUseId, Mailbox, PaymentId, Referral, ReferralCode, ReferralLedger, Referred, UserId,
};

/// Whether a refund was asked for is written by two transactions, those of the payment and those of the request, so it is an
/// attribute of its own.
const REFUND_REQUESTED: &str = "refund_requested";
/// Until when the checkout or the trial of an open referral lasts.
const OPEN_UNTIL: &str = "open_until";

/// All that a learner's credit is computed from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferralRows {
    /// The learner's own code; `None` until it is asked for.
    pub code: Option<ReferralCode>,
    /// All referrals whose payment is known.
    pub referrals: Vec<Referral>,
    /// Those whose buyer's checkout is open or trial runs now.
    pub open: Vec<Referral>,
    /// All uses of credit.
    pub uses: Vec<Versioned<CreditUse>>,
    /// How many times credit was reserved.
    pub version: u64,
}

impl ReferralRows {
    /// The ledger.
    pub fn ledger(&self) -> ReferralLedger {
        self.ledger_of(|_| true)
    }

    /// The ledger as if this use were released.
    pub fn ledger_without(&self, released: &CreditUseId) -> ReferralLedger {
        self.ledger_of(|credit_use| credit_use.id != *released)
    }

    fn ledger_of(&self, counts: impl Fn(&CreditUse) -> bool) -> ReferralLedger {
        let uses = self.uses.iter().map(|one| &one.value).filter(|one| counts(one));
        let referrals = self.referrals.iter().chain(&self.open);
        ReferralLedger::new(referrals.cloned().collect(), uses.cloned().collect())
    }
}

/// Whose a referral code is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralCodeOwner {
    /// The learner.
    pub user: UserId,
    /// A hash of the learner's mailbox when the code was made: the row has no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mailbox: Option<String>,
}

impl ReferralCodeOwner {
    /// A learner, known by an e-mail address or not.
    pub fn new(user: UserId, email: Option<&str>) -> Self {
        Self { user, mailbox: email.and_then(hash_of_mailbox) }
    }

    /// Whether it is a learner with this e-mail address, by this or another spelling.
    pub fn has_email(&self, email: &str) -> bool {
        self.mailbox.is_some() && self.mailbox == hash_of_mailbox(email)
    }
}

fn hash_of_mailbox(email: &str) -> Option<String> {
    Mailbox::of(email).map(|mailbox| hex::encode(Sha256::digest(mailbox.as_str().as_bytes())))
}

/// How making a code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateCodeOutcome {
    /// The code is the learner's.
    Created,
    /// It is somebody's already, or the learner has got another one meanwhile.
    Taken,
}

#[derive(Serialize, Deserialize)]
struct OwnCode {
    code: ReferralCode,
}

#[derive(Deserialize)]
struct LedgerVersion {
    version: u64,
}

impl Store {
    /// A learner's code, referrals and uses of credit: one strongly consistent Query.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn referral_rows(&self, user: &UserId) -> Result<ReferralRows, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :ledger)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", string_attribute(keys::user_partition(user)))
            .expression_attribute_values(":ledger", string_attribute(REFERRAL_LEDGER_PREFIX));
        let mut rows = ReferralRows::default();
        for item in item::query_all_pages(query).await? {
            match item.get(SK) {
                Some(AttributeValue::S(sort)) if sort == REFERRAL_CODE => {
                    rows.code = Some(item::from_item::<OwnCode>(item)?.code);
                }
                Some(AttributeValue::S(sort)) if sort.starts_with(REFERRAL_PREFIX) => {
                    rows.referrals.push(item::from_item(item)?);
                }
                Some(AttributeValue::S(sort)) if sort.starts_with(CREDIT_USE_PREFIX) => {
                    rows.uses.push(item::from_versioned_item(item)?);
                }
                Some(AttributeValue::S(sort)) if sort == REFERRAL_VERSION => {
                    rows.version = item::from_item::<LedgerVersion>(item)?.version;
                }
                Some(AttributeValue::S(sort)) if sort.starts_with(OPEN_REFERRAL_PREFIX) => {
                    rows.open.extend(read_open_referral(item, self.now())?);
                }
                _ => {}
            }
        }
        Ok(rows)
    }

    /// By which payment a learner was referred.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn referred(&self, user: &UserId) -> Result<Option<Referred>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer = get.set_key(Some(key_attributes(&keys::referred(user)))).send().await;
        answer.map_err(StoreError::from_sdk)?.item.map(item::from_item).transpose()
    }

    /// Whose a referral code is.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn referral_code_owner(&self, code: &ReferralCode) -> Result<Option<ReferralCodeOwner>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer = get.set_key(Some(key_attributes(&keys::referral_code_owner(code)))).send().await;
        answer.map_err(StoreError::from_sdk)?.item.map(item::from_item).transpose()
    }

    /// Makes a code a learner's, unless it is taken or the learner has one.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn create_referral_code(
        &self,
        code: &ReferralCode,
        owner: &ReferralCodeOwner,
    ) -> Result<CreateCodeOutcome, StoreError> {
        let own = OwnCode { code: code.clone() };
        let rows = [
            item::to_item(&keys::referral_code_owner(code), owner)?,
            item::to_item(&keys::own_referral_code(&owner.user), &own)?,
        ];
        let puts = rows.into_iter().map(|item| self.put_versioned(item, None)).collect::<Result<Vec<_>, _>>()?;
        Ok(if self.transact(puts).await? { CreateCodeOutcome::Created } else { CreateCodeOutcome::Taken })
    }

    /// Every attribute of a referral; whether a refund was asked for only if that is known.
    pub(super) fn referral_update(
        &self,
        referrer: &UserId,
        referral: &Referral,
        refund_requested: Option<bool>,
    ) -> Result<Update, StoreError> {
        let mut attributes: Item = serde_dynamo::to_item(referral)?;
        attributes.remove(REFUND_REQUESTED);
        attributes.extend(refund_requested.map(|asked| (REFUND_REQUESTED.to_owned(), AttributeValue::Bool(asked))));
        let mut update = self.update_of(referrer, &referral.payment);
        let mut assignments = Vec::with_capacity(attributes.len());
        for (name, value) in attributes {
            assignments.push(format!("#{name} = :{name}"));
            update = update
                .expression_attribute_names(format!("#{name}"), &name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        update.update_expression(format!("SET {}", assignments.join(", "))).build().map_err(build_error)
    }

    /// A referral is open until then. One that is not there stays so: what is written is passed over by readers.
    pub(super) fn open_referral_update(&self, key: &Key, until: Timestamp) -> Result<Update, StoreError> {
        let update = Update::builder().table_name(&*self.table).set_key(Some(key_attributes(key)));
        update
            .update_expression("SET #until = :until, #expires = :expires")
            .expression_attribute_names("#until", OPEN_UNTIL)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":until", string_attribute(until.to_string()))
            .expression_attribute_values(":expires", number_attribute(until.as_second()))
            .build()
            .map_err(build_error)
    }

    /// Whether a refund was asked for, of a referral that is there.
    pub(super) fn referral_hold_update(
        &self,
        referrer: &UserId,
        payment: &PaymentId,
        refund_requested: bool,
    ) -> Result<Update, StoreError> {
        let update = self.update_of(referrer, payment).update_expression("SET #asked = :asked");
        update
            .expression_attribute_names("#asked", REFUND_REQUESTED)
            .expression_attribute_values(":asked", AttributeValue::Bool(refund_requested))
            .build()
            .map_err(build_error)
    }

    fn update_of(&self, referrer: &UserId, payment: &PaymentId) -> UpdateBuilder {
        let key = key_attributes(&keys::referral(referrer, payment));
        Update::builder().table_name(&*self.table).set_key(Some(key))
    }
}

/// The row of a referral whose buyer's checkout is open.
pub(super) fn open_referral_item(key: &Key, referral: &Referral, open_until: Timestamp) -> Result<Item, StoreError> {
    let mut item = item::to_item(key, referral)?;
    item.insert(OPEN_UNTIL.to_owned(), string_attribute(open_until.to_string()));
    item.insert(EXPIRES_AT.to_owned(), number_attribute(open_until.as_second()));
    Ok(item)
}

/// `None` when its time is over: DynamoDB deletes late. A row whose checkout was not written with it has no price, and is none.
fn read_open_referral(item: Item, now: Timestamp) -> Result<Option<Referral>, StoreError> {
    let open_until: Option<Timestamp> = match item.get(OPEN_UNTIL) {
        Some(AttributeValue::S(until)) => until.parse().ok(),
        _ => None,
    };
    if open_until.is_none_or(|until| until <= now) || !item.contains_key("charged") {
        return Ok(None);
    }
    item::from_item(item).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_code_is_known_by_every_spelling_of_the_address_and_holds_none_of_them() {
        let owner = ReferralCodeOwner::new(UserId::parse("u").unwrap(), Some("A.da+shop@gmail.com"));
        assert!(owner.has_email("ada@googlemail.com") && !owner.has_email("eve@gmail.com"));
        assert!(!serde_json::to_string(&owner).unwrap().contains("ada"));
        let unknown = ReferralCodeOwner::new(UserId::parse("u").unwrap(), None);
        assert!(!unknown.has_email("ada@gmail.com") && !unknown.has_email("no address"));
    }
}
