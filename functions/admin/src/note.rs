//! What an operator tells the learner.

use shared::http::Problem;

/// Enough for a letter.
const MAX_CHARACTERS: usize = 2_000;

/// The note without white space around it.
pub(crate) fn parse_note(text: &str) -> Result<String, Problem> {
    let note = text.trim();
    if (1..=MAX_CHARACTERS).contains(&note.chars().count()) {
        return Ok(note.to_owned());
    }
    let detail = format!("A note has 1 to {MAX_CHARACTERS} characters.");
    Err(Problem::bad_request("invalid_note", detail).with_field("note"))
}
