//! The shape of the repository. A rule that nothing checks is broken by the third contributor.

mod cycles;
mod dependencies;
mod source;
mod stand_in;
mod test_files;
mod workspace;
