//! What the contract says about referrals that no type says.

use shared::http::openapi::OperationText;

/// What the function is for.
pub const DESCRIPTION: &str = "The caller's referral code, and the credit that others' purchases with it earn.";

/// The operations.
pub const OPERATIONS: &[OperationText] = &[
    OperationText {
        id: "show_referrals",
        summary: "Show the referrals",
        description: "The caller's code and link, how many referrals stand where, and the credit in every currency. The code is made at \
            the first call.",
        path_parameter: None,
        success: &[(200, "The referrals.")],
        problems: &[],
    },
    OperationText {
        id: "list_referral_history",
        summary: "List the referrals",
        description: "Each referral with its state and what it earns, the newest first. Who bought, and what, is not said.",
        path_parameter: None,
        success: &[(200, "A page of referrals.")],
        problems: &[],
    },
    OperationText {
        id: "check_referral_code",
        summary: "Check a referral code",
        description: "Whether it is a code, in upper or lower case; blanks and hyphens do not count. It needs no token, and says nothing \
            about whose code it is.",
        path_parameter: Some("The code."),
        success: &[(200, "Whether it is one. What is no code is answered with 200, too.")],
        problems: &[],
    },
];
