//! Checkout slots: at most one open checkout per learner and scope, one Stripe customer per learner, and a rate
//! limit.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::connection::Store;
use super::credit_use::{CreditReservation, RESERVED_VERSION};
use super::error::StoreError;
use super::item::{self, key_attributes, number_attribute, string_attribute};
use super::keys::{self, EXPIRES_AT, OPERATOR_LIST, OPERATOR_SORT, PK, SK};
use super::owner::Owner;
use super::profile::Profile;
use super::rate::window_start;
use super::referral::open_referral_item;
use super::transaction::{build_error, failed_conditions, wait_before_retry};
use super::versioned::Versioned;
use crate::domain::{
    CheckoutId, CheckoutScope, CreditUse, CustomerId, Money, PaymentId, PaymentIntentId, Referral, SessionId, UserId,
};

/// A slot is kept longer than Stripe keeps the idempotency keys made of its generation.
const SLOT_RETENTION: SignedDuration = SignedDuration::from_hours(72);
const MAX_ATTEMPTS: u32 = 8;

/// The one open checkout of a learner for a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutSlot {
    /// Counts the sessions and payment intents of this slot; part of their idempotency keys.
    pub generation: u64,
    /// A hash of the parameters of its session or payment intent.
    pub fingerprint: String,
    /// When it was reserved.
    #[serde(rename = "claimed_at")]
    pub reserved_at: Timestamp,
    /// The credit that was reserved with it, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<CreditUse>,
    /// Who recommended it, if a referral code counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<SlotReferral>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: CheckoutSlotState,
}

/// Who recommended what a checkout sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotReferral {
    /// Whose code it was.
    pub referrer: UserId,
    /// What would be charged, without discounts.
    pub price: Money,
}

/// Where a slot stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CheckoutSlotState {
    /// A request is about to create a session or a payment intent.
    #[serde(rename = "claimed")]
    Reserved,
    /// A session is open.
    Open {
        /// Which.
        session: SessionId,
        /// Its hosted page.
        url: String,
        /// Until when it can be paid.
        open_until: Timestamp,
    },
    /// A payment intent can be paid. At Stripe it never expires.
    OpenPaymentIntent {
        /// Which.
        payment_intent: PaymentIntentId,
        /// When `reconcile` cancels it.
        open_until: Timestamp,
    },
    /// The session or payment intent is over.
    Closed,
}

impl CheckoutSlotState {
    /// The session or payment intent, if there is one.
    fn checkout(&self) -> Option<CheckoutId> {
        match self {
            Self::Open { session, .. } => Some(CheckoutId::Session(session.clone())),
            Self::OpenPaymentIntent { payment_intent, .. } => Some(CheckoutId::PaymentIntent(payment_intent.clone())),
            Self::Reserved | Self::Closed => None,
        }
    }

    /// Its word in the table.
    fn as_str(&self) -> &'static str {
        match self {
            Self::Reserved => "claimed",
            Self::Open { .. } => "open",
            Self::OpenPaymentIntent { .. } => "open_payment_intent",
            Self::Closed => "closed",
        }
    }
}

/// What checkout reads before it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckoutState {
    /// The learner's profile.
    pub profile: Profile,
    /// The slot.
    pub slot: Option<CheckoutSlot>,
}

/// What checkout writes before it opens a session or a payment intent.
#[derive(Debug, Clone, Copy)]
pub struct SlotReservation<'a> {
    /// Whose.
    pub user: &'a UserId,
    /// For what.
    pub scope: &'a CheckoutScope,
    /// The slot that was read.
    pub expected_slot: Option<&'a CheckoutSlot>,
    /// A hash of the parameters of the session or payment intent.
    pub fingerprint: &'a str,
    /// Who recommended it, if a referral code counts.
    pub referral: Option<&'a SlotReferral>,
    /// The learner's customer, known or just created.
    pub customer: &'a CustomerId,
    /// The address that the customer has at Stripe, if the learner's is verified.
    pub email: Option<&'a str>,
    /// The credit that lowers it, if any.
    pub credit: Option<&'a CreditReservation>,
    /// The reserved credit of the checkout before it, which can never be paid any more: it is released.
    pub released: Option<&'a Versioned<CreditUse>>,
    /// How many checkouts a learner may begin in a minute; `None` when this one is counted already.
    pub limit_per_minute: Option<u32>,
    /// Now.
    pub at: Timestamp,
}

/// How reserving a slot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReserveOutcome {
    /// The slot is ours, with the next generation.
    Reserved,
    /// Too many tries this minute.
    RateLimited,
    /// Another request reserved it or credit, or bound another customer: read again.
    Conflict,
}

impl Store {
    /// The learner's profile and the slot, in one read.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn checkout_state(&self, user: &UserId, scope: &CheckoutScope) -> Result<CheckoutState, StoreError> {
        let (profile, slot) = (keys::profile(user), keys::checkout(user, scope));
        let wanted = KeysAndAttributes::builder()
            .consistent_read(true)
            .keys(key_attributes(&profile))
            .keys(key_attributes(&slot));
        let mut wanted = HashMap::from([(self.table.to_string(), wanted.build().map_err(build_error)?)]);
        let mut checkout_state = CheckoutState::default();
        for attempt in 1..=MAX_ATTEMPTS {
            let answer = self.client.batch_get_item().set_request_items(Some(wanted)).send().await;
            let answer = answer.map_err(StoreError::from_sdk)?;
            for item in answer.responses.unwrap_or_default().remove(&*self.table).unwrap_or_default() {
                if item.get(SK) == Some(&string_attribute(&profile.sk)) {
                    checkout_state.profile = item::from_item(item)?;
                } else {
                    checkout_state.slot = Some(item::from_item(item)?);
                }
            }
            wanted = answer.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(checkout_state);
            }
            wait_before_retry(attempt).await;
        }
        Err(StoreError::Contended)
    }

    /// Reserves the slot and its credit, binds the customer and counts the try, together or not at all.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn reserve_slot(&self, reservation: &SlotReservation<'_>) -> Result<ReserveOutcome, StoreError> {
        let mut operations = vec![
            TransactWriteItem::builder().put(self.put_slot(reservation)?).build(),
            TransactWriteItem::builder().update(self.bind_customer(reservation)?).build(),
            TransactWriteItem::builder().put(self.put_customer_owner(reservation)?).build(),
        ];
        if let Some(credit) = reservation.credit {
            operations.extend(self.reserve_credit(reservation.user, credit)?);
        }
        let released = reservation.released.and_then(|read| Some((read, read.value.released()?)));
        let released = released.map(|(read, next)| self.put_credit_use(reservation.user, read, &next, reservation.at));
        let (released, audit) = released.transpose()?.unzip();
        operations.extend(released);
        let conditional_count = operations.len();
        if let Some(limit) = reservation.limit_per_minute {
            let count = self.increment_update(
                &keys::checkout_rate(reservation.user, window_start(reservation.at)),
                limit,
                reservation.at,
            )?;
            operations.push(TransactWriteItem::builder().update(count).build());
        }
        operations.extend(audit.flatten());
        // The checkout before this one is over; it may have had another code.
        if let Some(SlotReferral { referrer, .. }) = reservation.expected_slot.and_then(|slot| slot.referral.as_ref()) {
            let key = keys::open_referral(referrer, reservation.user, reservation.scope);
            let end = self.open_referral_update(&key, reservation.at)?;
            operations.push(TransactWriteItem::builder().update(end).build());
        }
        for attempt in 1..=MAX_ATTEMPTS {
            let write = self.client.transact_write_items().set_transact_items(Some(operations.clone()));
            let Err(error) = write.send().await else { return Ok(ReserveOutcome::Reserved) };
            let Some(failed) = failed_conditions(&error) else { return Err(StoreError::from_sdk(error)) };
            match failed.as_slice() {
                [] => wait_before_retry(attempt).await,
                [first, ..] if *first < conditional_count => return Ok(ReserveOutcome::Conflict),
                _ => return Ok(ReserveOutcome::RateLimited),
            }
        }
        Err(StoreError::Contended)
    }

    /// Stores the open session or payment intent in the slot if the slot still has this generation, with its credit if that is still
    /// reserved, and the pending referral in the ledger of the referrer. Returns `false` when another request has reserved or closed the
    /// slot, or the credit was released.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn store_open_checkout(
        &self,
        user: &UserId,
        scope: &CheckoutScope,
        slot: &CheckoutSlot,
    ) -> Result<bool, StoreError> {
        let until = match &slot.state {
            CheckoutSlotState::Open { open_until, .. } | CheckoutSlotState::OpenPaymentIntent { open_until, .. } => {
                *open_until
            }
            CheckoutSlotState::Reserved | CheckoutSlotState::Closed => slot.reserved_at,
        };
        let mut item = item::to_item(&keys::checkout(user, scope), slot)?;
        item.insert(EXPIRES_AT.to_owned(), number_attribute(slot_expires_at(until)));
        if let CheckoutSlotState::OpenPaymentIntent { payment_intent, open_until } = &slot.state {
            let sort = keys::open_payment_intent_sort(*open_until, payment_intent);
            item.insert(OPERATOR_LIST.to_owned(), string_attribute(keys::OPEN_PAYMENT_INTENTS));
            item.insert(OPERATOR_SORT.to_owned(), string_attribute(sort));
        }
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("#generation = :generation AND #state <> :closed")
            .expression_attribute_names("#generation", "generation")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":generation", number_attribute(slot.generation))
            .expression_attribute_values(":closed", string_attribute(CheckoutSlotState::Closed.as_str()));
        let put = TransactWriteItem::builder().put(put.build().map_err(build_error)?).build();
        let bind = match (&slot.credit, slot.state.checkout()) {
            (Some(credit), Some(checkout)) => Some(self.bind_credit(user, &credit.id, &checkout)?),
            _ => None,
        };
        let referral = self.put_open_referral(user, scope, slot, until)?;
        let referral = referral.map(|put| TransactWriteItem::builder().put(put).build());
        self.transact(std::iter::once(put).chain(bind).chain(referral).collect()).await
    }

    /// The referral of an open checkout; `None` when nobody recommended it.
    fn put_open_referral(
        &self,
        user: &UserId,
        scope: &CheckoutScope,
        slot: &CheckoutSlot,
        open_until: Timestamp,
    ) -> Result<Option<Put>, StoreError> {
        let id = match &slot.state {
            CheckoutSlotState::Open { session, .. } => session.as_str(),
            CheckoutSlotState::OpenPaymentIntent { payment_intent, .. } => payment_intent.as_str(),
            CheckoutSlotState::Reserved | CheckoutSlotState::Closed => return Ok(None),
        };
        let (Some(referral), Ok(payment)) = (&slot.referral, PaymentId::parse(id)) else { return Ok(None) };
        let pending = Referral::pending(payment, referral.price, slot.reserved_at);
        let item = open_referral_item(&keys::open_referral(&referral.referrer, user, scope), &pending, open_until)?;
        Put::builder().table_name(&*self.table).set_item(Some(item)).build().map(Some).map_err(build_error)
    }

    /// Releases a reservation and its credit, unless the slot has an open checkout or a newer generation.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn release_slot(
        &self,
        user: &UserId,
        scope: &CheckoutScope,
        slot: &CheckoutSlot,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::checkout(user, scope))))
            .update_expression("SET #state = :closed")
            .condition_expression("#generation = :generation AND #state = :reserved")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#generation", "generation")
            .expression_attribute_values(":closed", string_attribute(CheckoutSlotState::Closed.as_str()))
            .expression_attribute_values(":reserved", string_attribute(CheckoutSlotState::Reserved.as_str()))
            .expression_attribute_values(":generation", number_attribute(slot.generation));
        let close = TransactWriteItem::builder().update(update.build().map_err(build_error)?).build();
        let mut operations = vec![close];
        if let Some(credit_use) = &slot.credit
            && let Some(released) = credit_use.released()
        {
            let read = Versioned { value: credit_use.clone(), version: RESERVED_VERSION };
            let (put, audit) = self.put_credit_use(user, &read, &released, at)?;
            operations.extend(std::iter::once(put).chain(audit));
        }
        self.transact(operations).await.map(drop)
    }

    fn put_slot(&self, reservation: &SlotReservation<'_>) -> Result<Put, StoreError> {
        let slot = CheckoutSlot {
            generation: reservation.expected_slot.map_or(0, |slot| slot.generation).saturating_add(1),
            fingerprint: reservation.fingerprint.to_owned(),
            reserved_at: reservation.at,
            credit: reservation.credit.map(|credit| credit.credit_use.clone()),
            referral: reservation.referral.cloned(),
            state: CheckoutSlotState::Reserved,
        };
        let mut item = item::to_item(&keys::checkout(reservation.user, reservation.scope), &slot)?;
        item.insert(EXPIRES_AT.to_owned(), number_attribute(slot_expires_at(reservation.at)));
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = match reservation.expected_slot {
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            // The state, too: a session that was stored since then must not be overwritten.
            Some(read) => put
                .condition_expression("#generation = :generation AND #state = :state")
                .expression_attribute_names("#generation", "generation")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":generation", number_attribute(read.generation))
                .expression_attribute_values(":state", string_attribute(read.state.as_str())),
        };
        put.build().map_err(build_error)
    }

    fn bind_customer(&self, reservation: &SlotReservation<'_>) -> Result<Update, StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::profile(reservation.user))))
            .condition_expression("attribute_not_exists(#customer) OR #customer = :customer")
            .expression_attribute_names("#customer", "customer")
            .expression_attribute_values(":customer", string_attribute(reservation.customer.as_str()));
        let update = match reservation.email {
            None => update.update_expression("SET #customer = :customer"),
            Some(email) => update
                .update_expression("SET #customer = :customer, #email = :email")
                .expression_attribute_names("#email", "email")
                .expression_attribute_values(":email", string_attribute(email)),
        };
        update.build().map_err(build_error)
    }

    fn put_customer_owner(&self, reservation: &SlotReservation<'_>) -> Result<Put, StoreError> {
        let item =
            item::to_item(&keys::customer_owner(reservation.customer), &Owner::of_customer(reservation.user.clone()))?;
        Put::builder().table_name(&*self.table).set_item(Some(item)).build().map_err(build_error)
    }
}

/// When a slot that was used at `used` expires, in seconds since 1970.
pub(super) fn slot_expires_at(used: Timestamp) -> i64 {
    used.as_second().saturating_add(SLOT_RETENTION.as_secs())
}
