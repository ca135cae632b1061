//! Decoding in a process of its own (H22): what a hostile file breaks there is started anew, and its memory is limited.
//!
//! The program that has this crate starts itself with [`ARGUMENT`] and then calls [`serve`] before it does anything else. It stays, so
//! that only the first file waits for its start. Jobs and answers are frames on its standard input and output: the length of a head and the length of
//! what follows it, four bytes each, then the head as JSON, then that.

mod frames;
mod jobs;

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    time::Duration,
};

use crate::{
    error::MediaError,
    limits::Limits,
    picture::{Picture, Stripped, Variant},
    probe::Probed,
};
use jobs::{Answer, Job};

/// What a program gets as its only argument when it is to call [`serve`].
pub const ARGUMENT: &str = "--tidings-media-worker";

/// Answers jobs until its input ends. Its memory is limited first.
///
/// # Errors
/// Where input or output fail, or what comes makes no sense.
pub fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    limit();
    let limits = Limits::default();
    while let Some((job, _)) = frames::read::<Job>(&mut input)? {
        let (answer, bytes) = jobs::answer(job, &limits);
        frames::write(&mut output, &answer, &bytes)?;
        output.flush()?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn limit() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let most = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    // Where a limit cannot be set, the one who waits still kills what takes too long.
    let _ = setrlimit(Resource::Data, most(crate::limits::WORKER_BYTES));
    let _ = setrlimit(Resource::Core, most(0));
}

#[cfg(not(target_os = "linux"))]
fn limit() {}

/// One process, and the thread that reads what it answers.
struct Worker {
    child: Child,
    input: ChildStdin,
    answers: mpsc::Receiver<io::Result<(Answer, Vec<u8>)>>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    fn start(program: &Path, arguments: &[OsString]) -> io::Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (sender, answers) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("media answers".to_owned())
            .spawn(move || {
                loop {
                    let read = match frames::read(&mut output) {
                        Ok(Some(answer)) => Ok(answer),
                        Ok(None) => Err(io::ErrorKind::UnexpectedEof.into()),
                        Err(error) => Err(error),
                    };
                    let over = read.is_err();
                    if sender.send(read).is_err() || over {
                        break;
                    }
                }
            })?;
        Ok(Self {
            child,
            input,
            answers,
        })
    }

    /// None where it died, took too long, or answered nonsense.
    fn ask(&mut self, job: &Job, patience: Duration) -> Option<(Answer, Vec<u8>)> {
        frames::write(&mut self.input, job, &[]).ok()?;
        self.input.flush().ok()?;
        self.answers.recv_timeout(patience).ok()?.ok()
    }
}

#[derive(Default)]
struct Places {
    idle: Vec<Worker>,
    busy: usize,
}

/// The processes that decode, so many at a time. Whoever asks while all are busy waits; callers keep that off async threads.
pub struct Pool {
    /// None decodes in this process.
    program: Option<(PathBuf, Vec<OsString>)>,
    most: usize,
    patience: Duration,
    places: Mutex<Places>,
    free: Condvar,
    limits: Limits,
}

impl Pool {
    /// Starts `program` with `arguments`, which must come to [`serve`], at most `most` at a time, when first needed.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>, most: usize) -> Self {
        Self {
            program: Some((program, arguments)),
            ..Self::in_process(most)
        }
    }

    /// Decodes in this process, at most `most` at a time: for tests, and for where no process can be started.
    #[must_use]
    pub fn in_process(most: usize) -> Self {
        let limits = Limits::default();
        Self {
            program: None,
            most: most.max(1),
            patience: Duration::from_millis(limits.decode_ms),
            places: Mutex::default(),
            free: Condvar::new(),
            limits,
        }
    }

    /// With another patience than [`Limits`] have, milliseconds.
    #[must_use]
    pub fn with_patience_ms(self, patience: u64) -> Self {
        Self {
            patience: Duration::from_millis(patience),
            ..self
        }
    }

    /// As [`crate::probe::probe`].
    ///
    /// # Errors
    /// As there, and [`MediaError::TooHard`] where the process died or took too long; so for all below.
    pub fn probe(&self, path: &Path) -> Result<Probed, MediaError> {
        match self.run(Job::Probe { path: path.into() })? {
            (Answer::Probed(probed), _) => Ok(probed.into()),
            _ => Err(MediaError::TooHard),
        }
    }

    /// As [`crate::picture::prepare`].
    ///
    /// # Errors
    /// As there.
    pub fn prepare(&self, path: &Path, probed: &Probed) -> Result<Picture, MediaError> {
        self.picture(Job::Prepare {
            path: path.into(),
            probed: probed.into(),
        })
    }

    /// As [`crate::picture::thumbnail`].
    ///
    /// # Errors
    /// As there.
    pub fn thumbnail(&self, path: &Path, probed: &Probed) -> Result<Picture, MediaError> {
        self.picture(Job::Thumbnail {
            path: path.into(),
            probed: probed.into(),
        })
    }

    fn picture(&self, job: Job) -> Result<Picture, MediaError> {
        match self.run(job)? {
            (Answer::Picture(told), bytes) => told.picture(bytes).ok_or(MediaError::TooHard),
            _ => Err(MediaError::TooHard),
        }
    }

    /// As [`crate::picture::first_preview`].
    ///
    /// # Errors
    /// As there.
    pub fn first_preview(&self, path: &Path) -> Result<Option<Variant>, MediaError> {
        match self.run(Job::Preview { path: path.into() })? {
            (Answer::Nothing, _) => Ok(None),
            (Answer::Variant(told), bytes) => told.variant(bytes).map(Some).ok_or(MediaError::TooHard),
            _ => Err(MediaError::TooHard),
        }
    }

    /// As [`crate::picture::strip`]. What a process that died has left at `out` is removed.
    ///
    /// # Errors
    /// As there.
    pub fn strip(&self, path: &Path, probed: &Probed, out: &Path) -> Result<Stripped, MediaError> {
        let job = Job::Strip {
            path: path.into(),
            probed: probed.into(),
            out: out.into(),
        };
        match self.run(job) {
            Ok((Answer::Stripped(told), _)) => Ok(told.into()),
            Ok(_) => Err(MediaError::TooHard),
            Err(MediaError::TooHard) => {
                // It may not have come so far.
                let _ = std::fs::remove_file(out);
                Err(MediaError::TooHard)
            }
            Err(error) => Err(error),
        }
    }

    /// Ends the processes that wait for work, which gives their memory back; the next job starts one.
    pub fn rest(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        drop(idle);
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, job: Job) -> Result<(Answer, Vec<u8>), MediaError> {
        let idle = {
            let mut places = self
                .free
                .wait_while(self.lock(), |places| places.busy >= self.most)
                .unwrap_or_else(PoisonError::into_inner);
            places.busy += 1;
            places.idle.pop()
        };
        let _place = Place(self);
        let Some((program, arguments)) = &self.program else {
            let (answer, bytes) = jobs::answer(job, &self.limits);
            return answer.result().map(|answer| (answer, bytes));
        };
        let mut worker = match idle {
            Some(worker) => worker,
            None => Worker::start(program, arguments)?,
        };
        let (answer, bytes) = worker.ask(&job, self.patience).ok_or(MediaError::TooHard)?;
        self.lock().idle.push(worker);
        answer.result().map(|answer| (answer, bytes))
    }
}

/// A job under way; the next one may begin when it is dropped.
struct Place<'a>(&'a Pool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().busy -= 1;
        self.0.free.notify_one();
    }
}

#[cfg(test)]
mod tests;
