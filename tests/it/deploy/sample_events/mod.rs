//! The folder `events/`: one payload for each route and each handled event, as `sam local invoke` and
//! `cargo lambda invoke` take them.

mod calls;
mod files;
mod functions;
mod responses;
mod scenario;
mod signature;
mod subscriptions;
