//! What a learner and an operator write to each other.

use super::problem::Problem;

/// Enough for a letter.
const MAX_CHARACTERS: usize = 2_000;

/// A learner's reason, without white space around it.
///
/// # Errors
/// When it has no characters, or more than 2,000.
pub fn parse_reason(text: &str) -> Result<String, Problem> {
    let problem = |detail| Problem::bad_request("invalid_reason", detail).with_field("reason");
    parse_message(text).ok_or_else(|| problem(format!("A reason has 1 to {MAX_CHARACTERS} characters.")))
}

/// An operator's note to the learner, without white space around it.
///
/// # Errors
/// When it has no characters, or more than 2,000.
pub fn parse_note(text: &str) -> Result<String, Problem> {
    let problem = |detail| Problem::bad_request("invalid_note", detail).with_field("note");
    parse_message(text).ok_or_else(|| problem(format!("A note has 1 to {MAX_CHARACTERS} characters.")))
}

fn parse_message(text: &str) -> Option<String> {
    let message = text.trim();
    (1..=MAX_CHARACTERS).contains(&message.chars().count()).then(|| message.to_owned())
}
