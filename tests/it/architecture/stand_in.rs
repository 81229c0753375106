//! Shows that the Stripe stand-in's files are layers.

use super::{cycles, workspace};

/// The folders, and the one file beside them. Each uses only itself and those before it.
const LAYERS: &[&str] = &["values", "state", "rules", "resources", "api", "pages", "delivery", "stand_in"];

#[test]
fn the_layers_of_the_stand_in_use_only_what_is_beneath_them() {
    let mut uses = cycles::uses(&workspace::sources("stripe-stand-in/src"));
    uses.retain(|file, _| layer(file).is_some());
    let broken: Vec<String> = uses
        .iter()
        .flat_map(|(file, used)| used.iter().map(move |used| (file, used)))
        .filter(|(file, used)| layer(file) < layer(used))
        .map(|(file, used)| format!("{} must not use {}", file.join("::"), used.join("::")))
        .collect();
    assert!(uses.len() > 100 && broken.is_empty(), "{broken:#?}");
}

fn layer(file: &[String]) -> Option<usize> {
    LAYERS.iter().position(|layer| file.first().is_some_and(|first| first == layer))
}
