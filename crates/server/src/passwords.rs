//! Passwords: argon2id with the parameters that OWASP gives (19 MiB, 2 passes), off the async threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tidings_protocol::{Chance, ErrorKind, WireError, code};
use tokio::sync::Semaphore;

use crate::limits;

/// Hashes and checks passwords, so many at the same time.
pub(crate) struct Passwords {
    at_once: Semaphore,
    waiting: AtomicUsize,
    chance: Arc<dyn Chance>,
    /// Checked in place of an unknown user's, so that both cost the same (H40).
    nobodys: String,
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn hash(chance: &dyn Chance, password: &str) -> Result<String, WireError> {
    let mut salt = [0; 16];
    chance.fill(&mut salt);
    SaltString::encode_b64(&salt)
        .and_then(|salt| Ok(argon2().hash_password(password.as_bytes(), &salt)?.to_string()))
        .map_err(|_| internal())
}

fn internal() -> WireError {
    WireError::new(
        code::INTERNAL,
        ErrorKind::Internal,
        "the password could not be hashed",
    )
}

/// Gives the place in the queue back, also when the one who asked has gone.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// # Errors
    /// When argon2 does not run here at all.
    pub(crate) fn new(chance: Arc<dyn Chance>) -> Result<Self, WireError> {
        let nobodys = hash(&*chance, "nobody has this password")?;
        Ok(Self {
            at_once: Semaphore::new(limits::PASSWORD_HASHES),
            waiting: AtomicUsize::new(0),
            chance,
            nobodys,
        })
    }

    /// Whether a new password may be one.
    pub(crate) fn check_form(password: &str) -> Result<(), WireError> {
        use tidings_protocol::limits::{PASSWORD_MAX_BYTES, PASSWORD_MIN_BYTES};
        if (PASSWORD_MIN_BYTES..=PASSWORD_MAX_BYTES).contains(&password.len()) {
            Ok(())
        } else {
            let words = format!("a password has {PASSWORD_MIN_BYTES} to {PASSWORD_MAX_BYTES} bytes");
            Err(WireError::new(code::BAD_PASSWORD, ErrorKind::BadRequest, words))
        }
    }

    /// The hash to be stored.
    pub(crate) async fn hash(&self, password: String) -> Result<String, WireError> {
        let chance = Arc::clone(&self.chance);
        self.off_thread(move || hash(&*chance, &password)).await?
    }

    /// Whether `password` belongs to `stored`. Without one, the same work is done and the answer is no.
    pub(crate) async fn check(&self, password: String, stored: Option<String>) -> Result<bool, WireError> {
        if password.len() > tidings_protocol::limits::PASSWORD_MAX_BYTES {
            return Ok(false);
        }
        let real = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobodys.clone());
        self.off_thread(move || {
            let parsed = PasswordHash::new(&stored).map_err(|_| internal())?;
            Ok(argon2().verify_password(password.as_bytes(), &parsed).is_ok() && real)
        })
        .await?
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WireError> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= limits::PASSWORD_QUEUE {
            return Err(WireError {
                retry_after_ms: Some(5000),
                ..WireError::new(
                    code::UNAVAILABLE,
                    ErrorKind::Unavailable,
                    "too many sign-ins at once",
                )
            });
        }
        let _permit = self.at_once.acquire().await.map_err(|_| internal())?;
        let done = tokio::task::spawn_blocking(work).await.map_err(|_| internal());
        drop(place);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_protocol::SystemChance;

    #[tokio::test]
    async fn h40_an_unknown_user_is_a_wrong_password() {
        let passwords = Passwords::new(Arc::new(SystemChance)).unwrap();
        let stored = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            passwords
                .check("correct horse".to_owned(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .check("wrong horse".to_owned(), Some(stored))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .check("nobody has this password".to_owned(), None)
                .await
                .unwrap()
        );
    }
}
