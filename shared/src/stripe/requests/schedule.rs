//! Subscription schedules: what is to change with the end of a period.
//! See <https://docs.stripe.com/billing/subscriptions/subscription-schedules>.

use stripe_billing::subscription::RetrieveSubscription;
use stripe_billing::subscription_schedule::{
    CreateSubscriptionSchedule, ReleaseSubscriptionSchedule, RetrieveSubscriptionSchedule, UpdateSubscriptionSchedule,
    UpdateSubscriptionSchedulePhases, UpdateSubscriptionSchedulePhasesDiscounts,
    UpdateSubscriptionSchedulePhasesDuration, UpdateSubscriptionSchedulePhasesDurationInterval as DurationInterval,
    UpdateSubscriptionSchedulePhasesEndDate as EndDate, UpdateSubscriptionSchedulePhasesItems,
    UpdateSubscriptionSchedulePhasesProrationBehavior as PhaseProration,
    UpdateSubscriptionSchedulePhasesStartDate as StartDate,
};
use stripe_shared::{
    SubscriptionScheduleConfigurationItem, SubscriptionScheduleEndBehavior, SubscriptionSchedulePhaseConfiguration,
    SubscriptionScheduleStatus, TaxRate,
};
use stripe_types::Expandable;

use super::mutation::Mutation;
use crate::domain::{BillingPeriod, Interval, PriceId, SubscriptionId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::StripeError;

/// Another price from the next period on.
#[derive(Debug, Clone, Copy)]
pub struct PriceChangeAtPeriodEnd<'a> {
    /// Of which subscription; no schedule is attached to it.
    pub subscription: &'a SubscriptionId,
    /// The price of the current period.
    pub current_price: &'a PriceId,
    /// The current period.
    pub period: BillingPeriod,
    /// The price from then on.
    pub next_price: &'a PriceId,
    /// How often that is paid.
    pub interval: Interval,
}

/// Schedules the swap, without credit for anything: two calls. A crash in between leaves a schedule that changes nothing,
/// and the next fetch of the subscription releases it.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn schedule_price_change(
    stripe: &StripeClient,
    price_change: &PriceChangeAtPeriodEnd<'_>,
    key: &str,
) -> Result<(), StripeError> {
    let PriceChangeAtPeriodEnd { subscription, current_price, period, next_price, interval } = *price_change;
    let made = CreateSubscriptionSchedule::new().from_subscription(subscription.as_str());
    // No schedule was attached before, and Stripe attaches no second one.
    let find_made = || async {
        let expand = vec!["schedule".to_owned()];
        let found = RetrieveSubscription::new(subscription.as_str()).expand(expand).send(stripe).await?;
        Ok(found.schedule.and_then(Expandable::into_object))
    };
    let made = Mutation::new(stripe, key).send_unless(made, find_made).await?;
    // A phase replaces everything. Discounts, taxes and further items have to be repeated, or Stripe removes them.
    let current = made.phases.first();
    let phase = |price: &PriceId| UpdateSubscriptionSchedulePhases {
        proration_behavior: Some(PhaseProration::None),
        discounts: current.map(discounts).filter(|discounts| !discounts.is_empty()),
        default_tax_rates: current
            .and_then(|phase| phase.default_tax_rates.as_deref())
            .map(tax_rate_ids)
            .filter(|ids| !ids.is_empty()),
        ..UpdateSubscriptionSchedulePhases::new(items(current, current_price, price))
    };
    let runs = UpdateSubscriptionSchedulePhases {
        start_date: Some(StartDate::Timestamp(period.start.as_second())),
        end_date: Some(EndDate::Timestamp(period.end.as_second())),
        ..phase(current_price)
    };
    let duration = UpdateSubscriptionSchedulePhasesDuration {
        interval_count: Some(1),
        ..UpdateSubscriptionSchedulePhasesDuration::new(match interval {
            Interval::Day => DurationInterval::Day,
            Interval::Week => DurationInterval::Week,
            Interval::Month => DurationInterval::Month,
            Interval::Year => DurationInterval::Year,
        })
    };
    let follows = UpdateSubscriptionSchedulePhases { duration: Some(duration), ..phase(next_price) };
    let update = UpdateSubscriptionSchedule::new(made.id.as_str())
        .end_behavior(SubscriptionScheduleEndBehavior::Release)
        .phases(vec![runs, follows]);
    Mutation::new(stripe, &format!("{key}:phases")).send(update).await.map(drop)
}

type SchedulePhase = SubscriptionSchedulePhaseConfiguration;

/// The items of the current phase, with one price in the place of another.
fn items(
    current: Option<&SchedulePhase>,
    current_price: &PriceId,
    price: &PriceId,
) -> Vec<UpdateSubscriptionSchedulePhasesItems> {
    let item = |item: &SubscriptionScheduleConfigurationItem| {
        let known = item.price.id().as_str();
        UpdateSubscriptionSchedulePhasesItems {
            price: Some(if known == current_price.as_str() { price.to_string() } else { known.to_owned() }),
            quantity: item.quantity,
            tax_rates: item.tax_rates.as_deref().map(tax_rate_ids).filter(|rates| !rates.is_empty()),
            ..UpdateSubscriptionSchedulePhasesItems::new()
        }
    };
    current.map(|phase| phase.items.iter().map(item).collect()).unwrap_or_default()
}

fn discounts(current: &SchedulePhase) -> Vec<UpdateSubscriptionSchedulePhasesDiscounts> {
    let known = current.discounts.iter().map(|known| UpdateSubscriptionSchedulePhasesDiscounts {
        // The discount itself goes on; one that has none yet begins by its coupon or code.
        discount: known.discount.as_ref().map(|discount| discount.id().to_string()),
        coupon: known.coupon.as_ref().filter(|_| known.discount.is_none()).map(|coupon| coupon.id().to_string()),
        promotion_code: known
            .promotion_code
            .as_ref()
            .filter(|_| known.discount.is_none() && known.coupon.is_none())
            .map(|code| code.id().to_string()),
    });
    known.collect()
}

fn tax_rate_ids(rates: &[TaxRate]) -> Vec<String> {
    rates.iter().map(|rate| rate.id.to_string()).collect()
}

/// Releases the schedule. The subscription goes on unchanged. A schedule that was released before is no error.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn release_schedule(stripe: &StripeClient, id: &str, key: &str) -> Result<(), StripeError> {
    let released = || async {
        let schedule = RetrieveSubscriptionSchedule::new(id).send(stripe).await?;
        let is_open =
            matches!(schedule.status, SubscriptionScheduleStatus::Active | SubscriptionScheduleStatus::NotStarted);
        Ok((!is_open).then_some(schedule))
    };
    let answer = Mutation::new(stripe, key).send_unless(ReleaseSubscriptionSchedule::new(id), released).await;
    match answer {
        Err(error) if error.is_refusal() => released().await?.map(drop).ok_or(error),
        answer => answer.map(drop),
    }
}
