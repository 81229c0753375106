//! The contract `openapi.json`: it is what the code says, it is complete, and its examples are real.
//! That the API keeps it is checked wherever a test calls the API: `support/contract.rs`.

mod codes;
mod document;
mod examples;
mod recording;
mod requests;
mod responses;
