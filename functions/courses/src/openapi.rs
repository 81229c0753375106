//! What the contract says about courses that no type says.

use shared::http::openapi::OperationText;

/// What the function is for.
pub const DESCRIPTION: &str = "The catalog, and which courses are open to the caller.";

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
        description: "One course with its modules, each locked or open to the caller.",
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
];
