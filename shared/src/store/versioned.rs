//! A value of the table with its version.

/// A value and the version that a conditional write has to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// 1 when it was first written, one more with every change.
    pub version: u64,
}

impl<T> Versioned<T> {
    pub(super) fn map<U>(self, into: impl FnOnce(T) -> U) -> Versioned<U> {
        Versioned { value: into(self.value), version: self.version }
    }
}
