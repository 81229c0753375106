//! What the contract says of an operation that no type says.

/// Codes of problems by their status.
pub type ProblemCodes = &'static [(u16, &'static [&'static str])];

/// The words of an operation, and the problems of its own: those that neither an extractor nor the router brings along.
#[derive(Debug, Clone, Copy)]
pub struct OperationText {
    /// The file of its handler.
    pub id: &'static str,
    /// A few words, without a full stop.
    pub summary: &'static str,
    /// What a caller has to know.
    pub description: &'static str,
    /// What the one variable of the path is.
    pub path_parameter: Option<&'static str>,
    /// The statuses of a success, each with its meaning.
    pub success: &'static [(u16, &'static str)],
    /// The codes. Several lists are joined.
    pub problems: &'static [ProblemCodes],
}
