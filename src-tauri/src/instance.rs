//! One running app for each profile (B18): a second start hands its link and its files to the first, which comes to the front.
//!
//! The rule belongs to the profile's folder, so `--profile` and `--data-dir` follow it alike: whoever holds the lock on
//! `instance.lock` is the app of this profile and listens on `instance.sock` beside it. The kernel drops the lock with the process,
//! so nothing stale is left after kill -9. (The engine's own lock on its cache stays behind this as the last word.)

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// What the second start says to the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summons {
    /// A link, checked again where it arrives.
    pub(crate) link: Option<String>,
    /// Files and folders to send, absolute.
    pub(crate) files: Vec<PathBuf>,
}

/// What came of the question who runs this profile.
pub(crate) enum Claim {
    /// This process does. Keep the value as long as it runs.
    First(Instance),
    /// Another one does, and it has been told to come to the front.
    Told,
    /// Another one does, and does not answer.
    Silent(io::Error),
}

/// The right to be the app of a profile.
pub(crate) struct Instance {
    /// Holds the lock.
    _lock: File,
    #[cfg(unix)]
    listener: Option<std::os::unix::net::UnixListener>,
}

/// Asks to be the app of the profile in `dir`; if another one is, tells it about this start.
pub(crate) fn claim(dir: &Path, summons: &Summons) -> io::Result<Claim> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let lock = options.open(dir.join("instance.lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(Claim::First(Instance::holding(lock, dir))),
        Err(TryLockError::WouldBlock) => Ok(match tell(dir, summons) {
            Ok(()) => Claim::Told,
            Err(error) => Claim::Silent(error),
        }),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(unix)]
mod socket {
    use std::{
        ffi::OsString,
        fs::File,
        io::{self, Read, Write},
        os::{
            fd::AsRawFd,
            unix::{
                ffi::{OsStrExt, OsStringExt},
                net::{UnixListener, UnixStream},
            },
        },
        path::{Path, PathBuf},
        time::Duration,
    };

    use tidings_protocol::limits::LINK_BYTES;

    use super::{Instance, Summons};
    use crate::limits::SUMMONS_BYTES;

    /// The name of the socket in the profile's folder.
    const SOCKET: &str = "instance.sock";
    /// How long either side waits for the other.
    const PATIENCE: Duration = Duration::from_secs(3);
    /// What the first answers when it has understood.
    const UNDERSTOOD: &[u8] = b"ok\n";

    /// Where the socket is, short enough for a socket's address (108 bytes) however deep the folder lies. The folder must stay
    /// open while the path is used.
    fn socket_path(dir: &Path) -> io::Result<(PathBuf, Option<File>)> {
        if cfg!(target_os = "linux") {
            let folder = File::open(dir)?;
            Ok((
                PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd())),
                Some(folder),
            ))
        } else {
            Ok((dir.join(SOCKET), None))
        }
    }

    impl Instance {
        pub(super) fn holding(lock: File, dir: &Path) -> Self {
            // Whatever lies there belongs to a process that is gone: this one holds the lock.
            let _ = std::fs::remove_file(dir.join(SOCKET));
            let listener = socket_path(dir).and_then(|(path, _folder)| UnixListener::bind(path));
            if let Err(error) = &listener {
                tracing::warn!(%error, "a second start of this profile cannot be heard");
            }
            Self {
                _lock: lock,
                listener: listener.ok(),
            }
        }

        /// Hears second starts until the process ends. The folder's permissions keep other users out.
        pub(crate) fn hear(&mut self, mut heard: impl FnMut(Summons) + Send + 'static) {
            let Some(listener) = self.listener.take() else {
                return;
            };
            let spawned = std::thread::Builder::new()
                .name("instance".into())
                .spawn(move || {
                    for stream in listener.incoming() {
                        match stream.and_then(|stream| receive(&stream)) {
                            Ok(summons) => heard(summons),
                            Err(error) => tracing::debug!(%error, "a second start could not be understood"),
                        }
                    }
                });
            if let Err(error) = spawned {
                tracing::warn!(%error, "a second start of this profile cannot be heard");
            }
        }
    }

    fn receive(mut stream: &UnixStream) -> io::Result<Summons> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut said = Vec::new();
        stream.take(SUMMONS_BYTES as u64 + 1).read_to_end(&mut said)?;
        let summons = understood(said).ok_or_else(|| io::Error::other("too long, or no summons"))?;
        stream.write_all(UNDERSTOOD)?;
        Ok(summons)
    }

    /// A link or nothing, then paths, each after a NUL, which is in no path.
    fn said(summons: &Summons) -> Vec<u8> {
        let mut said = summons.link.clone().unwrap_or_default().into_bytes();
        for file in &summons.files {
            said.push(0);
            said.extend_from_slice(file.as_os_str().as_bytes());
        }
        said
    }

    fn understood(said: Vec<u8>) -> Option<Summons> {
        if said.len() > SUMMONS_BYTES {
            return None;
        }
        let mut fields = said.split(|byte| *byte == 0);
        let link = String::from_utf8(fields.next()?.to_vec()).ok()?;
        if link.len() > LINK_BYTES {
            return None;
        }
        let files = fields
            .map(|path| PathBuf::from(OsString::from_vec(path.to_vec())))
            .filter(|path| path.is_absolute());
        Some(Summons {
            link: Some(link).filter(|link| !link.is_empty()),
            files: files.collect(),
        })
    }

    pub(super) fn tell(dir: &Path, summons: &Summons) -> io::Result<()> {
        let (path, _folder) = socket_path(dir)?;
        let mut stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&said(summons))?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut answer = [0; UNDERSTOOD.len()];
        stream.read_exact(&mut answer)?;
        if answer == UNDERSTOOD {
            Ok(())
        } else {
            Err(io::Error::other("not understood"))
        }
    }
}

#[cfg(unix)]
use socket::tell;

#[cfg(not(unix))]
impl Instance {
    fn holding(lock: File, _dir: &Path) -> Self {
        Self { _lock: lock }
    }

    pub(crate) fn hear(&mut self, _heard: impl FnMut(Summons) + Send + 'static) {}
}

#[cfg(not(unix))]
fn tell(_dir: &Path, _summons: &Summons) -> io::Result<()> {
    Err(io::Error::other("this system has no socket for it yet"))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn plain() -> Summons {
        Summons::default()
    }

    fn first(dir: &Path) -> Instance {
        match claim(dir, &plain()).unwrap() {
            Claim::First(instance) => instance,
            Claim::Told | Claim::Silent(_) => panic!("somebody else runs this profile"),
        }
    }

    #[test]
    fn b18_a_second_start_tells_the_first_and_hands_over_its_link_and_files() {
        let temp = tempfile::tempdir().unwrap();
        let (heard, hears) = mpsc::channel();
        let mut instance = first(temp.path());
        instance.hear(move |summons| heard.send(summons).unwrap());
        let link = Summons {
            link: Some("tidings://join/h:1/c".to_owned()),
            ..plain()
        };
        let files = Summons {
            files: vec!["/home/ann/a\nb.png".into(), "/home/ann/星".into()],
            ..plain()
        };
        for said in [plain(), link, files] {
            assert!(matches!(claim(temp.path(), &said).unwrap(), Claim::Told));
            assert_eq!(hears.recv().unwrap(), said);
        }
    }

    #[test]
    fn b18_what_a_dead_process_left_is_cleared() {
        let temp = tempfile::tempdir().unwrap();
        drop(first(temp.path()));
        assert!(temp.path().join("instance.sock").exists());
        let mut again = first(temp.path());
        let (heard, hears) = mpsc::channel();
        again.hear(move |summons| heard.send(summons).unwrap());
        assert!(matches!(claim(temp.path(), &plain()).unwrap(), Claim::Told));
        assert_eq!(hears.recv().unwrap(), plain());
    }

    #[test]
    fn two_profiles_run_beside_each_other_however_deep_their_folders_lie() {
        let temp = tempfile::tempdir().unwrap();
        let deep = temp.path().join("x".repeat(120)).join("y".repeat(120));
        std::fs::create_dir_all(&deep).unwrap();
        let _one = first(temp.path());
        let _other = first(&deep);
        assert!(deep.join("instance.sock").exists());
    }

    #[test]
    fn h18_a_megabyte_of_link_is_not_taken() {
        let temp = tempfile::tempdir().unwrap();
        let (heard, hears) = mpsc::channel();
        let mut instance = first(temp.path());
        instance.hear(move |summons| heard.send(summons).unwrap());
        let huge = Summons {
            link: Some("x".repeat(1 << 20)),
            ..plain()
        };
        assert!(matches!(claim(temp.path(), &huge).unwrap(), Claim::Silent(_)));
        assert!(matches!(claim(temp.path(), &plain()).unwrap(), Claim::Told));
        assert_eq!(hears.recv().unwrap(), plain());
    }
}
