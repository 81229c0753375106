//! The API version of the stand-in.

/// The API version of every object, event and webhook payload.
pub const API_VERSION: &str = "2026-09-30.endive";
