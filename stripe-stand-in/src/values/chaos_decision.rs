//! The chaos decision for one delivery attempt. It depends only on the seed and on the numbers of event, endpoint and
//! attempt.

use crate::values::chaos::Chaos;
use crate::values::random;

/// Identifies a delivery attempt by numbers in order of creation, because ids are random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttemptNumbers {
    /// 1 for the account's first event.
    pub(crate) event_number: i64,
    /// 1 for the account's first webhook endpoint.
    pub(crate) endpoint_number: i64,
    /// Counts from 1 for each event and endpoint.
    pub(crate) attempt_number: u32,
}

/// What chaos does to a delivery attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChaosDecision {
    /// It is not sent, but recorded as delivered. Only for first attempts.
    pub(crate) is_dropped: bool,
    /// It waits until a later event was delivered. Only for first attempts.
    pub(crate) is_reordered: bool,
    /// It is sent a second time after it was delivered.
    pub(crate) is_duplicated: bool,
    /// The delay in seconds.
    pub(crate) delay: i64,
}

/// Each decision uses its own random numbers, so that the decisions are independent.
#[derive(Clone, Copy)]
enum RandomStream {
    Drop = 1,
    Reorder,
    Duplicate,
    Delay,
}

/// Decides what chaos does to `attempt`.
pub(crate) fn decide(chaos: &Chaos, attempt: AttemptNumbers) -> ChaosDecision {
    let number = |stream| random_number(chaos.seed, attempt, stream);
    let is_first = attempt.attempt_number == 1;
    ChaosDecision {
        is_dropped: is_first && chaos.drop.selects(number(RandomStream::Drop)),
        is_reordered: is_first && chaos.reorder.selects(number(RandomStream::Reorder)),
        is_duplicated: chaos.duplicate.selects(number(RandomStream::Duplicate)),
        delay: chaos.delay.pick(number(RandomStream::Delay)),
    }
}

/// A pseudo-random number that is always the same for the same seed, attempt and stream.
fn random_number(seed: u64, attempt: AttemptNumbers, stream: RandomStream) -> u64 {
    let AttemptNumbers { event_number: event, endpoint_number: endpoint, attempt_number: attempt } = attempt;
    let parts = [event.cast_unsigned(), endpoint.cast_unsigned(), u64::from(attempt), stream as u64];
    random::number(seed, parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decision(chaos: &str, event: i64, attempt: u32) -> ChaosDecision {
        decide(
            &chaos.parse().unwrap(),
            AttemptNumbers { event_number: event, endpoint_number: 1, attempt_number: attempt },
        )
    }

    #[test]
    fn fractions_of_0_and_1_are_exact() {
        let no_chaos = ChaosDecision { is_dropped: false, is_reordered: false, is_duplicated: false, delay: 0 };
        let cases = [
            ("seed=7", 1, no_chaos),
            ("seed=7,drop=0,reorder=0,duplicate=0,delay=0..0,outage=10m", 1, no_chaos),
            ("drop=1", 1, ChaosDecision { is_dropped: true, ..no_chaos }),
            ("drop=1", 2, no_chaos),
            ("reorder=1", 1, ChaosDecision { is_reordered: true, ..no_chaos }),
            ("reorder=1", 2, no_chaos),
            ("duplicate=1", 1, ChaosDecision { is_duplicated: true, ..no_chaos }),
            ("duplicate=1", 2, ChaosDecision { is_duplicated: true, ..no_chaos }),
            ("delay=90", 1, ChaosDecision { delay: 90, ..no_chaos }),
            ("delay=90", 2, ChaosDecision { delay: 90, ..no_chaos }),
        ];
        for (chaos, attempt, expected) in cases {
            assert_eq!(decision(chaos, 1, attempt), expected, "{chaos}, attempt {attempt}");
        }
    }

    #[test]
    fn a_seed_always_gives_the_same_decisions() {
        let dropped = |seed: u64| {
            let chaos = format!("seed={seed},drop=0.2,delay=0..3600");
            let dropped = (1..=20).filter(|event| decision(&chaos, *event, 1).is_dropped);
            (dropped.collect::<Vec<_>>(), decision(&chaos, 1, 1).delay)
        };
        assert_eq!([dropped(7), dropped(8)], [(vec![3, 9], 1235), (vec![3, 5], 1867)]);
    }

    proptest! {
        /// Fractions are approximately met with any seed, and decisions are independent.
        #[test]
        fn fractions_are_kept(seed: u64, endpoint in 1..9_i64) {
            let chaos = format!("seed={seed},drop=0.5,reorder=0.5,duplicate=0.5,delay=10..19").parse().unwrap();
            let first_attempt =
                |event| AttemptNumbers { event_number: event, endpoint_number: endpoint, attempt_number: 1 };
            let decisions: Vec<ChaosDecision> =
                (1..=1_000).map(|event| decide(&chaos, first_attempt(event))).collect();
            let count = |is: fn(&ChaosDecision) -> bool| decisions.iter().filter(|decision| is(decision)).count();
            for found in [count(|d| d.is_dropped), count(|d| d.is_reordered), count(|d| d.is_duplicated)] {
                prop_assert!((400..600).contains(&found), "{found}");
            }
            let both = count(|d| d.is_dropped && d.is_duplicated);
            prop_assert!((170..330).contains(&both), "{both}");
            prop_assert!(decisions.iter().all(|decision| (10..=19).contains(&decision.delay)));
            prop_assert!((10..=19).all(|delay| decisions.iter().any(|decision| decision.delay == delay)));
        }

        /// Adding one kind of chaos does not change the others: a test that adds it drops the same deliveries as
        /// before.
        #[test]
        fn kinds_of_chaos_are_independent(seed: u64, event in 1..10_000_i64, endpoint in 1..9_i64, attempt in 1..4_u32) {
            let attempt = AttemptNumbers { event_number: event, endpoint_number: endpoint, attempt_number: attempt };
            let decide = |chaos: &str| decide(&format!("seed={seed},{chaos}").parse().unwrap(), attempt);
            let all = decide("drop=0.5,reorder=0.5,duplicate=0.5,delay=0..3600");
            prop_assert_eq!(all.is_dropped, decide("drop=0.5").is_dropped);
            prop_assert_eq!(all.is_reordered, decide("reorder=0.5").is_reordered);
            prop_assert_eq!(all.is_duplicated, decide("duplicate=0.5").is_duplicated);
            prop_assert_eq!(all.delay, decide("delay=0..3600").delay);
            // What a small fraction drops, a larger one drops too.
            prop_assert!(!all.is_dropped || decide("drop=0.6").is_dropped);
        }
    }
}
