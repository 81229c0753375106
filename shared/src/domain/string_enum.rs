//! Statuses travel as Stripe's own words, so that one we do not know yet survives reading and writing.

macro_rules! string_enum {
    ($name:ident { $($word:literal => $variant:ident),* $(,)? }) => {
        impl $name {
            /// Stripe's word.
            pub fn as_str(&self) -> &str {
                match self { $(Self::$variant => $word,)* Self::Unknown(word) => word }
            }
        }

        #[cfg(feature = "openapi")]
        impl $name {
            /// Every word that this version knows.
            pub const WORDS: &[&str] = &[$($word),*];
        }

        #[cfg(feature = "openapi")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": Self::WORDS, "description": "Stripe's word." })
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word { $($word => Self::$variant,)* other => Self::Unknown(other.to_owned()) }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self { Self::from(word.as_str()) }
        }

        impl From<$name> for String {
            fn from(status: $name) -> String { status.as_str().to_owned() }
        }
    };
}

pub(super) use string_enum;
