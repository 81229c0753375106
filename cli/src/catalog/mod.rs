//! `tuition catalog`: from `catalog.yaml` to Stripe, from Stripe to the table.

mod file;
mod file_product;
mod push;
mod show;
mod sync;

pub use file::{CatalogFile, FileError};
pub use push::{PushedChange, push};
pub use show::render;
pub use sync::{SyncError, sync};
