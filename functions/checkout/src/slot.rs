//! The checkout slot: at most one open session or payment intent per learner and scope, in however many tabs.
//!
//! A slot is reserved in the table before its session or payment intent is created in Stripe. The idempotency key is made of the
//! reservation. After a crash, or for a second identical request, the same idempotency key returns the same one.

use jiff::Timestamp;
use shared::HandlerError;
use shared::domain::{Catalog, CheckoutScope, CreditUse, CustomerId, Fact, SubscriptionId};
use shared::fulfil::{self, FulfilError, StripeUpdate};
use shared::http::Caller;
use shared::metrics;
use shared::store::{
    CheckoutSlot, CheckoutSlotState, CheckoutState, CreditReservation, Profile, ReferralRows, ReserveOutcome,
    SlotReservation, StoreError, Versioned,
};

use crate::checkout_parameters::CheckoutParameters;
use crate::credit::{AvailableCredit, CreditResponse};
use crate::problems::{checkout_in_progress, too_many_checkouts};
use crate::slot_action::{SlotAction, slot_action};
use crate::state::State;
use crate::stripe_checkout::{CreateOutcome, OpenCheckout, create_in_slot};
use crate::stripe_customer::{create_customer, update_email};
use crate::validated_checkout::ValidatedCheckout;

const MAX_ATTEMPTS: u32 = 4;

/// An open checkout.
pub(crate) struct Opened {
    pub(crate) checkout: OpenCheckout,
    /// Whether this request has created it.
    pub(crate) is_new: bool,
    pub(crate) credit: Option<CreditResponse>,
}

/// Opens a session or a payment intent for the learner, or returns the one that is open and sells the same.
pub(crate) async fn open_checkout(
    state: &State,
    caller: &Caller,
    catalog: &Catalog,
    checkout: &ValidatedCheckout<'_>,
) -> Result<Opened, HandlerError> {
    let scope = checkout.checkout_scope();
    let now = state.fulfil.store.now();
    let mut request =
        SlotRequest { state, caller, catalog, checkout, scope: &scope, now, is_counted: false, without_credit: false };
    for _ in 0..MAX_ATTEMPTS {
        if let Some(opened) = request.attempt().await? {
            if opened.is_new {
                metrics::checkout_created();
            }
            return Ok(opened);
        }
    }
    Err(checkout_in_progress().into())
}

/// One request for a checkout; it may take several attempts.
struct SlotRequest<'a> {
    state: &'a State,
    caller: &'a Caller,
    catalog: &'a Catalog,
    checkout: &'a ValidatedCheckout<'a>,
    scope: &'a CheckoutScope,
    now: Timestamp,
    /// Whether the rate limit has counted it.
    is_counted: bool,
    /// Stripe has refused what was left to pay.
    without_credit: bool,
}

impl SlotRequest<'_> {
    /// `None` when something that was read has changed in the meantime: another attempt reads it again.
    async fn attempt(&mut self) -> Result<Option<Opened>, HandlerError> {
        let (state, checkout, user) = (self.state, self.checkout, &self.caller.user);
        let store = &state.fulfil.store;
        let (checkout_state, rows) =
            tokio::try_join!(store.checkout_state(user, self.scope), self.referral_rows(checkout.wants_credit))?;
        let CheckoutState { profile, slot } = checkout_state;
        let slot = slot.as_ref();
        let in_use = slot.is_some_and(|slot| slot.state != CheckoutSlotState::Closed);
        // These lead to Stripe at once. Everything else is counted with its reservation.
        if in_use || !is_customer_known(self.caller, &profile) {
            self.count_before_stripe().await?;
        }
        // An open page must not offer a trial that has been used since.
        let trial_expected =
            if in_use && checkout.may_start_trial() { checkout.trial_days(&store.facts(user).await?)? } else { None };
        let credit = self.available_credit(slot, rows).await?;
        let expected = checkout.fingerprint(trial_expected, credit.amount(checkout, trial_expected));
        let next = match slot {
            Some(slot) if credit.is_reservation_over(slot, self.now) => SlotAction::Reserve(slot.generation),
            slot => slot_action(state, slot, &expected, self.now).await?,
        };
        // Only now: facts that are read after a checkout is known to be over cannot lack its purchase.
        let facts = self.facts_with_fetched_subscriptions().await?;
        checkout.check_can_be_bought(self.catalog, &facts)?;
        let trial_days = checkout.trial_days(&facts)?;
        if in_use && trial_days != trial_expected {
            return Ok(None);
        }
        let (amount, currency) = (credit.amount(checkout, trial_days), checkout.price.money.currency);
        let response = credit.response(amount, currency);
        let fingerprint = checkout.fingerprint(trial_days, amount);
        let (generation, customer, reserved_credit) = match (next, &profile.customer) {
            (SlotAction::ReturnOpen(open), _) => {
                return Ok(Some(Opened { checkout: open, is_new: false, credit: response }));
            }
            // A reservation binds the customer with it.
            (SlotAction::ResumeReservation(generation), Some(customer)) => {
                (generation, customer.clone(), slot.and_then(|slot| slot.credit.clone()))
            }
            (SlotAction::ResumeReservation(read) | SlotAction::Reserve(read), _) => {
                let reservation = credit.reservation(amount, currency, self.now);
                let released = credit.to_release();
                match self.reserve(&profile, slot, &fingerprint, reservation.as_ref(), released).await? {
                    Some(customer) => (read.saturating_add(1), customer, reservation.map(|it| it.credit_use)),
                    None => return Ok(None),
                }
            }
        };
        self.is_counted = true;
        let reserved = CheckoutSlot {
            generation,
            fingerprint,
            reserved_at: self.now,
            credit: reserved_credit.clone(),
            referral: checkout.slot_referral(),
            state: CheckoutSlotState::Reserved,
        };
        let parameters = CheckoutParameters { caller: self.caller, checkout, trial_days, credit: reserved_credit };
        match create_in_slot(state, &parameters, &customer, reserved, self.now).await? {
            CreateOutcome::Opened(open) => Ok(Some(Opened { checkout: open, is_new: true, credit: response })),
            CreateOutcome::CustomerDeleted => Ok(None),
            CreateOutcome::CreditRefused => {
                self.without_credit = true;
                Ok(None)
            }
        }
    }

    /// The learner's ledger, if it is needed.
    async fn referral_rows(&self, is_needed: bool) -> Result<Option<ReferralRows>, StoreError> {
        match is_needed {
            true => self.state.fulfil.store.referral_rows(&self.caller.user).await.map(Some),
            false => Ok(None),
        }
    }

    /// The learner's credit, as far as this request wants it or the slot has some.
    async fn available_credit(
        &self,
        slot: Option<&CheckoutSlot>,
        rows: Option<ReferralRows>,
    ) -> Result<AvailableCredit, StoreError> {
        let is_wanted = rows.is_some();
        let rows = match rows {
            Some(rows) => Some(rows),
            None => self.referral_rows(slot.is_some_and(|slot| slot.credit.is_some())).await?,
        };
        let Some(rows) = rows else { return Ok(AvailableCredit::default()) };
        let (policy, currency) = (&self.state.referral_policy, self.checkout.price.money.currency);
        let credit = AvailableCredit::new(&rows, slot, policy, currency, self.now);
        let credit = if is_wanted { credit } else { credit.unwanted() };
        Ok(if self.without_credit { credit.refused() } else { credit })
    }

    /// Counts the request for the rate limit, once.
    async fn count_before_stripe(&mut self) -> Result<(), HandlerError> {
        if self.is_counted {
            return Ok(());
        }
        let store = &self.state.fulfil.store;
        if !store.try_count_checkout(&self.caller.user, self.state.checkouts_per_minute, self.now).await? {
            return Err(too_many_checkouts(self.now).into());
        }
        self.is_counted = true;
        Ok(())
    }

    /// The learner's facts. A live subscription of the plan's family is a reason to refuse the checkout, so it is fetched first: the
    /// event of its end may be late, or never come.
    async fn facts_with_fetched_subscriptions(&mut self) -> Result<Vec<Fact>, HandlerError> {
        let (fulfil, user) = (&self.state.fulfil, &self.caller.user);
        let facts = fulfil.store.facts(user).await?;
        let live = self.checkout.live_subscriptions_of_family(self.catalog, &facts);
        let live: Vec<SubscriptionId> = live.map(|live| live.id.clone()).collect();
        if live.is_empty() {
            return Ok(facts);
        }
        self.count_before_stripe().await?;
        for id in &live {
            match fulfil::apply(fulfil, &StripeUpdate::for_subscription(id), self.now).await {
                // Another Stripe account than the one that sold it: nothing more is known.
                Err(FulfilError::Stripe(error)) if error.is_missing() => {}
                applied => {
                    applied?;
                }
            }
        }
        Ok(fulfil.store.facts(user).await?)
    }

    /// Reserves the slot as it was read, for the learner's customer; `None` when another request was faster.
    async fn reserve(
        &self,
        profile: &Profile,
        slot: Option<&CheckoutSlot>,
        fingerprint: &str,
        credit: Option<&CreditReservation>,
        released: Option<&Versioned<CreditUse>>,
    ) -> Result<Option<CustomerId>, HandlerError> {
        let (state, caller) = (self.state, self.caller);
        let customer = match &profile.customer {
            Some(customer) => {
                update_email(state, caller, profile, customer, self.now).await?;
                customer.clone()
            }
            None => create_customer(state, caller, profile).await?,
        };
        let referral = self.checkout.slot_referral();
        let reservation = SlotReservation {
            user: &caller.user,
            scope: self.scope,
            expected_slot: slot,
            fingerprint,
            referral: referral.as_ref(),
            customer: &customer,
            email: caller.email.as_deref(),
            credit,
            released,
            limit_per_minute: (!self.is_counted).then_some(state.checkouts_per_minute),
            at: self.now,
        };
        match state.fulfil.store.reserve_slot(&reservation).await? {
            ReserveOutcome::Reserved => Ok(Some(customer)),
            ReserveOutcome::RateLimited => Err(too_many_checkouts(self.now).into()),
            ReserveOutcome::Conflict => Ok(None),
        }
    }
}

fn is_customer_known(caller: &Caller, profile: &Profile) -> bool {
    profile.customer.is_some() && (caller.email.is_none() || profile.email == caller.email)
}
