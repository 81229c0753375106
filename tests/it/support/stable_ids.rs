//! Random ids and times of a run of the scenario are replaced by stable ones in the files.

use serde_json::Value;

/// When the files say that everything happened, in unix seconds: 20 November 2026, noon UTC.
pub(crate) const NOON: i64 = 1_795_176_000;
const HOUR: i64 = 3_600;

/// The random parts of the ids of a run, in the order of their first appearance.
#[derive(Default)]
pub(crate) struct StableIds(Vec<String>);

impl StableIds {
    /// The text with a number for each random part.
    pub(crate) fn replace(&mut self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphanumeric()) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            // An id is a kind, an underscore, and what is random.
            let is_part_of_id = before.ends_with('_') && is_random(word);
            replaced.push_str(before);
            replaced.push_str(&if is_part_of_id { self.number(word) } else { word.to_owned() });
            rest = after;
        }
        replaced + rest
    }

    /// The text of a file with the random parts of this run.
    pub(crate) fn restore(&self, text: &str) -> String {
        self.0.iter().enumerate().fold(text.to_owned(), |text, (number, part)| text.replace(&shown(number), part))
    }

    fn number(&mut self, part: &str) -> String {
        let known = self.0.iter().position(|known| known == part);
        shown(known.unwrap_or_else(|| {
            self.0.push(part.to_owned());
            self.0.len() - 1
        }))
    }
}

fn shown(number: usize) -> String {
    format!("1Tuition{number:010}")
}

fn is_random(word: &str) -> bool {
    word.len() >= 14 && word.bytes().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Moves every time that is given in unix seconds as if the scenario, which began at `start`, had happened at noon.
pub(crate) fn move_to_noon(value: &mut Value, start: i64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| move_to_noon(item, start)),
        Value::Object(fields) => fields.values_mut().for_each(|field| move_to_noon(field, start)),
        Value::Number(number) => {
            // A year around the scenario; no amount of money in it is as large.
            if let Some(time) = number.as_i64().filter(|time| (time - start).abs() < 365 * 24 * HOUR) {
                let hours = (time - start + HOUR / 2).div_euclid(HOUR);
                *value = Value::from(NOON + hours * HOUR);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{NOON, StableIds, move_to_noon};

    #[test]
    fn ids_get_numbers_and_words_stay() {
        let mut ids = StableIds::default();
        let live = r#""pi_3RJY5x9kbhcZhT3tN_secret_wtXpbyWZEerVujAzE" payment_method_configuration_details pi_3RJY5x9kbhcZhT3tN"#;
        let kept = ids.replace(live);
        assert_eq!(
            kept,
            r#""pi_1Tuition0000000000_secret_1Tuition0000000001" payment_method_configuration_details pi_1Tuition0000000000"#
        );
        assert_eq!(ids.restore(&kept), live);
    }

    #[test]
    fn times_move_and_amounts_stay() {
        let mut value = json!({ "created": 1_800_000_007, "expires_at": 1_800_086_406, "amount": 99_000 });
        move_to_noon(&mut value, 1_800_000_000);
        assert_eq!(value, json!({ "created": NOON, "expires_at": NOON + 24 * 3_600, "amount": 99_000 }));
    }
}
