//! `tuition catalog`: writes `catalog.yaml` to Stripe, and Stripe's prices to the table.

mod file;
mod file_product;
mod push;
mod show;
mod sync;

pub use file::{CatalogFile, FileError};
pub use push::{PushedChange, push};
pub use show::render;
pub use sync::{SyncError, sync};
