//! Who may call an operator's route: a signed-in user of the group `admin`.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::caller::{self, Caller};
use super::problem::Problem;
use crate::domain::UserId;

/// The group of operators.
pub const OPERATORS_GROUP: &str = "admin";

/// The state of a function for operators.
pub trait GroupsClaim: Sync {
    /// The claim that lists the groups of a user: `cognito:groups`, or what another identity provider calls it.
    fn groups_claim(&self) -> &str;
}

/// A signed-in operator. Everybody else gets 403 `forbidden`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The claim `sub`; the audit names it.
    pub user: UserId,
}

impl<S: GroupsClaim> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let groups = caller::claims(parts).and_then(|claims| claims.get(state.groups_claim()));
        if groups.is_some_and(|groups| has_group(groups, OPERATORS_GROUP)) {
            return Ok(Self { user: caller.user });
        }
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "Only operators may do this."))
    }
}

/// Whether a claim lists a group. API Gateway hands an array over as `[a b]`; a claim that is one text is no list.
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>.
fn has_group(claim: &str, group: &str) -> bool {
    let list = claim.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    list.is_some_and(|list| list.split(' ').any(|one| one == group))
}

/// A variable that names a claim.
///
/// # Errors
/// When it cannot be the name of one.
pub fn parse_groups_claim(value: &str) -> Result<String, &'static str> {
    let is_name = !value.is_empty() && value.len() <= 64 && value.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| value.to_owned()).ok_or("it has to be the name of a claim, such as cognito:groups")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_with_the_group_makes_an_operator() {
        for (claim, is_operator) in [
            ("[admin]", true),
            ("[staff admin]", true),
            ("[admin staff]", true),
            ("[]", false),
            ("[administrators]", false),
            ("[Admin]", false),
            ("[staff,admin]", false),
            ("admin", false),
            ("[admin", false),
            ("admin]", false),
            ("", false),
        ] {
            assert_eq!(has_group(claim, OPERATORS_GROUP), is_operator, "{claim:?}");
        }
    }

    #[test]
    fn the_name_of_a_claim_has_no_space() {
        assert_eq!(parse_groups_claim("cognito:groups").as_deref(), Ok("cognito:groups"));
        for nonsense in ["", " ", "a b", "ä"] {
            assert!(parse_groups_claim(nonsense).is_err(), "{nonsense:?}");
        }
    }
}
