//! The catalog as this process last read it.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::domain::Catalog;

/// The catalog as this process last read it.
#[derive(Default)]
pub(super) struct CatalogCache(Mutex<Option<(Instant, Arc<Catalog>)>>);

impl CatalogCache {
    pub(super) fn get(&self) -> Option<(Instant, Arc<Catalog>)> {
        // A poisoned lock only means that another thread panicked while it held a whole value.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, value: Option<(Instant, Arc<Catalog>)>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = value;
    }
}
