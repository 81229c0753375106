//! Ids in the formats that AWS uses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A request id in the format of HTTP APIs: `JKJaXmPLvHcESHA=`.
pub(crate) fn api_request_id() -> String {
    let bytes: [u8; 11] = std::array::from_fn(|_| fastrand::u8(..));
    STANDARD.encode(bytes)
}

/// A random UUID, version 4.
pub(crate) fn uuid() -> String {
    uuid_of(fastrand::u128(..).to_be_bytes(), 4)
}

/// `bytes` as a UUID of `version`; the version's and the variant's bits are overwritten.
pub(crate) fn uuid_of(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let digits = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}
