//! What a learner has done of a course. Steps and times are stored; percent is computed from them and the catalog, so that a
//! course may grow and shrink.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalog::Course;
use super::id::{CertificateId, CourseId};

/// What a learner has done of a course. It outlives access: who comes back goes on from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which course.
    pub course: CourseId,
    /// When each completed step was completed, by the step's id. A step stays when the course loses it.
    pub steps: BTreeMap<String, Timestamp>,
    /// The steps that were completed once and are undone now. The refund policy counts them: what was seen was seen.
    #[serde(default)]
    pub undone_steps: BTreeSet<String>,
    /// When the learner completed a step of the course for the first time.
    pub started_at: Timestamp,
    /// When the learner last completed a step, or undid one.
    pub last_activity_at: Timestamp,
    /// When all steps were completed for the first time. It stays when the course grows, and when a step is undone.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    /// The certificate, once it was asked for.
    #[serde(default)]
    pub certificate: Option<CertificateId>,
}

impl Progress {
    /// The progress of somebody who begins a course at `now`, before the first step.
    pub fn new(course: CourseId, now: Timestamp) -> Self {
        Self {
            course,
            steps: BTreeMap::new(),
            undone_steps: BTreeSet::new(),
            started_at: now,
            last_activity_at: now,
            completed_at: None,
            certificate: None,
        }
    }

    /// Whether the step is completed.
    pub fn has_completed(&self, step: &str) -> bool {
        self.steps.contains_key(step)
    }

    /// How much of the course is done, from 0 to 100: completed steps that the course still has, over all that it has, rounded
    /// down. So 100 says that all are done. A course without steps is at 0.
    pub fn percent(&self, course: &Course) -> u8 {
        percent(course.steps().filter(|step| self.has_completed(&step.id)).count(), course.steps().count())
    }

    /// How many steps that the course still has were ever completed, those included that were undone.
    pub fn steps_ever_completed(&self, course: &Course) -> usize {
        let ever_completed = |step: &str| self.has_completed(step) || self.undone_steps.contains(step);
        course.steps().filter(|step| ever_completed(&step.id)).count()
    }

    /// When the course was completed: for the first time, or, if the course lost the steps that were missing, with the last one of
    /// those it has.
    pub fn completion(&self, course: &Course) -> Option<Timestamp> {
        let times = || course.steps().map(|step| self.steps.get(&step.id).copied()).collect::<Option<Vec<_>>>();
        self.completed_at.or_else(|| times()?.into_iter().max())
    }

    /// The progress after a step was completed at `now`; `None` when that changes nothing. Whether the course is completed with it
    /// is decided here, so that both are written together.
    #[must_use]
    pub fn with_completed(&self, course: &Course, step: &str, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        if !self.has_completed(step) {
            next.steps.insert(step.to_owned(), now);
            next.undone_steps.remove(step);
            next.last_activity_at = now;
        }
        next.completed_at = next.completion(course);
        (next != *self).then_some(next)
    }

    /// The progress after a step was undone at `now`; `None` when it was not completed. A completed course stays completed.
    #[must_use]
    pub fn with_undone(&self, course: &Course, step: &str, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.steps.remove(step)?;
        next.undone_steps.insert(step.to_owned());
        next.last_activity_at = now;
        next.completed_at = self.completion(course);
        Some(next)
    }
}

/// A part of a whole, in percent, rounded down; 0 of nothing.
pub(super) fn percent(part: usize, whole: usize) -> u8 {
    let percent = part.saturating_mul(100).checked_div(whole).unwrap_or(0);
    u8::try_from(percent).unwrap_or(100)
}

#[cfg(test)]
mod tests;
