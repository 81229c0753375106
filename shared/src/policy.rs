//! The operator's rules for subscriptions, refund requests and referrals, from the environment.

use jiff::SignedDuration;

use crate::config::{ConfigError, Lookup, true_or_false};
use crate::domain::{
    Currency, Money, PausedCollectionAccess, ReferralPolicy, RefundApprovalMode, RefundPolicy, SubscriptionPolicy,
};

/// Longer than any of Stripe's retry schedules.
const MAX_DAYS: i64 = 90;

/// Reads the values, days as whole numbers.
///
/// Read from `SUBSCRIPTION_LEEWAY_DAYS`, default 3: how long access outlives a period that is to be renewed.
/// Read from `PAST_DUE_GRACE_DAYS`, default 0: how long it outlives the beginning of a renewed period that could not be paid, if
/// something was paid before.
/// Read from `DEBIT_PENDING_DAYS`, default 14: how long it outlives the beginning of a renewed period while a bank debit
/// for it is processing.
/// Read from `PAUSED_COLLECTION_OPENS`, default `false`: whether access goes on while the collection of payments is paused, if
/// something was paid before.
/// Read from `REFUND_CLOSES_PERIOD`, default `true`: whether a full refund of a period's invoice closes that period.
///
/// # Errors
/// When one of them is not a number of days from 0 to 90, or neither `true` nor `false`.
pub fn from_lookup(lookup: &Lookup<'_>) -> Result<SubscriptionPolicy, ConfigError> {
    let default = SubscriptionPolicy::default();
    Ok(SubscriptionPolicy {
        renewal_leeway: lookup.parsed("SUBSCRIPTION_LEEWAY_DAYS", default.renewal_leeway, days)?,
        past_due_grace: lookup.parsed("PAST_DUE_GRACE_DAYS", default.past_due_grace, days)?,
        pending_debit_grace: lookup.parsed("DEBIT_PENDING_DAYS", default.pending_debit_grace, days)?,
        paused_collection: lookup.parsed("PAUSED_COLLECTION_OPENS", default.paused_collection, paused_collection)?,
        refund_closes_period: lookup.parsed("REFUND_CLOSES_PERIOD", default.refund_closes_period, true_or_false)?,
    })
}

/// Longer than anybody remembers a payment.
const MAX_WINDOW_DAYS: u16 = 3_650;

/// Reads the policy for refund requests.
///
/// Read from `REFUND_WINDOW_DAYS`, default 14: for how many days after a payment its refund may be asked for; 0 is without limit.
/// Read from `REFUND_MAX_PROGRESS`, default 100: up to how much progress, in percent, a refund may be asked for.
/// Read from `REFUND_AUTOMATIC`, default `false`: whether a request within the policy is approved at once.
///
/// # Errors
/// When one of them is not a number of days from 0 to 3,650, a percentage from 0 to 100, or `true` or `false`; or when refunds are
/// automatic however much of a course was done.
pub fn refunds_from_lookup(lookup: &Lookup<'_>) -> Result<RefundPolicy, ConfigError> {
    let default = RefundPolicy::default();
    let policy = RefundPolicy {
        window_days: lookup.parsed("REFUND_WINDOW_DAYS", default.window_days, window_days)?,
        max_progress_percent: lookup.parsed("REFUND_MAX_PROGRESS", default.max_progress_percent, percent)?,
        approval: lookup.parsed("REFUND_AUTOMATIC", default.approval, approval_mode)?,
    };
    if policy.approval == RefundApprovalMode::Automatic && policy.max_progress_percent >= 100 {
        let reason = "automatic refunds need a REFUND_MAX_PROGRESS below 100: else a finished course is refunded, too";
        return Err(ConfigError::Malformed { name: "REFUND_AUTOMATIC", reason: reason.to_owned() });
    }
    Ok(policy)
}

/// Longer than any hold that a learner would wait for.
const MAX_HOLD_DAYS: u16 = 3_650;

/// Reads the rules for referrals.
///
/// Read from `REFERRAL_HOLD_DAYS`, default 15: for how many days after a payment its credit cannot be spent. It has to be longer than
/// `REFUND_WINDOW_DAYS`, and has no default when that is 0, which is without limit.
/// Read from `REFERRAL_RATE_PERCENT`, default 25: how much of what was charged is earned.
/// Read from `REFERRAL_CREDIT_CAP`, such as `usd:50000,eur:50000`: how much a learner can ever earn, in minor units for each currency; by
/// default, and in other currencies, without limit.
///
/// # Errors
/// When one of them is not a number of days from 0 to 3,650, a percentage from 0 to 100, or a list of amounts; or when credit could be
/// spent while the refund of its payment can still be asked for.
pub fn referrals_from_lookup(lookup: &Lookup<'_>) -> Result<ReferralPolicy, ConfigError> {
    const HOLD: &str = "REFERRAL_HOLD_DAYS";
    let default = ReferralPolicy::default();
    let hold_days = lookup.parsed(HOLD, None, |text| hold_days(text).map(Some))?;
    let window_days = lookup.parsed("REFUND_WINDOW_DAYS", RefundPolicy::default().window_days, window_days)?;
    let policy = ReferralPolicy {
        hold_days: hold_days.unwrap_or(default.hold_days),
        rate_percent: lookup.parsed("REFERRAL_RATE_PERCENT", default.rate_percent, percent)?,
        cap: lookup.parsed("REFERRAL_CREDIT_CAP", default.cap, credit_cap)?,
    };
    let refused = |reason: String| Err(ConfigError::Malformed { name: HOLD, reason });
    match window_days {
        0 if hold_days.is_none() => {
            refused("REFUND_WINDOW_DAYS is 0, without limit: say how long credit is held".to_owned())
        }
        days if days > 0 && policy.hold_days <= days => refused(format!(
            "it has to be longer than the {days} days of REFUND_WINDOW_DAYS, or refunded credit is spent"
        )),
        _ => Ok(policy),
    }
}

fn hold_days(text: &str) -> Result<u16, &'static str> {
    let days = text.parse().ok().filter(|days| *days <= MAX_HOLD_DAYS);
    days.ok_or("it has to be a whole number of days from 0 to 3650")
}

fn credit_cap(text: &str) -> Result<Vec<Money>, &'static str> {
    const FORM: &str = "it has to be a list such as usd:50000,eur:50000, each currency once, in minor units";
    let mut cap: Vec<Money> = Vec::new();
    for part in text.split(',') {
        let (currency, amount) = part.trim().split_once(':').ok_or(FORM)?;
        let currency = Currency::parse(currency).map_err(|_| FORM)?;
        let amount = amount.parse().ok().filter(|amount| *amount >= 0).ok_or(FORM)?;
        if cap.iter().any(|earlier| earlier.currency == currency) {
            return Err(FORM);
        }
        cap.push(Money::new(amount, currency));
    }
    Ok(cap)
}

fn window_days(text: &str) -> Result<u16, &'static str> {
    let days = text.parse().ok().filter(|days| *days <= MAX_WINDOW_DAYS);
    days.ok_or("it has to be a whole number of days from 0 to 3650; 0 is without limit")
}

fn percent(text: &str) -> Result<u8, &'static str> {
    text.parse().ok().filter(|percent| *percent <= 100).ok_or("it has to be a whole number from 0 to 100")
}

fn approval_mode(text: &str) -> Result<RefundApprovalMode, &'static str> {
    true_or_false(text)
        .map(|automatic| if automatic { RefundApprovalMode::Automatic } else { RefundApprovalMode::Manual })
}

fn days(text: &str) -> Result<SignedDuration, &'static str> {
    let days = text.parse().ok().filter(|days| (0..=MAX_DAYS).contains(days));
    days.map(|days: i64| SignedDuration::from_hours(days.saturating_mul(24)))
        .ok_or("it has to be a whole number of days from 0 to 90")
}

fn paused_collection(text: &str) -> Result<PausedCollectionAccess, &'static str> {
    true_or_false(text)
        .map(|opens| if opens { PausedCollectionAccess::AsIfPaid } else { PausedCollectionAccess::UntilPaidPeriodEnds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refund_policy(values: &[(&str, &str)]) -> Result<RefundPolicy, ConfigError> {
        let value = |name: &str| values.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
        refunds_from_lookup(&Lookup::new(&value))
    }

    #[test]
    fn the_policy_for_refunds_has_defaults_and_limits() {
        assert_eq!(refund_policy(&[]), Ok(RefundPolicy::default()));
        let all = [("REFUND_WINDOW_DAYS", "0"), ("REFUND_MAX_PROGRESS", "30"), ("REFUND_AUTOMATIC", "true")];
        let approval = RefundApprovalMode::Automatic;
        assert_eq!(refund_policy(&all), Ok(RefundPolicy { window_days: 0, max_progress_percent: 30, approval }));
        for (name, nonsense) in [
            ("REFUND_WINDOW_DAYS", "-1"),
            ("REFUND_WINDOW_DAYS", "3651"),
            ("REFUND_WINDOW_DAYS", "two weeks"),
            ("REFUND_MAX_PROGRESS", "101"),
            ("REFUND_MAX_PROGRESS", "30%"),
            ("REFUND_MAX_PROGRESS", "-1"),
            ("REFUND_AUTOMATIC", "yes"),
        ] {
            let refused = refund_policy(&[(name, nonsense)]).unwrap_err().to_string();
            assert!(refused.starts_with(name), "{refused}");
        }
    }

    #[test]
    fn automatic_refunds_of_finished_courses_are_refused_at_the_start() {
        for values in
            [&[("REFUND_AUTOMATIC", "true")][..], &[("REFUND_AUTOMATIC", "true"), ("REFUND_MAX_PROGRESS", "100")]]
        {
            let refused = refund_policy(values).unwrap_err().to_string();
            assert!(refused.starts_with("REFUND_AUTOMATIC") && refused.contains("REFUND_MAX_PROGRESS"), "{refused}");
        }
        assert!(refund_policy(&[("REFUND_AUTOMATIC", "true"), ("REFUND_MAX_PROGRESS", "99")]).is_ok());
    }

    fn referral_policy(values: &[(&str, &str)]) -> Result<ReferralPolicy, ConfigError> {
        let value = |name: &str| values.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
        referrals_from_lookup(&Lookup::new(&value))
    }

    #[test]
    fn the_rules_for_referrals_have_defaults_and_limits() {
        assert_eq!(referral_policy(&[]), Ok(ReferralPolicy::default()));
        let all = [
            ("REFERRAL_HOLD_DAYS", "30"),
            ("REFERRAL_RATE_PERCENT", "10"),
            ("REFERRAL_CREDIT_CAP", "usd:50000, EUR:40000"),
        ];
        let cap = [("usd", 50_000), ("eur", 40_000)];
        let cap = cap.map(|(currency, amount)| Money::new(amount, Currency::parse(currency).unwrap())).to_vec();
        assert_eq!(referral_policy(&all), Ok(ReferralPolicy { hold_days: 30, rate_percent: 10, cap }));
        for (name, nonsense) in [
            ("REFERRAL_HOLD_DAYS", "-1"),
            ("REFERRAL_HOLD_DAYS", "3651"),
            ("REFERRAL_RATE_PERCENT", "101"),
            ("REFERRAL_RATE_PERCENT", "25%"),
            ("REFERRAL_CREDIT_CAP", "50000"),
            ("REFERRAL_CREDIT_CAP", "usd:-1"),
            ("REFERRAL_CREDIT_CAP", "usd:1,"),
            ("REFERRAL_CREDIT_CAP", "usd:1,USD:2"),
            ("REFERRAL_CREDIT_CAP", "usd:1.5"),
        ] {
            let refused = referral_policy(&[(name, nonsense)]).unwrap_err().to_string();
            assert!(refused.starts_with(name), "{refused}");
        }
    }

    #[test]
    fn credit_is_held_for_longer_than_a_refund_may_be_asked_for() {
        for (window, hold, is_usable) in [
            (None, None, true),
            (None, Some("15"), true),
            (None, Some("14"), false),
            (None, Some("0"), false),
            (Some("15"), None, false),
            (Some("15"), Some("16"), true),
            (Some("30"), Some("30"), false),
            (Some("0"), None, false),
            (Some("0"), Some("1"), true),
            (Some("0"), Some("0"), true),
        ] {
            let values = [("REFUND_WINDOW_DAYS", window), ("REFERRAL_HOLD_DAYS", hold)];
            let values: Vec<_> = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let policy = referral_policy(&values);
            assert_eq!(policy.is_ok(), is_usable, "{values:?}");
            if let Err(refused) = policy {
                assert!(refused.to_string().starts_with("REFERRAL_HOLD_DAYS"), "{refused}");
            }
        }
    }
}
