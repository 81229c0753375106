//! The shop's section of the report. `make bench-web` writes it (`web/test/performance/report.ts`); here it is kept.

const BEGIN: &str = "<!-- make bench-web: begin -->";
const END: &str = "<!-- make bench-web: end -->";

/// The new report, and after it the section that the old one has, if there is one.
pub(crate) fn keep(old: &str, new: String) -> String {
    match old.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)) {
        Some((section, _)) => format!("{new}\n{BEGIN}{section}{END}\n"),
        None => new,
    }
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, keep};

    #[test]
    fn the_section_of_the_old_report_is_at_the_end_of_the_new_one() {
        let section = format!("{BEGIN}\n## The shop\n{END}\n");
        let written = keep(&format!("# Old\n\n{section}"), "# New\n".to_owned());
        assert_eq!(written, format!("# New\n\n{section}"));
        assert_eq!(keep(&written, "# New\n".to_owned()), written);
        assert_eq!(keep("# Old\n", "# New\n".to_owned()), "# New\n");
    }
}
