//! Writes the contracts: `cargo run --package openapi -- openapi.json openapi.chatgpt.json`.

use std::io::{Error, ErrorKind};

fn main() -> Result<(), Error> {
    let mut files = std::env::args().skip(1);
    for document in [openapi::document(), openapi::chatgpt_document()] {
        let file = files.next().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "name the two files to write"))?;
        std::fs::write(file, openapi::render(&document))?;
    }
    Ok(())
}
