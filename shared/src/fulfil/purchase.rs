//! Applying what was heard of a purchase.

use jiff::Timestamp;

use super::decide::{Step, decide};
use super::events::Meaning;
use super::resolve::Named;
use super::retries::Retries;
use super::{Context, FulfilError, Heard, Outcome};
use crate::domain::{Fact, Payment, Purchase, SessionId, transitions};
use crate::metrics;
use crate::store::{Change, Commit, Committed, FactsAndCheckouts, Owner, Versioned};
use crate::stripe::{self, CheckoutSession, PaymentState, ProjectionError, Sale, from_intent, from_session};

pub(super) async fn apply(
    context: &Context,
    heard: &Heard,
    sale: &Sale,
    named: Named,
    now: Timestamp,
) -> Result<Outcome, FulfilError> {
    let readable = heard.is_readable(now) && named == Named::OnTheObject;
    let mut retries = Retries::new();
    loop {
        // The order matters: first the version, then Stripe. A fetch older than the version could undo a newer one.
        let read = context.store.facts_and_checkouts(&sale.user).await?;
        let known = known_purchase(&read.facts, heard);
        let next = match decide(known.map(|(purchase, _)| purchase), heard.meaning, readable) {
            Step::Keep => None,
            Step::Project => match paid_at_first_sight(heard, sale) {
                Some(purchase) => Some(purchase),
                None => fetch(context, heard, known.is_some()).await?.project(sale)?,
            },
            Step::Fetch => fetch(context, heard, known.is_some()).await?.project(sale)?,
        };
        if is_old_news(heard, next.as_ref()) {
            return Ok(Outcome::Duplicate);
        }
        let glimpse = is_glimpse(known, next.as_ref());
        // The event is remembered with the second look, so that a crash in between leaves a redelivery that takes it.
        let event = heard.event.as_ref().filter(|_| !glimpse);
        let is_paid_now = pays(known, next.as_ref());
        let mut changes = changes(heard, sale, known, next);
        let closed = closed_checkout(heard, sale, &read);
        let closes_checkout = closed.is_some();
        changes.extend(closed);
        match context.store.commit(&Commit { event, at: now, changes }).await? {
            Committed::Committed | Committed::Mended if glimpse => {}
            done @ (Committed::Committed | Committed::Mended) => {
                if is_paid_now {
                    watch_duplicates(context, heard, sale, &read.facts, closes_checkout).await;
                }
                return Ok(if done == Committed::Mended { Outcome::Mended } else { Outcome::Applied });
            }
            Committed::Duplicate => return Ok(Outcome::Duplicate),
            Committed::Lost => retries.pause().await?,
        }
    }
}

/// The money is here since now.
fn pays(known: Option<(&Purchase, u64)>, next: Option<&Purchase>) -> bool {
    let was_paid = known.is_some_and(|(known, _)| known.payment == Payment::Paid);
    !was_paid && next.is_some_and(|next| next.payment == Payment::Paid)
}

/// Tells whoever watches when the learner had paid for the same already. A session that a checkout of ours opened is the only
/// one of its product, so what was read before tells enough; of any other sale, another one may have been written since.
async fn watch_duplicates(
    context: &Context,
    heard: &Heard,
    sale: &Sale,
    before: &[Versioned<Fact>],
    closes_checkout: bool,
) {
    let is_of = |fact: &&Versioned<Fact>| {
        fact.value.purchase().is_some_and(|known| known.is_of(&sale.product) && known.is_owned())
    };
    let is_other = |fact: &&Versioned<Fact>| known_purchase(std::slice::from_ref(fact), heard).is_none();
    let mut found = before.iter().filter(is_of).any(|fact| is_other(&fact));
    if !found && !closes_checkout {
        found = match context.store.facts(&sale.user).await {
            Ok(facts) => facts.iter().filter(is_of).count() > 1,
            Err(error) => {
                tracing::warn!(%error, "whether it was paid for twice is not known");
                false
            }
        };
    }
    if found {
        metrics::duplicate_purchase();
        tracing::warn!(product = %sale.product, "a learner has paid for the same twice: tuition purchases duplicates");
    }
}

/// The purchase in the payload, if it says that it is paid. One that is not may have moved on unheard, and one that our
/// types cannot read after all may be readable as Stripe has it now.
pub(super) fn paid_at_first_sight(heard: &Heard, sale: &Sale) -> Option<Purchase> {
    let purchase = heard.snapshot().ok()?.project(sale).ok()??;
    (purchase.payment == Payment::Paid).then_some(purchase)
}

/// A first sight of something unpaid. News of it that came before found no fact and changed nothing; now that there is
/// one, Stripe has to be asked again.
pub(super) fn is_glimpse(known: Option<(&Purchase, u64)>, next: Option<&Purchase>) -> bool {
    known.is_none() && next.is_some_and(|next| next.payment != Payment::Paid)
}

/// Nothing to write and no event to remember.
pub(super) fn is_old_news(heard: &Heard, next: Option<&Purchase>) -> bool {
    next.is_none() && heard.event.is_none() && heard.meaning != Meaning::SessionExpired
}

/// The purchase that was heard of, and its version.
pub(super) fn known_purchase<'a>(facts: &'a [Versioned<Fact>], heard: &Heard) -> Option<(&'a Purchase, u64)> {
    let id = heard.intent().unwrap_or(&heard.object.id);
    facts.iter().find_map(|fact| match &fact.value {
        Fact::Purchase(purchase) if purchase.id.as_str() == id => Some((purchase, fact.version)),
        _ => None,
    })
}

/// What changes by what was heard. Whose payment it is, is written with the first sight.
pub(super) fn changes(
    heard: &Heard,
    sale: &Sale,
    known: Option<(&Purchase, u64)>,
    next: Option<Purchase>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(next) = next else { return changes };
    let (old, expected) = known.unzip();
    let purchase = annotate(next, old);
    if old != Some(&purchase) {
        let effects = transitions(old, &purchase);
        changes.push(Change::Purchase { user: sale.user.clone(), purchase, expected, effects });
    }
    if let (None, Some(intent)) = (old, heard.intent()) {
        changes.push(Change::Owner { stripe_id: intent.to_owned(), owner: owner_of(sale) });
    }
    changes
}

/// The session is over; nothing, when a checkout has gone on to another one.
pub(super) fn closed_checkout(heard: &Heard, sale: &Sale, read: &FactsAndCheckouts) -> Option<Change> {
    let session = heard.meaning.is_about_a_session().then(|| SessionId::parse(heard.object.id.as_str()).ok())??;
    let (user, payable) = (sale.user.clone(), sale.payable());
    read.has_open(&user, &payable, &session).then_some(Change::CloseCheckout { user, payable, session })
}

/// What we add to Stripe's truth, once: the day of the purchase, whichever of Stripe's objects we saw first.
fn annotate(next: Purchase, old: Option<&Purchase>) -> Purchase {
    Purchase { since: old.map_or(next.since, |old| old.since), ..next }
}

pub(super) fn owner_of(sale: &Sale) -> Owner {
    let Sale { user, product, price, family, referrer, also } = sale.clone();
    Owner { user, product: Some(product), price, family, referrer, also, subscription: None }
}

/// Stripe's side of a purchase at one moment.
#[derive(Debug)]
pub enum Snapshot {
    /// A session; enough as long as nothing can have happened to the money.
    Session(Box<CheckoutSession>),
    /// The payment with its refunds and disputes.
    Payment {
        /// The intent and what happened to its money.
        state: Box<PaymentState>,
        /// Whether the buyer had finished.
        begun: bool,
    },
}

impl Snapshot {
    /// The purchase that it amounts to; `None` when there is none yet.
    ///
    /// # Errors
    /// When Stripe's object cannot be a purchase.
    pub fn project(&self, sale: &Sale) -> Result<Option<Purchase>, ProjectionError> {
        match self {
            Self::Session(session) => from_session(session, sale),
            Self::Payment { state, begun } => from_intent(state, sale, *begun),
        }
    }
}

/// Asks Stripe how it stands now.
async fn fetch(context: &Context, heard: &Heard, is_known: bool) -> Result<Snapshot, FulfilError> {
    let begun = is_known || heard.meaning.proves_completion();
    match heard.intent() {
        Some(intent) => {
            let state = stripe::payment_state(&context.stripe, intent).await?;
            Ok(Snapshot::Payment { state: Box::new(state), begun })
        }
        None => {
            let id = SessionId::parse(heard.object.id.as_str()).map_err(ProjectionError::from)?;
            Ok(Snapshot::Session(Box::new(stripe::session(&context.stripe, &id).await?)))
        }
    }
}
