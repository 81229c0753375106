//! What Cargo knows about the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A crate of the workspace.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

/// A library, a program or a test of a crate.
#[derive(Debug, Deserialize)]
struct Target {
    /// Its first file.
    src_path: PathBuf,
}

/// A crate that another one asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// `dev`, `build`, or nothing for the usual kind.
    kind: Option<String>,
    /// Where it is, when it is of the workspace.
    path: Option<String>,
}

impl Package {
    /// The crates of the workspace that it uses, in tests as well.
    pub(super) fn siblings(&self) -> impl Iterator<Item = &str> {
        self.dependencies.iter().filter(|used| used.path.is_some()).map(|used| used.name.as_str())
    }

    /// The folders of its source files, from the root of the repository.
    pub(super) fn source_folders(&self) -> impl Iterator<Item = String> {
        let root = Path::new(ROOT).canonicalize().unwrap();
        self.targets.iter().map(move |target| {
            let folder = target.src_path.parent().unwrap().strip_prefix(&root).unwrap();
            folder.to_str().unwrap().to_owned()
        })
    }

    /// The crates from elsewhere, as source code names them.
    pub(super) fn foreign(&self) -> impl Iterator<Item = String> {
        let usual = self.dependencies.iter().filter(|used| used.path.is_none() && used.kind.is_none());
        // async-stripe-shared is the library stripe_shared, and so on.
        usual.map(|used| used.name.strip_prefix("async-").unwrap_or(&used.name).replace('-', "_"))
    }
}

/// The crates of the workspace.
pub(super) fn packages() -> Vec<Package> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let metadata = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    serde_json::from_str::<Metadata>(&metadata).unwrap().packages
}

/// Every crate that a package links when it is built by itself.
pub(super) fn linked(package: &str) -> Vec<String> {
    let tree =
        cargo(&["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}", "--offline"]);
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The source files in a folder, by module, with their text.
pub(super) fn sources(folder: &str) -> Vec<(Vec<String>, String)> {
    rust_files(folder).into_iter().map(|(file, text)| (module(Path::new(&file)), text)).collect()
}

/// The Rust files in a folder of the repository, by their paths from there, with their text.
pub(super) fn rust_files(folder: &str) -> Vec<(String, String)> {
    let start = Path::new(ROOT).join(folder);
    let mut files = Vec::new();
    let mut folders = vec![start.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                let is_ours = !name.starts_with('.') && !["node_modules", "target"].contains(&name);
                folders.extend(is_ours.then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.strip_prefix(&start).unwrap().to_str().unwrap().to_owned();
                files.push((file, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// The module that a file is: `store/keys.rs` is `store::keys`, `store/mod.rs` is `store`.
fn module(file: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    module.pop_if(|last| ["lib", "main", "mod"].contains(&last.as_str()));
    module
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(ROOT).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
