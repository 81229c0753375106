//! The key that signs tokens: RSA, because API Gateway's JWT authorizer accepts nothing else.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value};

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// An RSA key pair of 2048 bits.
pub struct SigningKey {
    private: EncodingKey,
    public: Jwk,
    kid: String,
}

/// A key that cannot be generated, read, stored or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The random generator or the key generation failed.
    #[error("an RSA key could not be generated")]
    Generate,
    /// The key is not usable.
    #[error("the signing key is not usable: {0}")]
    Key(#[from] jsonwebtoken::errors::Error),
    /// The key file could not be read or written.
    #[error("the signing key's file: {0}")]
    File(#[from] io::Error),
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// [`KeyError::Generate`] when the platform gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_pem(&new_pem()?)
    }

    /// The key that all ephemeral stacks of this process share, because generating a key is slow.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub fn shared_in_process() -> Result<Arc<Self>, KeyError> {
        static KEY: OnceLock<Arc<SigningKey>> = OnceLock::new();
        if let Some(key) = KEY.get() {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(Self::generate()?);
        Ok(Arc::clone(KEY.get_or_init(|| key)))
    }

    /// The key stored in `file`, or a new key that is then stored there, so that tokens stay valid after a restart.
    ///
    /// # Errors
    /// [`KeyError::File`] when the file cannot be read or written, [`KeyError::Key`] when it contains no key.
    pub fn load_or_create(file: &Path) -> Result<Self, KeyError> {
        match std::fs::read_to_string(file) {
            Ok(pem) => Self::from_pem(&pem),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pem = new_pem()?;
                write_private(file, &pem)?;
                Self::from_pem(&pem)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Signs `claims` with RS256.
    ///
    /// # Errors
    /// [`KeyError::Key`] when the key cannot sign.
    pub fn sign(&self, claims: &Claims) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        Ok(encode(&header, claims, &self.private)?)
    }

    /// The claims of a token that this key has signed for `audience`, and that has not expired.
    ///
    /// # Errors
    /// [`KeyError::Key`] when it is no such token.
    pub(super) fn verify(&self, token: &str, audience: &str) -> Result<Claims, KeyError> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[audience]);
        Ok(decode::<Claims>(token, &DecodingKey::from_jwk(&self.public)?, &validation)?.claims)
    }

    /// The public half, with its id.
    pub fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let private = EncodingKey::from_rsa_pem(pem.as_bytes())?;
        let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { private, public, kid })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A new private key, PKCS#8 in PEM.
fn new_pem() -> Result<String, KeyError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
    let der = pair.as_der().map_err(|_| KeyError::Generate)?;
    let text = STANDARD.encode(der.as_ref());
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Ok(pem)
}

#[cfg(unix)]
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    std::fs::write(file, text)
}
