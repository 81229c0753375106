//! What Linux tells about a running function. See <https://man7.org/linux/man-pages/man5/proc.5.html>.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

/// A process, by its id.
#[derive(Debug, Clone)]
pub(crate) struct Process(PathBuf);

impl Process {
    pub(crate) fn new(id: u32) -> Self {
        Self(Path::new("/proc").join(id.to_string()))
    }

    /// Time on a CPU so far, all threads together, to the nanosecond: the first number of their `schedstat`
    /// (`stat` counts whole clock ticks of 10 ms).
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let mut nanos = 0;
        for thread in std::fs::read_dir(self.0.join("task"))? {
            let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let time = times.split(' ').next().context("schedstat is empty")?;
            nanos += time.parse::<u64>().context("schedstat is not a number")?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The most memory that was ever resident, in KiB: `VmHWM`.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(self.0.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}
