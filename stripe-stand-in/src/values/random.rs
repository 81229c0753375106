//! Pseudo-random numbers that are the same in every run.

/// A pseudo-random number that is always the same for the same seed and parts.
pub(crate) fn number(seed: u64, parts: impl IntoIterator<Item = u64>) -> u64 {
    parts.into_iter().fold(splitmix64(seed), |hash, part| splitmix64(hash ^ part))
}

/// One step of SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
fn splitmix64(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
