//! Which modules of a course are open to a learner, and what opens the others.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::access::{Access, DeniedReason};
use super::catalog::{Module, Step, Unlock};
use super::enrollment::Enrollment;
use super::learner_course::LearnerCourse;

/// Why a module is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LockReason {
    /// The learner may not open the course; its access says why.
    NoAccess,
    /// The learner has the course, and it has not started.
    NotStarted,
    /// Steps of earlier modules are not completed.
    PreviousModules,
    /// Too few days have passed since the learner enrolled.
    OpensLater,
}

impl LockReason {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAccess => "no_access",
            Self::NotStarted => "not_started",
            Self::PreviousModules => "previous_modules",
            Self::OpensLater => "opens_later",
        }
    }
}

/// Why a module is locked, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleLock {
    /// Why.
    pub reason: LockReason,
    /// It does not open before; `None` when no time is known.
    pub opens_at: Option<Timestamp>,
    /// The steps of earlier modules that have to be completed first, by their ids.
    pub missing_steps: Vec<String>,
}

impl LearnerCourse<'_> {
    /// The lock of each module, in the course's order; `None` of an open one. A preview is open to every signed-in user. A module
    /// in which a step is completed stays open to who has access: a course that grows sends nobody back.
    pub fn module_locks(&self, enrollment: &Enrollment) -> Vec<Option<ModuleLock>> {
        let access = self.access();
        let lock = |(position, module)| self.module_lock(&access, enrollment, position, module);
        self.course.modules.iter().enumerate().map(lock).collect()
    }

    /// The first step that is not completed and that the learner may take, with its module.
    pub fn next_step(&self, locks: &[Option<ModuleLock>]) -> Option<(&Module, &Step)> {
        let open = self.course.modules.iter().zip(locks).filter(|(_, lock)| lock.is_none());
        open.flat_map(|(module, _)| module.steps.iter().map(move |step| (module, step)))
            .find(|(_, step)| !self.has_completed(&step.id))
    }

    fn module_lock(
        &self,
        access: &Access,
        enrollment: &Enrollment,
        position: usize,
        module: &Module,
    ) -> Option<ModuleLock> {
        let locked = |reason, opens_at| Some(ModuleLock { reason, opens_at, missing_steps: Vec::new() });
        if module.preview {
            return None;
        }
        match access {
            Access::Denied { because: DeniedReason::NotStarted { starts_at } } => {
                return locked(LockReason::NotStarted, Some(*starts_at));
            }
            Access::Denied { .. } => return locked(LockReason::NoAccess, None),
            Access::Allowed { .. } => {}
        }
        if module.steps.iter().any(|step| self.has_completed(&step.id)) {
            return None;
        }
        let waits = self.waits_until(enrollment, module);
        let missing_steps = self.missing_steps(enrollment, position);
        if !missing_steps.is_empty() {
            return Some(ModuleLock { reason: LockReason::PreviousModules, opens_at: waits.flatten(), missing_steps });
        }
        waits.and_then(|opens_at| locked(LockReason::OpensLater, opens_at))
    }

    /// Whether the module still waits for its day: `Some(None)` when the days have not begun to be counted.
    fn waits_until(&self, enrollment: &Enrollment, module: &Module) -> Option<Option<Timestamp>> {
        let days = module.opens_after_days.filter(|days| *days > 0)?;
        let Some(enrolled_at) = enrollment.enrolled_at else { return Some(None) };
        let counted_from = self.course.starts_at.map_or(enrolled_at, |starts_at| starts_at.max(enrolled_at));
        let wait = SignedDuration::from_hours(i64::from(days).saturating_mul(24));
        let opens_at = counted_from.checked_add(wait).unwrap_or(Timestamp::MAX);
        (self.now < opens_at).then_some(Some(opens_at))
    }

    /// What is not completed in the modules before this one. Who has completed the course finds all of it open.
    fn missing_steps(&self, enrollment: &Enrollment, position: usize) -> Vec<String> {
        if self.course.unlock == Unlock::All || enrollment.completed_at.is_some() {
            return Vec::new();
        }
        let before = self.course.modules.iter().take(position).flat_map(|module| &module.steps);
        before.filter(|step| !self.has_completed(&step.id)).map(|step| step.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests;
