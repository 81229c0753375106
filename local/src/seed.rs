//! What a school has before its first learner comes: Stripe and the table filled from the catalog file, through the
//! operator's own tool.

use std::path::Path;

use cli::catalog::{self, CatalogFile, FileError, SyncError};
use shared::fulfil;
use shared::stripe::StripeError;

/// Why a stack has nothing to sell.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// The file is not a catalog.
    #[error(transparent)]
    File(#[from] FileError),
    /// Stripe does not take the products.
    #[error("Stripe: {0}")]
    Push(#[from] StripeError),
    /// The table does not take the catalog.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

/// Reads the catalog file.
pub(crate) fn read(path: &Path) -> Result<CatalogFile, SeedError> {
    Ok(CatalogFile::parse(&std::fs::read_to_string(path)?)?)
}

/// Brings `file` to Stripe, and Stripe's prices to the table. What is there already stays as it is.
pub(crate) async fn seed(context: &fulfil::Context, file: &CatalogFile) -> Result<(), SeedError> {
    catalog::push(&context.stripe, &context.app, file).await?;
    catalog::sync(context, file).await?;
    Ok(())
}
