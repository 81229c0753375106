//! What a school has before its first learner comes: Stripe and the table filled from the catalog file, through the
//! operator's own tool.

use std::path::{Path, PathBuf};

use cli::catalog::{self, CatalogFile, FileError, SyncError};
use shared::fulfil;
use shared::stripe::StripeError;

/// Why a stack has nothing to sell.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file is not a catalog.
    #[error("{} is not a catalog", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: FileError,
    },
    /// Stripe does not take the products.
    #[error("Stripe does not take the products")]
    Push(#[from] StripeError),
    /// The table does not take the catalog.
    #[error("the table does not take the catalog")]
    Sync(#[from] SyncError),
}

/// Reads the catalog file.
pub(crate) fn read_catalog(file: &Path) -> Result<CatalogFile, SeedError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| SeedError::Unreadable { file: file.to_owned(), source })?;
    CatalogFile::parse(&text).map_err(|source| SeedError::Malformed { file: file.to_owned(), source })
}

/// Brings `file` to Stripe, and Stripe's prices to the table. What is there already stays as it is.
pub(crate) async fn push_and_sync(context: &fulfil::Context, file: &CatalogFile) -> Result<(), SeedError> {
    catalog::push(&context.stripe, &context.app, file).await?;
    catalog::sync(context, file).await?;
    Ok(())
}
