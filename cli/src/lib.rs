//! `tuition`, the operator's tool. The local stack seeds itself through the same code.

pub mod catalog;
pub mod webhook;
