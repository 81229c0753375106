//! What source code names. Read as tokens, so that comments and strings name nothing, and the inside of a macro call
//! is seen as well as everything else.

use std::collections::BTreeSet;
use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The paths that a file names, such as `["crate", "store", "Store"]`: `self` and `super` are resolved, and the
/// branches of `use a::{b, c}` are paths of their own.
pub(super) fn paths(source: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let tokens: TokenStream = source.parse().expect("the file is Rust");
    let mut named = BTreeSet::new();
    read(tokens, module, &mut named);
    named
}

/// Whether a file has this keyword.
pub(super) fn has_word(source: &str, word: &str) -> bool {
    fn has(tokens: TokenStream, word: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == word,
            TokenTree::Group(group) => has(group.stream(), word),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    has(source.parse().expect("the file is Rust"), word)
}

type Tokens = Peekable<std::vec::IntoIter<TokenTree>>;

fn tokens(stream: TokenStream) -> Tokens {
    stream.into_iter().collect::<Vec<_>>().into_iter().peekable()
}

fn read(stream: TokenStream, module: &[String], named: &mut BTreeSet<Vec<String>>) {
    let mut tokens = tokens(stream);
    let mut previous = String::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if previous == "mod" => {
                // A module in the file: `super` means one more step up in there.
                if let Some(TokenTree::Group(body)) = tokens.next_if(is_braced) {
                    let inner = [module, &[ident.to_string()]].concat();
                    read(body.stream(), &inner, named);
                }
                previous.clear();
            }
            TokenTree::Ident(ident) => {
                let mut found = Vec::new();
                follow(vec![ident.to_string()], &mut tokens, &mut found);
                // A single word is a path only where something is imported.
                found.retain(|path| path.len() > 1 || previous == "use");
                named.extend(found.into_iter().map(|path| resolve(path, module)));
                previous = ident.to_string();
            }
            TokenTree::Group(group) => read(group.stream(), module, named),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Goes on after the first word of a path, as long as there is a `::`.
fn follow(mut path: Vec<String>, tokens: &mut Tokens, found: &mut Vec<Vec<String>>) {
    while tokens.next_if(is_colon).is_some() {
        if tokens.next_if(is_colon).is_none() {
            break;
        }
        match tokens.next_if(|token| matches!(token, TokenTree::Ident(_)) || is_braced(token)) {
            Some(TokenTree::Ident(ident)) => path.push(ident.to_string()),
            Some(TokenTree::Group(group)) => return branch(&path, &group, found),
            _ => break,
        }
    }
    found.push(path);
}

/// The branches of an import.
fn branch(path: &[String], group: &Group, found: &mut Vec<Vec<String>>) {
    let mut tokens = tokens(group.stream());
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "self" => found.push(path.to_vec()),
            // What follows is only another name for it.
            TokenTree::Ident(ident) if ident == "as" => drop(tokens.next()),
            TokenTree::Ident(ident) => follow([path, &[ident.to_string()]].concat(), &mut tokens, found),
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn resolve(path: Vec<String>, module: &[String]) -> Vec<String> {
    let mut at = module;
    let mut rest = path.as_slice();
    loop {
        match rest {
            [first, after @ ..] if first == "super" => {
                at = at.split_last().map_or(at, |(_, parent)| parent);
                rest = after;
            }
            [first, after @ ..] if first == "self" => rest = after,
            _ => break,
        }
    }
    if rest.len() == path.len() { path } else { [&["crate".to_owned()], at, rest].concat() }
}

fn is_braced(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

#[cfg(test)]
mod tests {
    use super::{has_word, paths};

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let module = ["store".to_owned(), "keys".to_owned()];
        let named: Vec<String> = paths(source, &module).iter().map(|path| path.join("::")).collect();
        assert_eq!(named, expected, "{source}");
    }

    #[test]
    fn every_way_to_name_something_is_seen() {
        check(
            "use crate::domain::{Money, access::{self, Access as TestResponse}};",
            &["crate::domain::Money", "crate::domain::access", "crate::domain::access::Access"],
        );
        check("use super::item;", &["crate::store::item"]);
        check("use super::super::stripe::Sale;", &["crate::stripe::Sale"]);
        check("fn f() { crate::stripe::sign(self::key(1)) }", &["crate::store::keys::key", "crate::stripe::sign"]);
        check("mod tests { use super::super::super::stripe; }", &["crate::stripe"]);
        check("fn f() { tokio::try_join!(crate::stripe::session(x)) }", &["crate::stripe::session", "tokio::try_join"]);
        check("use hex;", &["hex"]);
        check("fn f(x: ::serde_json::Value) -> Vec::<u8> { x.a::<B>() }", &["serde_json::Value"]);
        check("#[cfg(test)] impl From<crate::http::Problem> for X {}", &["crate::http::Problem"]);
    }

    #[test]
    fn comments_strings_and_plain_words_name_nothing() {
        check("//! [`crate::stripe`]\n/// See crate::stripe.\nfn f() { let hex = \"crate::stripe\"; }", &[]);
        assert!(has_word("fn f() { g(async { 1 }) }", "async"));
        assert!(!has_word("/// async\nfn f() { \"async\" }", "async"));
    }
}
