//! The checkout desk: one open way to pay per learner and product (or family of plans), one customer per learner, so many tries a minute.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::commit::{failed_conditions, incomplete, pause};
use super::item::{self, key_of, number, string};
use super::keys::{self, EXPIRES_AT, PK, SK};
use super::rate::window;
use super::{Owner, Profile, Store, StoreError};
use crate::domain::{CustomerId, Payable, SessionId, UserId};

/// A slot is kept longer than Stripe keeps the idempotency keys made of its generation.
const SLOT_KEPT: SignedDuration = SignedDuration::from_hours(72);
const ATTEMPTS: u32 = 8;

/// The one open way to pay for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Counts the sessions of this slot; part of their idempotency keys.
    pub generation: u64,
    /// A hash of the session's parameters.
    pub fingerprint: String,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// Where it stands.
    #[serde(flatten)]
    pub state: SlotState,
}

/// Where a slot stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SlotState {
    /// Somebody is about to open a session.
    Claimed,
    /// A session is open.
    Open {
        /// Which.
        session: SessionId,
        /// Its hosted page.
        url: String,
        /// Until when it can be paid.
        open_until: Timestamp,
    },
    /// The session is over.
    Closed,
}

impl SlotState {
    /// Its word in the table.
    fn as_str(&self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Open { .. } => "open",
            Self::Closed => "closed",
        }
    }
}

/// What checkout reads before it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desk {
    /// The learner's profile.
    pub profile: Profile,
    /// The slot.
    pub slot: Option<Slot>,
}

/// What checkout writes before it opens a session.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Whose.
    pub user: &'a UserId,
    /// For what.
    pub payable: &'a Payable,
    /// The slot that was read.
    pub read: Option<&'a Slot>,
    /// A hash of the session's parameters.
    pub fingerprint: &'a str,
    /// The learner's customer, known or just created.
    pub customer: &'a CustomerId,
    /// The address that the customer has at Stripe, if the learner's is verified.
    pub email: Option<&'a str>,
    /// How many checkouts a learner may begin in a minute; `None` when this one is counted already.
    pub limit_per_minute: Option<u32>,
    /// Now.
    pub at: Timestamp,
}

/// How a claim ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// The slot is ours, with the next generation.
    Claimed,
    /// Too many tries this minute.
    RateLimited,
    /// Another request claimed it, or bound another customer: read again.
    Lost,
}

impl Store {
    /// The learner's profile and the slot, in one read.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn desk(&self, user: &UserId, payable: &Payable) -> Result<Desk, StoreError> {
        let (profile, slot) = (keys::profile(user), keys::checkout(user, payable));
        let wanted = KeysAndAttributes::builder().consistent_read(true).keys(key_of(&profile)).keys(key_of(&slot));
        let mut wanted = HashMap::from([(self.table.to_string(), wanted.build().map_err(incomplete)?)]);
        let mut desk = Desk::default();
        for attempt in 1..=ATTEMPTS {
            let answer = self.client.batch_get_item().set_request_items(Some(wanted)).send().await;
            let answer = answer.map_err(StoreError::from_sdk)?;
            for item in answer.responses.unwrap_or_default().remove(&*self.table).unwrap_or_default() {
                if item.get(SK) == Some(&string(&profile.sk)) {
                    desk.profile = item::read(item)?;
                } else {
                    desk.slot = Some(item::read(item)?);
                }
            }
            wanted = answer.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(desk);
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended)
    }

    /// Claims the slot, binds the customer and counts the try, together or not at all.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn claim_checkout(&self, claim: &Claim<'_>) -> Result<Claimed, StoreError> {
        let mut operations = vec![
            TransactWriteItem::builder().put(self.put_slot(claim)?).build(),
            TransactWriteItem::builder().update(self.bind_customer(claim)?).build(),
            TransactWriteItem::builder().put(self.own_customer(claim)?).build(),
        ];
        let guarded = operations.len();
        if let Some(limit) = claim.limit_per_minute {
            let count = self.count(&keys::checkout_rate(claim.user, window(claim.at)), limit, claim.at)?;
            operations.push(TransactWriteItem::builder().update(count).build());
        }
        for attempt in 1..=ATTEMPTS {
            let write = self.client.transact_write_items().set_transact_items(Some(operations.clone()));
            let Err(error) = write.send().await else { return Ok(Claimed::Claimed) };
            let Some(failed) = failed_conditions(&error) else { return Err(StoreError::from_sdk(error)) };
            match failed.as_slice() {
                [] => pause(attempt).await,
                [first, ..] if *first < guarded => return Ok(Claimed::Lost),
                _ => return Ok(Claimed::RateLimited),
            }
        }
        Err(StoreError::Contended)
    }

    /// Shows the open session in the slot, if it still has this generation. `false`: another request took the slot.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn open_checkout(&self, user: &UserId, payable: &Payable, slot: &Slot) -> Result<bool, StoreError> {
        let until = match &slot.state {
            SlotState::Open { open_until, .. } => *open_until,
            SlotState::Claimed | SlotState::Closed => slot.claimed_at,
        };
        let mut item = item::write(&keys::checkout(user, payable), slot)?;
        item.insert(EXPIRES_AT.to_owned(), number(expiry(until)));
        let put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("#generation = :generation AND #state <> :closed")
            .expression_attribute_names("#generation", "generation")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":generation", number(slot.generation))
            .expression_attribute_values(":closed", string("closed"));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(StoreError::from_sdk(error)),
        }
    }

    /// Gives a claim back, unless the slot shows a session already or has gone on.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn release_checkout(&self, user: &UserId, payable: &Payable, generation: u64) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_of(&keys::checkout(user, payable))))
            .update_expression("SET #state = :closed")
            .condition_expression("#generation = :generation AND #state = :claimed")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#generation", "generation")
            .expression_attribute_values(":closed", string("closed"))
            .expression_attribute_values(":claimed", string("claimed"))
            .expression_attribute_values(":generation", number(generation));
        match update.send().await {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::from_sdk(error))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn put_slot(&self, claim: &Claim<'_>) -> Result<Put, StoreError> {
        let slot = Slot {
            generation: claim.read.map_or(0, |slot| slot.generation).saturating_add(1),
            fingerprint: claim.fingerprint.to_owned(),
            claimed_at: claim.at,
            state: SlotState::Claimed,
        };
        let mut item = item::write(&keys::checkout(claim.user, claim.payable), &slot)?;
        item.insert(EXPIRES_AT.to_owned(), number(expiry(claim.at)));
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = match claim.read {
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            // The state, too: a session that was shown since then must not be overlooked.
            Some(read) => put
                .condition_expression("#generation = :generation AND #state = :state")
                .expression_attribute_names("#generation", "generation")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":generation", number(read.generation))
                .expression_attribute_values(":state", string(read.state.as_str())),
        };
        put.build().map_err(incomplete)
    }

    fn bind_customer(&self, claim: &Claim<'_>) -> Result<Update, StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_of(&keys::profile(claim.user))))
            .condition_expression("attribute_not_exists(#customer) OR #customer = :customer")
            .expression_attribute_names("#customer", "customer")
            .expression_attribute_values(":customer", string(claim.customer.as_str()));
        let update = match claim.email {
            None => update.update_expression("SET #customer = :customer"),
            Some(email) => update
                .update_expression("SET #customer = :customer, #email = :email")
                .expression_attribute_names("#email", "email")
                .expression_attribute_values(":email", string(email)),
        };
        update.build().map_err(incomplete)
    }

    fn own_customer(&self, claim: &Claim<'_>) -> Result<Put, StoreError> {
        let item = item::write(&keys::customer_owner(claim.customer), &Owner::of_customer(claim.user.clone()))?;
        Put::builder().table_name(&*self.table).set_item(Some(item)).build().map_err(incomplete)
    }
}

/// When a slot that was used then is forgotten, in seconds since 1970.
fn expiry(used: Timestamp) -> i64 {
    used.as_second().saturating_add(SLOT_KEPT.as_secs())
}
