//! The courses of the file: their modules and steps, in which order and when they open.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Deserialize;
use shared::domain::{Category, Course, CourseId, Module, Unlock};

/// A course as the file has it. The table's type lets unknown fields pass, so that an older version can read a newer table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCourse {
    id: CourseId,
    title: String,
    summary: String,
    category: Category,
    #[serde(default)]
    unlock: Unlock,
    starts_at: Option<RawStart>,
    #[serde(default)]
    certificate: bool,
    #[serde(default)]
    modules: Vec<Module>,
}

/// `2027-09-06`, which begins in UTC, or `2027-09-06T16:00:00Z`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct RawStart(Timestamp);

impl TryFrom<String> for RawStart {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let midnight = |day: Date| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
        // A time without its offset would be read as a day, too.
        let day = text.parse().ok().filter(|_| text.len() == 10).and_then(midnight);
        day.or_else(|| text.parse().ok())
            .map(Self)
            .ok_or("a start is a day, 2027-09-06, or a time, 2027-09-06T16:00:00Z")
    }
}

impl From<RawCourse> for Course {
    fn from(raw: RawCourse) -> Self {
        let RawCourse { id, title, summary, category, unlock, starts_at, certificate, modules } = raw;
        let starts_at = starts_at.map(|RawStart(at)| at);
        Self { id, title, summary, category, unlock, starts_at, certificate, modules }
    }
}

/// Checks what a course's type does not say.
pub(super) fn check(course: &Course) -> Result<(), String> {
    let of = &course.id;
    require_unique(&format!("modules of {of}"), course.modules.iter().map(|module| module.id.as_str()))?;
    // A step is completed by its id, whatever its module is.
    require_unique(&format!("steps of {of}"), course.steps().map(|step| step.id.as_str()))?;
    if let Some(step) = course.steps().find(|step| !is_slug(&step.id)) {
        return Err(format!(
            "the step {} of {of} has to have an id of 1 to 64 characters of a-z, 0-9 and '-'",
            step.id
        ));
    }
    if course.certificate && course.steps().next().is_none() {
        return Err(format!("{of} has a certificate and no steps to complete"));
    }
    // A free course is begun with its first step, and the days are counted from then.
    let first_waits = course.modules.first().and_then(|module| module.opens_after_days).is_some_and(|days| days > 0);
    if course.category == Category::Free && first_waits {
        return Err(format!("{of} is free, so its first module cannot open after days"));
    }
    Ok(())
}

/// Step ids are part of paths.
fn is_slug(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(allowed)
}

pub(super) fn require_unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(format!("there are two {what} with the id {id}"));
        }
    }
    Ok(())
}
