//! Writes the contracts and the tools: `cargo run --package openapi -- openapi.json openapi.chatgpt.json functions/mcp/tools.json`.

use std::io::{Error, ErrorKind};

fn main() -> Result<(), Error> {
    let mut files = std::env::args().skip(1);
    let contract = openapi::document();
    let tools = openapi::tools(&contract);
    for document in [contract, openapi::chatgpt_document(), tools] {
        let file = files.next().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "name the three files to write"))?;
        std::fs::write(file, openapi::render(&document))?;
    }
    Ok(())
}
