//! Shows what is learned: steps, enrolment, when modules open, certificates, and who may see it.

mod access_over_time;
mod certificates;
mod changed_course;
mod enrollments;
mod other_learners;
mod parallel_completions;
mod statistics;
mod steps;
mod unlocking;
