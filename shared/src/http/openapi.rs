//! What the contract, `openapi.json`, says of a route, read from the types of its handler. A parameter, a body or a problem that
//! an extractor brings along is in the contract because it is in the handler's signature, and nowhere else.

mod extractors;
mod one_of;
mod operation;
mod signature;
mod text;

pub use one_of::exactly_one_of;
pub use operation::{Location, Operation, Parameter, RequestBody, SchemaOf};
pub use signature::{Documented, InSignature};
pub use text::{OperationText, ProblemCodes};
