//! From a handler's signature to its operation.

use std::any::type_name;

use super::operation::Operation;

/// A type in a handler's signature: an extractor, or what the handler returns.
pub trait InSignature {
    /// Adds what the type brings along.
    fn describe(operation: &mut Operation);
}

/// A handler that the contract can describe. `T` are the types of its arguments, as in axum's `Handler`.
pub trait Documented<T> {
    /// What the signature says.
    fn operation() -> Operation;
}

/// `checkout::create_session::handle` is the operation `create_session` of the function `checkout`.
fn named_after<H>() -> Operation {
    let mut path = type_name::<H>().split("::");
    Operation { function: path.next().unwrap_or_default(), id: path.next().unwrap_or_default(), ..Operation::default() }
}

macro_rules! documented {
    ($(($($argument:ident),*))*) => {$(
        impl<H, F, M, $($argument),*> Documented<(M, $($argument),*)> for H
        where
            H: FnOnce($($argument),*) -> F,
            F: Future<Output: InSignature>,
            $($argument: InSignature,)*
        {
            fn operation() -> Operation {
                let mut operation = named_after::<H>();
                $($argument::describe(&mut operation);)*
                F::Output::describe(&mut operation);
                operation
            }
        }
    )*};
}

documented! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
}
