//! Fills Stripe and the table from the catalog file, with the operator's tool.

use std::path::{Path, PathBuf};

use cli::catalog::{self, CatalogFile, FileError, SyncError};
use shared::fulfil;
use shared::stripe::StripeError;

/// Why the catalog cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file is not a catalog.
    #[error("{} is not a catalog", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The error in the file.
        source: FileError,
    },
    /// Stripe refused the products.
    #[error("the products cannot be created in Stripe")]
    Push(#[from] StripeError),
    /// The catalog cannot be written to the table.
    #[error("the catalog cannot be written to the table")]
    Sync(#[from] SyncError),
}

/// Reads the catalog file.
pub(crate) fn read_catalog(file: &Path) -> Result<CatalogFile, SeedError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| SeedError::Unreadable { file: file.to_owned(), source })?;
    CatalogFile::parse(&text).map_err(|source| SeedError::Malformed { file: file.to_owned(), source })
}

/// Pushes the catalog to Stripe, and syncs Stripe's prices to the table. Existing products stay as they are.
pub(crate) async fn push_and_sync(context: &fulfil::Context, file: &CatalogFile) -> Result<(), SeedError> {
    catalog::push(&context.stripe, &context.app, file).await?;
    catalog::sync(context, file).await?;
    Ok(())
}
