//! The Stripe stand-in's files are layers, and no two of them use each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{source, workspace};

/// The folders, and the one file beside them. Each uses only itself and those before it.
const LAYERS: &[&str] = &["values", "state", "rules", "resources", "api", "pages", "delivery", "server"];

type Module = Vec<String>;

#[test]
fn the_layers_of_the_stand_in_use_only_what_is_beneath_them() {
    let uses = uses(&workspace::sources("stripe-stand-in"));
    let broken: Vec<String> = uses
        .iter()
        .flat_map(|(file, used)| used.iter().map(move |used| (file, used)))
        .filter(|(file, used)| layer(file) < layer(used))
        .map(|(file, used)| format!("{} must not use {}", file.join("::"), used.join("::")))
        .collect();
    assert!(uses.len() > 100 && broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_files_of_the_stand_in_use_each_other_however_indirectly() {
    let circles = circles(uses(&workspace::sources("stripe-stand-in")));
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_circle_is_found() {
    let file = |module: &str, text: &str| (module.split("::").map(str::to_owned).collect(), text.to_owned());
    let sources = [
        file("rules::a", "use crate::rules::b::go;"),
        file("rules::b", "fn f() { super::c::go() }"),
        file("rules::c", "use crate::rules::{a, d};"),
        file("rules::d", "use crate::values::e;"),
        file("values::e", ""),
    ];
    let left: Vec<String> = circles(uses(&sources)).keys().map(|file| file.join("::")).collect();
    assert_eq!(left, ["rules::a", "rules::b", "rules::c"]);
}

/// Which files of the layers each of them uses.
fn uses(sources: &[(Module, String)]) -> BTreeMap<Module, BTreeSet<Module>> {
    let files: BTreeSet<&[String]> =
        sources.iter().map(|(file, _)| file.as_slice()).filter(|file| layer(file).is_some()).collect();
    let used_by = |file: &Module, text: &str| -> BTreeSet<Module> {
        let paths = source::paths(text, file).into_iter().map(|path| match path.split_first() {
            Some((first, rest)) if first == "crate" => rest.to_vec(),
            // A child of this file, if it is of this crate at all.
            _ => [file.as_slice(), &path].concat(),
        });
        let named =
            |path: Module| (1..=path.len()).rev().find_map(|end| files.get(&path[..end]).map(|file| file.to_vec()));
        paths.filter_map(named).filter(|used| used != file).collect()
    };
    let layers = sources.iter().filter(|(file, _)| files.contains(file.as_slice()));
    layers.map(|(file, text)| (file.clone(), used_by(file, text))).collect()
}

/// What is left after all files are taken away that use nothing that is left.
fn circles(mut uses: BTreeMap<Module, BTreeSet<Module>>) -> BTreeMap<Module, BTreeSet<Module>> {
    loop {
        let left: BTreeSet<Module> = uses.keys().cloned().collect();
        uses.retain(|_, used| !used.is_disjoint(&left));
        if uses.len() == left.len() {
            return uses;
        }
    }
}

fn layer(file: &[String]) -> Option<usize> {
    LAYERS.iter().position(|layer| file.first().is_some_and(|first| first == layer))
}
