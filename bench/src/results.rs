//! All results of a run.

use std::collections::BTreeMap;

use crate::calls::Calls;
use crate::cold::{ColdStarts, StartKind};
use crate::growth::Growth;
use crate::task::Task;
use crate::warm::WarmResults;

/// All results of a run.
#[derive(Debug)]
pub(crate) struct Results {
    /// Size of each binary and of its zip, in bytes, by function.
    pub(crate) sizes: BTreeMap<String, (u64, u64)>,
    pub(crate) cold: BTreeMap<StartKind, ColdStarts>,
    pub(crate) warm: WarmResults,
    pub(crate) calls: BTreeMap<Task, Calls>,
    pub(crate) growth: Growth,
}
