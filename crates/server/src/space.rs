//! What the use cases work on: one space with its store, its bus and its rules.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tidings_protocol::{Chance, Clock, UserId};

use crate::address::Source;
use crate::bus::Bus;
use crate::config::Config;
use crate::media::Media;
use crate::passwords::Passwords;
use crate::rate::Rate;
use crate::server::ServerError;
use crate::store::{Rules, Store};

/// One space.
pub(crate) struct Space {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) media: Media,
    pub(crate) bus: Arc<Bus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) passwords: Passwords,
    pub(crate) sign_in_by_user: Rate<UserId>,
    pub(crate) sign_in_by_address: Rate<Source>,
    pub(crate) register_by_address: Rate<Source>,
    pub(crate) lookups: Arc<Rate<i64>>,
    pub(crate) sends: Rate<i64>,
}

impl Space {
    pub(crate) fn open(
        dir: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, ServerError> {
        let bus = Arc::new(Bus::default());
        let limits = &config.limits;
        let lookups = Arc::new(Rate::new(limits.lookups));
        let rules = Rules {
            clock: Arc::clone(&clock),
            lookups: Arc::clone(&lookups),
            conversations_per_user: limits.conversations_per_user,
            chance: Arc::clone(&chance),
            group_messages_per_second: config.group_messages_per_second,
        };
        let store = Store::open(dir, config.synchronous, Arc::clone(&bus), rules)
            .map_err(|error| ServerError::Store(error.to_string()))?;
        let media = Media::open(dir, &config.media)?;
        Ok(Self {
            store,
            media,
            bus,
            passwords: Passwords::new(Arc::clone(&chance))?,
            sign_in_by_user: Rate::new(limits.sign_in_user),
            sign_in_by_address: Rate::new(limits.sign_in_address),
            register_by_address: Rate::new(limits.register_address),
            lookups,
            sends: Rate::new(limits.sends),
            config,
            clock,
            chance,
        })
    }

    /// Seconds of the monotonic clock, for sessions' silence.
    pub(crate) fn now_s(&self) -> u32 {
        u32::try_from(self.clock.monotonic().as_secs()).unwrap_or(u32::MAX)
    }

    /// A new secret of `bytes` random bytes, as text that fits into links.
    pub(crate) fn new_secret(&self, bytes: usize) -> String {
        let mut secret = vec![0; bytes];
        self.chance.fill(&mut secret);
        URL_SAFE_NO_PAD.encode(secret)
    }
}

/// What is stored in place of a token or an invitation's code.
pub(crate) fn hash_secret(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
