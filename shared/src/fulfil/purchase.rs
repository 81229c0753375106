//! Applies an update of a purchase.

use std::sync::Arc;

use jiff::Timestamp;

use super::close_checkout::close_checkout_change;
use super::context::Context;
use super::credit_use::{credit_use_change, purchase_outcome, read_credit_use};
use super::duplicate_purchase::report_new_duplicate;
use super::error::FulfilError;
use super::events::purchase_action;
use super::events::update_kind::{CheckoutSessionChange, PaymentIntentChange, UpdateKind};
use super::outcome::ApplyOutcome;
use super::owner::owner_from_sale;
use super::purchase_state::PurchaseState;
use super::referral::{ReferralUpdate, open_referral_of_purchase, referred_by_purchase};
use super::refund_request::purchase_request_changes;
use super::resolve::resolved_sale::SaleSource;
use super::same_payer::reject_same_payer;
use super::stripe_update::StripeUpdate;
use super::update_action::UpdateAction;
use crate::domain::{Fact, Payment, Purchase, Referred, SessionId, purchase_transitions};
use crate::store::{Commit, FactsAndCheckouts, Retries, TableChange, Versioned};
use crate::stripe::{self, ProjectionError, Sale};

pub(super) async fn apply(
    context: &Context,
    update: &StripeUpdate,
    sale: &Sale,
    sale_source: SaleSource,
    now: Timestamp,
) -> Result<ApplyOutcome, FulfilError> {
    let can_project_payload = update.has_fresh_payload(now) && sale_source == SaleSource::ObjectMetadata;
    let mut retries = Retries::new();
    loop {
        // The order matters: first the version, then Stripe. A fetch older than the version could undo a newer one.
        let mut read = context.store.facts_and_checkouts(&sale.user).await?;
        read.credit_use = read_credit_use(context, sale).await?;
        let stored = find_purchase(&read.facts, update);
        let next = match purchase_action(stored.map(|(purchase, _)| purchase), update.kind, can_project_payload) {
            UpdateAction::KeepFact => None,
            UpdateAction::ProjectPayload => match paid_purchase_in_payload(update, sale) {
                Some(purchase) => Some(purchase),
                None => fetch_purchase_state(context, update, stored.is_some()).await?.to_purchase(sale)?,
            },
            UpdateAction::FetchFromStripe => {
                fetch_purchase_state(context, update, stored.is_some()).await?.to_purchase(sale)?
            }
        };
        if has_nothing_to_record(update, next.as_ref()) {
            return Ok(ApplyOutcome::Duplicate);
        }
        let first_seen_unpaid = is_first_seen_unpaid(stored, next.as_ref());
        // The event is recorded with the second fetch. After a crash in between, the redelivered event fetches again.
        let event = update.event.as_ref().filter(|_| !first_seen_unpaid);
        let newly_owned = newly_owned(stored, next.as_ref());
        let next = next.map(|next| with_our_times(next, stored, update.paid_at(now)));
        let referred = match next.as_ref().and_then(|next| referred_by_purchase(sale, &read, next)) {
            Some(referred) => {
                let customer = update.object.customer.as_deref();
                Some(reject_same_payer(context, customer, update.payment_intent(), referred).await?)
            }
            None => None,
        };
        let mut changes = purchase_changes(update, sale, &read, next, referred.as_ref(), now);
        let closed = close_checkout_change(update, sale, &read);
        // If the checkout slot had this session or payment intent, no other one of the scope was open.
        let only_checkout = closed.is_some().then(|| sale.checkout_scope());
        changes.extend(closed);
        changes.extend(open_referral_of_purchase(sale, &changes));
        let committed = context.store.commit(&Commit { event, at: now, changes }).await?;
        match ApplyOutcome::from_commit(committed) {
            None => retries.wait().await?,
            Some(ApplyOutcome::Duplicate) => return Ok(ApplyOutcome::Duplicate),
            Some(_) if first_seen_unpaid => {}
            Some(done) => {
                if let Some(purchase) = newly_owned {
                    report_new_duplicate(context, &sale.user, &read, purchase, only_checkout.as_ref()).await;
                }
                return Ok(done);
            }
        }
    }
}

/// The purchase, if it counts since this update: it is paid now, or its money came back.
fn newly_owned(stored: Option<(&Purchase, u64)>, next: Option<&Purchase>) -> Option<Purchase> {
    let was_owned = stored.is_some_and(|(stored, _)| stored.is_owned());
    next.filter(|next| !was_owned && next.is_owned()).cloned()
}

/// The purchase in the payload, if it says that it is paid. An unpaid one may have changed since, by an event that found no fact.
/// A payload that our types cannot read may be readable as Stripe has it now. Both are fetched.
pub(super) fn paid_purchase_in_payload(update: &StripeUpdate, sale: &Sale) -> Option<Purchase> {
    let purchase = update.purchase_state().ok()?.to_purchase(sale).ok()??;
    (purchase.payment == Payment::Paid).then_some(purchase)
}

/// The purchase is new and not paid. Events that arrived earlier found no fact and changed nothing. So the state has
/// to be fetched again once the fact is written.
pub(super) fn is_first_seen_unpaid(stored: Option<(&Purchase, u64)>, next: Option<&Purchase>) -> bool {
    stored.is_none() && next.is_some_and(|next| next.payment != Payment::Paid)
}

/// There is nothing to write: the state is unchanged and there is no event to record.
pub(super) fn has_nothing_to_record(update: &StripeUpdate, next: Option<&Purchase>) -> bool {
    let may_close_checkout = matches!(
        update.kind,
        UpdateKind::CheckoutSession(CheckoutSessionChange::Expired)
            | UpdateKind::PaymentIntent(PaymentIntentChange::Canceled)
    );
    next.is_none() && update.event.is_none() && !may_close_checkout
}

/// The purchase that the update is about, and its version.
pub(super) fn find_purchase<'a>(facts: &'a [Versioned<Fact>], update: &StripeUpdate) -> Option<(&'a Purchase, u64)> {
    let id = update.payment_intent().unwrap_or(&update.object.id);
    facts.iter().find_map(|fact| match &fact.value {
        Fact::Purchase(purchase) if purchase.id.as_str() == id => Some((purchase, fact.version)),
        _ => None,
    })
}

/// All that changes with the purchase: its refund requests, its referral and the credit spent on it, too.
pub(super) fn purchase_changes(
    update: &StripeUpdate,
    sale: &Sale,
    read: &FactsAndCheckouts,
    next: Option<Purchase>,
    referred: Option<&Referred>,
    now: Timestamp,
) -> Vec<TableChange> {
    let stored = find_purchase(&read.facts, update);
    let known = next.as_ref().or(stored.map(|(stored, _)| stored));
    let credit_use = credit_use_change(sale, read.credit_use.as_ref(), purchase_outcome(update, known));
    let Some(next) = next else { return credit_use.into_iter().collect() };
    let requests = purchase_request_changes(&sale.user, &read.refund_requests, &next, now);
    let referral = ReferralUpdate { known: read.referred.as_ref(), new: referred, read: &read.refund_requests };
    let referral = referral.of_purchase(sale, stored.map(|(stored, _)| stored), &next, &requests);
    let mut changes = table_changes(update, sale, stored, next);
    changes.extend(requests.into_iter().chain(referral).chain(credit_use));
    changes
}

/// The changes of the purchase itself. The owner of the payment is written once, with the new purchase.
fn table_changes(
    update: &StripeUpdate,
    sale: &Sale,
    stored: Option<(&Purchase, u64)>,
    purchase: Purchase,
) -> Vec<TableChange> {
    let mut changes = Vec::new();
    let (old, expected_version) = stored.unzip();
    if old != Some(&purchase) {
        let transitions = purchase_transitions(old, &purchase);
        changes.push(TableChange::Purchase { user: sale.user.clone(), purchase, expected_version, transitions });
    }
    if let (None, Some(intent)) = (old, update.payment_intent()) {
        changes.push(TableChange::Owner { stripe_id: intent.to_owned(), owner: owner_from_sale(sale) });
    }
    changes
}

/// Two times of the purchase are our own, and never change: the date, which is that of the first object of Stripe's that we saw, and
/// when it was paid. Stripe's payment intent does not say that, and the charge of a bank debit is created days before.
pub(super) fn with_our_times(next: Purchase, stored: Option<(&Purchase, u64)>, paid_at: Timestamp) -> Purchase {
    let old = stored.map(|(stored, _)| stored);
    let was_paid = old.filter(|old| old.payment == Payment::Paid);
    let paid_at = match was_paid {
        Some(old) => old.paid_at,
        None => (next.payment == Payment::Paid).then_some(paid_at),
    };
    Purchase { since: old.map_or(next.since, |old| old.since), paid_at, ..next }
}

/// Fetches the purchase's payment or session from Stripe.
async fn fetch_purchase_state(
    context: &Context,
    update: &StripeUpdate,
    is_known: bool,
) -> Result<PurchaseState, FulfilError> {
    let is_checkout_complete = is_known || update.kind.implies_completed_checkout();
    match update.payment_intent() {
        Some(intent) => {
            let state = stripe::fetch_payment_state(&context.stripe, intent).await?;
            Ok(PurchaseState::Payment { state: Box::new(state), is_checkout_complete })
        }
        None => {
            let id = SessionId::parse(update.object.id.as_str()).map_err(ProjectionError::from)?;
            Ok(PurchaseState::Session(Arc::new(stripe::retrieve_session(&context.stripe, &id).await?)))
        }
    }
}
