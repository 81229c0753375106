//! The learner's credit in a checkout: how much of it lowers the price, and what the response says about it.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::domain::{
    CreditUse, CreditUseId, CreditUseState, Currency, LeftToPay, Money, ReferralPolicy, credit_for_price,
};
use shared::store::{CheckoutSlot, CheckoutSlotState, CreditReservation, ReferralRows, Versioned};

use crate::validated_checkout::{PaymentMode, ValidatedCheckout};

/// For how long a checkout with credit can be paid: less than the day that Stripe allows, as both clocks may differ.
const LIFETIME: SignedDuration = SignedDuration::from_hours(23);
/// How long before its end a reservation is not taken up again: Stripe's sessions live for half an hour at least.
const MIN_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// What became of the credit.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CreditResponse {
    /// How much it lowers the price, in minor units. It is reserved until the checkout is paid or over.
    used: i64,
    currency: Currency,
    /// What is left of it to be spent, in minor units.
    left: i64,
}

/// The credit that a checkout can use.
#[derive(Debug, Default)]
pub(crate) struct AvailableCredit {
    /// Whether the request wants it.
    is_wanted: bool,
    /// Whether Stripe has refused what was left to pay with it.
    is_refused: bool,
    /// In minor units of the price's currency: also what the checkout before it in the same slot has reserved.
    available: i64,
    ledger_version: u64,
    /// The credit of the slot's checkout, as it is now.
    of_slot: Option<Versioned<CreditUse>>,
}

impl AvailableCredit {
    /// The credit of a learner for a price, beside what is in the slot.
    pub(crate) fn new(
        rows: &ReferralRows,
        slot: Option<&CheckoutSlot>,
        policy: &ReferralPolicy,
        currency: Currency,
        now: Timestamp,
    ) -> Self {
        let open = slot.filter(|slot| slot.state != CheckoutSlotState::Closed);
        let id = open.and_then(|slot| slot.credit.as_ref()).map(|credit| &credit.id);
        let of_slot = id.and_then(|id| rows.uses.iter().find(|read| read.value.id == *id)).cloned();
        let ledger = match reserved(of_slot.as_ref()) {
            Some(read) => rows.ledger_without(&read.value.id),
            None => rows.ledger(),
        };
        let available = ledger.balance(policy, currency, now).available;
        Self { is_wanted: true, is_refused: false, available, ledger_version: rows.version, of_slot }
    }

    /// The same, for a request that does not want it.
    pub(crate) fn unwanted(self) -> Self {
        Self { is_wanted: false, ..self }
    }

    /// The same, after Stripe has refused what was left to pay.
    pub(crate) fn refused(self) -> Self {
        Self { is_refused: true, ..self }
    }

    /// How much lowers the price, in minor units. A trial charges nothing, and its credit is for later.
    pub(crate) fn amount(&self, checkout: &ValidatedCheckout<'_>, trial_days: Option<u16>) -> i64 {
        if !self.is_wanted || self.is_refused || trial_days.is_some() {
            return 0;
        }
        let left = match checkout.mode {
            PaymentMode::Session(_) => LeftToPay::MayBeNothing,
            PaymentMode::PaymentIntent => LeftToPay::Something,
        };
        credit_for_price(checkout.price.money, self.available, left)
    }

    /// The reservation of an amount; `None` of nothing.
    pub(crate) fn reservation(&self, amount: i64, currency: Currency, now: Timestamp) -> Option<CreditReservation> {
        let credit_use = CreditUse {
            id: CreditUseId::from_bits(fastrand::u128(..)),
            reserved: Money::new(amount, currency),
            reserved_at: now,
            payable_until: now.checked_add(LIFETIME).unwrap_or(Timestamp::MAX),
            checkout: None,
            state: CreditUseState::Reserved,
        };
        (amount > 0).then_some(CreditReservation { credit_use, ledger_version: self.ledger_version })
    }

    /// What the checkout before it in the same slot has reserved: it can never be paid once the slot is reserved anew.
    pub(crate) fn to_release(&self) -> Option<&Versioned<CreditUse>> {
        reserved(self.of_slot.as_ref())
    }

    /// Whether a reservation of the slot cannot be taken up again: its credit was released, or its time is nearly over.
    pub(crate) fn is_reservation_over(&self, slot: &CheckoutSlot, now: Timestamp) -> bool {
        let is_reserved = slot.state == CheckoutSlotState::Reserved;
        let Some(credit) = slot.credit.as_ref().filter(|_| is_reserved) else { return false };
        self.to_release().is_none() || credit.payable_until.duration_since(now) < MIN_LIFETIME
    }

    /// What the response says; `None` if the request did not want it.
    pub(crate) fn response(&self, used: i64, currency: Currency) -> Option<CreditResponse> {
        let left = self.available.saturating_sub(used);
        self.is_wanted.then_some(CreditResponse { used, currency, left })
    }
}

fn reserved(read: Option<&Versioned<CreditUse>>) -> Option<&Versioned<CreditUse>> {
    read.filter(|read| read.value.state == CreditUseState::Reserved)
}
