//! Writes the contract: `cargo run --package openapi -- openapi.json`.

use std::io::{Error, ErrorKind};

fn main() -> Result<(), Error> {
    let path = std::env::args().nth(1).ok_or_else(|| Error::new(ErrorKind::InvalidInput, "name the file to write"))?;
    std::fs::write(path, openapi::render(&openapi::document()))
}
