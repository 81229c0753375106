//! Sizes of the binaries, and of the zips that are uploaded.

use std::io::{Result, Write, copy, sink};
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A zip's local header, central directory and end record around one file called `bootstrap`.
const ZIP_OVERHEAD: u64 = 30 + 46 + 22 + 2 * 9;

/// Size of the file, and of a zip that holds it, in bytes.
pub(crate) fn measure(binary: &Path) -> Result<(u64, u64)> {
    let mut zipped = DeflateEncoder::new(sink(), Compression::default());
    let plain = copy(&mut std::fs::File::open(binary)?, &mut zipped)?;
    zipped.flush()?;
    let deflated = zipped.total_out();
    Ok((plain, deflated + ZIP_OVERHEAD))
}
