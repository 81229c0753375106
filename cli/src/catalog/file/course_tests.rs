//! Tests of the courses of the file.

use super::{CatalogFile, FileError};

fn parse(course: &str) -> Result<CatalogFile, FileError> {
    let yaml = format!("courses: [{{id: a, title: A, summary: S, category: track, {course}}}]\nproducts: []");
    CatalogFile::parse(&yaml)
}

fn refusal(course: &str) -> String {
    parse(course).unwrap_err().to_string()
}

#[test]
fn a_course_says_in_which_order_and_when_it_opens() {
    let file = parse(
        "unlock: sequential, certificate: true, modules: [{id: m, title: M, opens_after_days: 7, steps: [{id: s, title: S}]}]",
    );
    let course = &file.unwrap().courses[0];
    assert_eq!((course.unlock, course.certificate), (shared::domain::Unlock::Sequential, true));
    assert_eq!(course.modules[0].opens_after_days, Some(7));
    for (start, expected) in [
        ("2027-09-06", "2027-09-06T00:00:00Z"),
        ("2027-09-06T16:00:00Z", "2027-09-06T16:00:00Z"),
        ("\"2027-09-06T18:00:00+02:00\"", "2027-09-06T16:00:00Z"),
    ] {
        let file = parse(&format!("starts_at: {start}")).unwrap();
        assert_eq!(file.courses[0].starts_at.unwrap().to_string(), expected, "{start}");
    }
}

#[test]
fn an_error_names_what_is_wrong_with_a_course() {
    let two = "{id: m, title: M, steps: [{id: s, title: S}]}, {id: n, title: N, steps: [{id: s, title: S}]}";
    assert!(refusal(&format!("modules: [{two}]")).contains("two steps of a with the id s"));
    assert!(refusal("modules: [{id: m, title: M}, {id: m, title: M}]").contains("two modules of a"));
    assert!(refusal("modules: [{id: m, title: M, steps: [{id: A/b, title: S}]}]").contains("the step A/b of a"));
    assert!(refusal("certificate: true").contains("no steps"));
    assert!(refusal("starts_at: soon").contains("a start is a day"));
    assert!(refusal("starts_at: 2027-09-06T16:00:00").contains("a start is a day"));
    assert!(refusal("unlock: random").contains("random"));
    assert!(refusal("unlocks: all").contains("unlocks"));
    assert!(refusal("modules: [{id: m, title: M, opens_after_days: -1}]").contains("-1"));
    let free = "courses: [{id: f, title: F, summary: S, category: free, modules: [{id: m, title: M, opens_after_days: 1}]}]\nproducts: []";
    assert!(CatalogFile::parse(free).unwrap_err().to_string().contains("f is free"));
}
