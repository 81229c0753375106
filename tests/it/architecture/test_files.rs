//! Shows that every file of tests is short, and says first what it shows.

use super::workspace;

/// The longest that a file of tests may be, in lines.
const LONGEST: usize = 300;

#[test]
fn no_file_of_tests_is_longer_than_300_lines_and_each_says_first_what_it_shows() {
    let files: Vec<(String, String)> =
        workspace::rust_files("").into_iter().filter(|(path, text)| is_of_tests(path, text)).collect();
    let broken: Vec<&str> =
        files.iter().filter(|(_, text)| !is_short_and_described(text)).map(|(path, _)| path.as_str()).collect();
    assert!(files.len() > 100, "only {} files were found", files.len());
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_long_file_and_one_without_a_sentence_are_found() {
    let described = "//! Shows that it works.\n";
    assert!(is_short_and_described(&described.repeat(LONGEST)));
    assert!(!is_short_and_described(&described.repeat(LONGEST + 1)));
    assert!(!is_short_and_described("use super::workspace;\n"));
    for path in ["tests/it/main.rs", "shared/src/domain/access/tests.rs", "shared/src/fulfil/model/mod.rs"] {
        assert!(is_of_tests(path, ""), "{path}");
    }
    assert!(is_of_tests("shared/src/domain/money.rs", "#[test]\nfn it_works() {}\n"));
    assert!(!is_of_tests("shared/src/domain/money.rs", "mod tests {\n    #[test]\n    fn it_works() {}\n}\n"));
}

/// Whether the file, named from the root of the repository, is one of tests. A module of tests inside of another file is not.
fn is_of_tests(path: &str, text: &str) -> bool {
    let is_in_a_folder_of_tests = path.split('/').any(|folder| folder == "tests" || folder.ends_with("_tests"))
        || path.contains("/fulfil/model/");
    let has_tests = || text.lines().any(|line| line == "#[test]" || line.starts_with("#[tokio::test"));
    is_in_a_folder_of_tests || path.ends_with("tests.rs") || has_tests()
}

fn is_short_and_described(text: &str) -> bool {
    text.lines().count() <= LONGEST && text.starts_with("//! ")
}
