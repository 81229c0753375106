//! What a learner and an operator write to each other.

use super::problem::Problem;

/// Enough for a letter.
const MAX_CHARACTERS: usize = 2_000;

/// The text of a field, without white space around it. The problem has the code `code`.
///
/// # Errors
/// When it has no characters, or more than 2,000.
pub fn parse_message(text: &str, field: &'static str, code: &'static str) -> Result<String, Problem> {
    let message = text.trim();
    if (1..=MAX_CHARACTERS).contains(&message.chars().count()) {
        return Ok(message.to_owned());
    }
    let detail = format!("A {field} has 1 to {MAX_CHARACTERS} characters.");
    Err(Problem::bad_request(code, detail).with_field(field))
}
