//! `POST /billing/subscription/change`: another plan or interval, paid for at once or not at all.
//!
//! A change keeps everything else: a trial goes on, and a settled cancellation stays settled.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use shared::Failure;
use shared::domain::TrialAfterChange;
use shared::http::{Body, Caller};
use shared::stripe::{self, Swap, Swapped};

use crate::State;
use crate::act::{key, settle, show_again};
use crate::offer::{Wish, check_date};
use crate::order::{Judged, judge};
use crate::resume_subscription::payment_required;
use crate::shown::Shown;

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    Body(wish): Body<Wish>,
) -> Result<Json<Shown>, Failure> {
    let named = wish.subscription_id.as_deref();
    let (known, order) = match judge(&state, &caller, &wish).await? {
        Judged::Change(known, order) => (known, order),
        Judged::Made(known) => {
            let id = &known.changeable(named)?.subscription.id;
            return show_again(&state, &caller, &known, id).await.map(Json);
        }
    };
    check_date(wish.proration_date, state.fulfil.store.now(), order.item.on_test_clock)?;
    let meant = known.changeable(named)?;
    let id = &meant.subscription.id;
    let date = wish.proration_date.map_or(0, Timestamp::as_second);
    let trial = match order.trial {
        TrialAfterChange::Unchanged => "",
        TrialAfterChange::EndsNow => ":trial-ends-now",
        TrialAfterChange::EndsAt(_) => ":trial-ends-sooner",
    };
    let key = format!("{}:{}:{date}{trial}", key(&state, "change", &meant), order.price);
    let swap = Swap {
        subscription: id,
        item: &order.item.id,
        price: &order.price,
        prorated_at: wish.proration_date,
        trial: order.trial,
    };
    let answer = stripe::swap_price(&state.fulfil.stripe, &swap, &key).await;
    match settle(&state, &caller, id, answer).await? {
        (Swapped::Done, known) => show_again(&state, &caller, &known, id).await.map(Json),
        (Swapped::Unpaid { hosted_url }, _) => Err(payment_required(hosted_url).into()),
    }
}
