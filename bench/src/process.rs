//! Resource usage of a running process, from Linux's `/proc`. See
//! <https://man7.org/linux/man-pages/man5/proc.5.html>.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

/// A process, by its id.
#[derive(Debug, Clone)]
pub(crate) struct ProcessUsage(PathBuf);

impl ProcessUsage {
    pub(crate) fn from_id(id: u32) -> Self {
        Self(Path::new("/proc").join(id.to_string()))
    }

    /// CPU time of all threads so far, from the first number of their `schedstat`. It has nanoseconds, while `stat`
    /// counts ticks of 10 ms.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let mut nanos = 0;
        for thread in std::fs::read_dir(self.0.join("task"))? {
            let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let time = times.split(' ').next().context("schedstat is empty")?;
            nanos += time.parse::<u64>().context("schedstat is not a number")?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// Peak resident memory, in KiB: `VmHWM`.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(self.0.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}
