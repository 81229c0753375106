//! What the contract says about courses that no type says.

use shared::http::openapi::{OperationText, ProblemCodes};

/// What the function is for.
pub const DESCRIPTION: &str = "The catalog, which courses are open to the caller, and what the caller has learned.";

const STEP_PROBLEMS: &[ProblemCodes] = &[&[(403, &["no_access"]), (409, &["module_locked"])]];
const COURSE: Option<&str> = Some("The course's id, a slug of the catalog.");

/// The operations.
pub const OPERATIONS: &[OperationText] = &[
    OperationText {
        id: "show_catalog",
        summary: "Show the catalog",
        description: "All that a pricing page needs: courses, products and plans. It needs no token. An answer may be two minutes old.",
        path_parameter: None,
        success: &[(200, "Everything that is offered.")],
        problems: &[],
    },
    OperationText {
        id: "list_courses",
        summary: "List the courses",
        description: "Every course, each with the caller's access and its reason.",
        path_parameter: None,
        success: &[(200, "A page of courses.")],
        problems: &[],
    },
    OperationText {
        id: "show_course",
        summary: "Show a course",
        description: "One course with its modules, each locked or open to the caller, and with what the caller has done of it.",
        path_parameter: COURSE,
        success: &[(200, "The course.")],
        problems: &[],
    },
    OperationText {
        id: "check_access",
        summary: "Check access to a course",
        description: "Whether the caller may open the course, why, and until when.",
        path_parameter: COURSE,
        success: &[(200, "The decision. A closed course is answered with 200, too.")],
        problems: &[],
    },
    OperationText {
        id: "complete_step",
        summary: "Complete a step",
        description: "The caller has done the step. Repeated, it changes nothing. With the last step the course is completed. A step of a \
            preview can be completed without access.",
        path_parameter: COURSE,
        success: &[(200, "How the caller stands to the course now.")],
        problems: STEP_PROBLEMS,
    },
    OperationText {
        id: "undo_step",
        summary: "Undo a step",
        description: "Takes the completion of a step back. Repeated, it changes nothing. A completed course stays completed.",
        path_parameter: COURSE,
        success: &[(200, "How the caller stands to the course now.")],
        problems: STEP_PROBLEMS,
    },
    OperationText {
        id: "list_enrollments",
        summary: "List the enrolments",
        description: "Every course that the caller has or had, or has completed a step of, with how far the caller is and where to \
            continue. The course that was worked on last is the first.",
        path_parameter: None,
        success: &[(200, "A page of enrolments.")],
        problems: &[],
    },
    OperationText {
        id: "create_certificate",
        summary: "Ask for a certificate",
        description: "Makes the caller's certificate of a completed course, for courses that have one. Asked again, it is the same \
            certificate; with another name, the name is corrected.",
        path_parameter: COURSE,
        success: &[(201, "The new certificate."), (200, "The certificate that there was.")],
        problems: &[&[(403, &["no_access"]), (409, &["not_completed"])]],
    },
    OperationText {
        id: "show_certificate",
        summary: "Show a certificate",
        description: "Whose certificate it is, of which course and day, and whether it counts: it is revoked when the money for the \
            course went back. It needs no token. An answer may be a minute old.",
        path_parameter: Some("The certificate's id, which is known to those to whom the learner gave it."),
        success: &[(200, "The certificate.")],
        problems: &[],
    },
];
