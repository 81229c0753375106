//! Shows that no two files of a crate use each other, however indirectly.

use std::collections::{BTreeMap, BTreeSet};

use super::{source, workspace};

/// A file, by its module; `lib.rs` and `main.rs` are the empty one.
pub(super) type Module = Vec<String>;

/// Which files of a crate each of them uses.
pub(super) type Uses = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_two_files_of_a_crate_use_each_other() {
    let folders: BTreeSet<String> = workspace::packages().iter().flat_map(workspace::Package::source_folders).collect();
    let uses: BTreeMap<String, Uses> =
        folders.into_iter().map(|folder| (folder.clone(), uses(&workspace::sources(&folder)))).collect();
    assert!(uses.values().map(BTreeMap::len).sum::<usize>() > 400, "all crates are read");
    let mut found: BTreeMap<String, Uses> = uses.into_iter().map(|(folder, uses)| (folder, cycles(uses))).collect();
    found.retain(|_, cycles| !cycles.is_empty());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_cycle_is_found() {
    let file = |module: &str, text: &str| {
        let module = module.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        (module, text.to_owned())
    };
    let check = |sources: &[(Module, String)], expected: &[&str]| {
        let left: Vec<String> = cycles(uses(sources)).keys().map(|file| file.join("::")).collect();
        assert_eq!(left, expected);
    };
    let among_siblings = [
        file("rules", "mod a; mod b; mod c; mod d; pub use a::go;"),
        file("rules::a", "use crate::rules::b::go;"),
        file("rules::b", "fn f() { super::c::go() }"),
        file("rules::c", "use crate::rules::{a, d};"),
        file("rules::d", "use crate::values::e;"),
        file("values::e", ""),
    ];
    check(&among_siblings, &["rules::a", "rules::b", "rules::c"]);
    let through_a_re_export =
        [file("a", "pub use b::go; pub use c::Go;"), file("a::b", "use super::Go;"), file("a::c", "")];
    check(&through_a_re_export, &["a", "a::b"]);
    let with_the_crate = [file("", "mod a; use a::go;"), file("a", "use crate::State;")];
    check(&with_the_crate, &["", "a"]);
    let from_a_sibling =
        [file("a", "pub use b::go; pub use c::Go;"), file("a::b", "use super::c::Go;"), file("a::c", "")];
    check(&from_a_sibling, &[]);
}

/// Reads it from the files' paths. A method that is called names no file.
pub(super) fn uses(sources: &[(Module, String)]) -> Uses {
    let files: BTreeSet<&[String]> = sources.iter().map(|(file, _)| file.as_slice()).collect();
    let mut uses = Uses::new();
    for (file, text) in sources {
        let used = uses.entry(file.clone()).or_default();
        for path in source::paths(text, file) {
            let (path, shortest) = match path.split_first() {
                Some((first, rest)) if first == "crate" => (rest.to_vec(), 0),
                // A child of this file, if it is of this crate at all.
                _ => ([file.as_slice(), &path].concat(), file.len() + 1),
            };
            let named = (shortest..=path.len()).rev().find_map(|end| files.get(&path[..end]));
            used.extend(named.filter(|named| **named != file.as_slice()).map(|named| named.to_vec()));
        }
    }
    uses
}

/// What is left after all files are taken away that use nothing that is left, or that nothing that is left uses.
fn cycles(mut uses: Uses) -> Uses {
    loop {
        let left: BTreeSet<Module> = uses.keys().cloned().collect();
        let used: BTreeSet<Module> = uses.values().flatten().cloned().collect();
        uses.retain(|file, uses| used.contains(file) && !uses.is_disjoint(&left));
        if uses.len() == left.len() {
            return uses;
        }
    }
}
