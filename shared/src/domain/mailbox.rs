//! Which addresses lead to the same mailbox, as far as the providers say so: nobody refers themselves by another spelling.

/// An e-mail address in the one form that all its spellings have in common. It is for comparing, not for writing to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox(String);

/// What a provider makes of the part before the `@`.
struct Provider {
    /// Its domains, all of which lead to the same mailbox; the first one stands for them.
    domains: &'static [&'static str],
    /// Whether dots do not count.
    ignores_dots: bool,
}

/// Providers where `+` and what follows it do not count.
/// See <https://support.google.com/mail/answer/7436150>, <https://support.microsoft.com/office/12372463>,
/// <https://proton.me/support/addresses-and-aliases>, <https://support.apple.com/guide/icloud/mm6b1a490a>.
const PROVIDERS: &[Provider] = &[
    Provider { domains: &["gmail.com", "googlemail.com"], ignores_dots: true },
    Provider { domains: &["proton.me", "protonmail.com", "pm.me"], ignores_dots: true },
    Provider { domains: &["icloud.com", "me.com", "mac.com"], ignores_dots: false },
    Provider { domains: &["outlook.com"], ignores_dots: false },
    Provider { domains: &["hotmail.com"], ignores_dots: false },
    Provider { domains: &["live.com"], ignores_dots: false },
    Provider { domains: &["fastmail.com"], ignores_dots: false },
];

impl Mailbox {
    /// The mailbox of an address; `None` of a text without a name and a domain.
    pub fn of(address: &str) -> Option<Self> {
        let address = address.trim().to_lowercase();
        let (name, domain) =
            address.rsplit_once('@').filter(|(name, domain)| !name.is_empty() && !domain.is_empty())?;
        let Some(provider) = PROVIDERS.iter().find(|provider| provider.domains.contains(&domain)) else {
            return Some(Self(address));
        };
        let untagged = name.split('+').next().unwrap_or(name);
        let name = if provider.ignores_dots { untagged.replace('.', "") } else { untagged.to_owned() };
        let domain = provider.domains.first().copied().unwrap_or(domain);
        Some(Self(format!("{name}@{domain}")))
    }

    /// The common form of its addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_are_the_same_and_others_are_not() {
        for (one, other, is_same) in [
            ("ada@example.com", "ada@example.com", true),
            ("Ada@Example.COM", "ada@example.com", true),
            (" ada@example.com ", "ada@example.com", true),
            ("ada@example.com", "eve@example.com", false),
            ("ada@example.com", "ada@example.org", false),
            // Where nobody says that they do not count, they do.
            ("ada+one@example.com", "ada@example.com", false),
            ("a.da@example.com", "ada@example.com", false),
            ("ada+one@gmail.com", "ada@gmail.com", true),
            ("a.d.a@gmail.com", "ada@gmail.com", true),
            ("A.da+x+y@googlemail.com", "ada@gmail.com", true),
            ("ada@gmail.com", "adah@gmail.com", false),
            ("ada+one@outlook.com", "ada@outlook.com", true),
            ("a.da@outlook.com", "ada@outlook.com", false),
            // Names at Microsoft are given out for each domain.
            ("ada@outlook.com", "ada@hotmail.com", false),
            ("ada+one@live.com", "ada@live.com", true),
            ("ada+one@icloud.com", "ada@me.com", true),
            ("a.da@icloud.com", "ada@icloud.com", false),
            ("a.da+one@proton.me", "ada@protonmail.com", true),
            ("ada+one@fastmail.com", "ada@fastmail.com", true),
            // A domain of its own that ends like a provider's.
            ("ada+one@notgmail.com", "ada@notgmail.com", false),
        ] {
            assert_eq!(Mailbox::of(one).unwrap() == Mailbox::of(other).unwrap(), is_same, "{one} {other}");
        }
    }

    #[test]
    fn a_text_that_is_no_address_has_no_mailbox() {
        for text in ["", "ada", "@example.com", "ada@", "@"] {
            assert_eq!(Mailbox::of(text), None, "{text:?}");
        }
    }
}
