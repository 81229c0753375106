//! Who may open what, as the reading routes answer it.

mod courses;
mod grants;
