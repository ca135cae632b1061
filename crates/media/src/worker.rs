//! Decoding in a process of its own (H22): what a hostile file breaks there is started anew, has little memory and time, and reaches nothing.
//!
//! The program that has this crate starts itself with [`ARGUMENT`] and calls [`take_over`] before it does anything else. It stays, so
//! that only the first file waits for its start. Jobs and answers are frames on its standard input and output: the length of a head and the length of
//! what follows it, four bytes each, then the head as JSON, then that. Programs that are asked for a poster start by the same door.

mod confined;
mod frames;
mod jobs;

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitCode, Stdio},
    sync::{Condvar, Mutex, MutexGuard, Once, PoisonError, mpsc},
    time::Duration,
};

use crate::{
    error::MediaError,
    limits::{self, Limits},
    picture::{Picture, Stripped, Variant},
    probe::Probed,
    video,
};
pub use confined::{Who, confine};
use frames::Lost;
use jobs::{Answer, Job, Told};

/// What a program gets as its only argument when it is to answer jobs.
pub const ARGUMENT: &str = "--tidings-media-worker";
/// What a program gets before another program and its arguments, when it is to become that one, held as [`confine`] does.
pub const PROGRAM_ARGUMENT: &str = "--tidings-media-program";

/// Does what these arguments of this process (without its name) say, if they are for here; else nothing.
pub fn take_over(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter();
    let first = arguments.next()?;
    if first == PROGRAM_ARGUMENT {
        become_program(arguments);
        return Some(ExitCode::FAILURE);
    }
    if first != ARGUMENT || arguments.next().is_some() {
        return None;
    }
    Some(match serve(io::stdin(), io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

/// Does not come back, unless the program is not there.
#[cfg(target_os = "linux")]
fn become_program(mut arguments: impl Iterator<Item = OsString>) {
    use std::os::unix::process::CommandExt as _;
    let Some(program) = arguments.next() else { return };
    // What this system does not do is told by the processes that decode.
    let _ = confine(Who::Program, Limits::default().decode_ms.div_ceil(1000));
    // What it says besides the frame is nobody's.
    let _ = Command::new(program).args(arguments).exec();
}

#[cfg(not(target_os = "linux"))]
fn become_program(_: impl Iterator<Item = OsString>) {}

/// Answers jobs until its input ends, or it has worked long enough. It is held first.
fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let open = confine(Who::Worker, limits::WORKER_CPU_S).err();
    let limits = Limits::default();
    while let Some((job, _)) = frames::read::<Job>(&mut input)? {
        let (answer, bytes) = jobs::answer(job, &limits);
        let last = worked_s() >= limits::WORKER_CPU_S / 2;
        let open = open.clone();
        frames::write(&mut output, &Told { answer, last, open }, &bytes)?;
        output.flush()?;
        if last {
            break;
        }
    }
    Ok(())
}

/// Processor time of this process, seconds.
#[cfg(target_os = "linux")]
fn worked_s() -> u64 {
    let worked = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    u64::try_from(worked.tv_sec).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn worked_s() -> u64 {
    0
}

/// What came of a job: what was said, and the bytes after it where they were not for a file.
type Answered = Result<(Told, Vec<u8>), Lost>;

/// One process, and the thread that reads what it answers.
struct Worker {
    child: Child,
    input: ChildStdin,
    /// Where the bytes of the next answer go, if not into memory.
    places: mpsc::SyncSender<Option<File>>,
    answers: mpsc::Receiver<Answered>,
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
        let (places, wanted) = mpsc::sync_channel(1);
        let (sender, answers) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("media answers".to_owned())
            .spawn(move || {
                while let Ok(place) = wanted.recv() {
                    let answered = answer(&mut output, place);
                    let over = answered.is_err();
                    if sender.send(answered).is_err() || over {
                        break;
                    }
                }
            })?;
        Ok(Self {
            child,
            input,
            places,
            answers,
        })
    }

    /// [`Lost::There`] where it died, took too long, or answered nonsense.
    fn ask(&mut self, job: &Job, place: Option<File>, patience: Duration) -> Answered {
        let asked = self.places.send(place).is_ok()
            && frames::write(&mut self.input, job, &[]).is_ok()
            && self.input.flush().is_ok();
        if !asked {
            return Err(Lost::There);
        }
        self.answers.recv_timeout(patience).unwrap_or(Err(Lost::There))
    }
}

/// Reads one answer.
fn answer(output: &mut impl Read, place: Option<File>) -> Answered {
    let read = frames::read::<Told>(output).map_err(|_| Lost::There)?;
    let (told, length) = read.ok_or(Lost::There)?;
    let bytes = match place {
        Some(mut file) => {
            frames::body_to(output, length, &mut file)?;
            Vec::new()
        }
        None => frames::body(output, length).map_err(|_| Lost::There)?,
    };
    Ok((told, bytes))
}

#[derive(Default)]
struct Places {
    idle: Vec<Worker>,
    busy: usize,
}

/// The processes that decode, so many at a time. Whoever asks while all are busy waits; callers keep that off async threads.
pub struct Pool {
    /// None decodes in this process. The arguments are those with which it comes to answer jobs.
    program: Option<(PathBuf, Vec<OsString>)>,
    most: usize,
    patience: Duration,
    places: Mutex<Places>,
    free: Condvar,
    limits: Limits,
    /// That a process cannot be held on this system is told once.
    told: Once,
}

impl Pool {
    /// Starts `program` with `arguments`, which must come to [`take_over`] as [`ARGUMENT`], at most `most` at a time, when first needed.
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
            told: Once::new(),
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

    /// As [`crate::picture::strip`]. Where that fails, nothing is left at `out`.
    ///
    /// # Errors
    /// As there.
    pub fn strip(&self, path: &Path, probed: &Probed, out: &Path) -> Result<Stripped, MediaError> {
        let file = fs::OpenOptions::new().write(true).create_new(true).open(out)?;
        let job = Job::Strip {
            path: path.into(),
            probed: probed.into(),
        };
        let stripped = match self.run_to(job, Some(file)) {
            Ok((Answer::Stripped(told), _)) => Ok(told.into()),
            Ok(_) => Err(MediaError::TooHard),
            Err(error) => Err(error),
        };
        if stripped.is_err() {
            fs::remove_file(out)?;
        }
        stripped
    }

    /// As [`crate::picture::rgba`].
    ///
    /// # Errors
    /// As there.
    pub fn rgba(&self, path: &Path, probed: &Probed) -> Result<(u32, u32, Vec<u8>), MediaError> {
        let job = Job::Rgba {
            path: path.into(),
            probed: probed.into(),
        };
        match self.run(job)? {
            (Answer::Rgba { width, height }, bytes)
                if bytes.len() as u64 == u64::from(width) * u64::from(height) * 4 =>
            {
                Ok((width, height, bytes))
            }
            _ => Err(MediaError::TooHard),
        }
    }

    /// As [`video::poster`]; the program is held before it is loaded, where this system can.
    ///
    /// # Errors
    /// As there.
    pub fn poster(&self, path: &Path, probed: &Probed) -> Result<Option<Variant>, MediaError> {
        let _place = self.place();
        match &self.program {
            Some((own, _)) if cfg!(target_os = "linux") => {
                let program = || {
                    let mut command = Command::new(own);
                    command.args([PROGRAM_ARGUMENT, video::PROGRAM]);
                    command
                };
                video::poster_by(program, path, probed, &self.limits)
            }
            _ => video::poster(path, probed, &self.limits),
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
        self.run_to(job, None)
    }

    /// As [`Pool::run`]; what follows the answer is written to the file, if there is one.
    fn run_to(&self, job: Job, file: Option<File>) -> Result<(Answer, Vec<u8>), MediaError> {
        let _place = self.place();
        let Some((program, arguments)) = &self.program else {
            let (answer, bytes) = jobs::answer(job, &self.limits);
            let answer = answer.result()?;
            let Some(mut file) = file else {
                return Ok((answer, bytes));
            };
            file.write_all(&bytes)?;
            return Ok((answer, Vec::new()));
        };
        let idle = self.lock().idle.pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => Worker::start(program, arguments)?,
        };
        let (told, bytes) = worker.ask(&job, file, self.patience).map_err(|lost| match lost {
            Lost::There => MediaError::TooHard,
            Lost::Here(error) => error.into(),
        })?;
        if let Some(open) = &told.open {
            self.told.call_once(|| {
                tracing::warn!("what decodes pictures has rights that it does not need: {open}");
            });
        }
        if !told.last {
            self.lock().idle.push(worker);
        }
        Ok((told.answer.result()?, bytes))
    }

    /// Waits for a place.
    fn place(&self) -> Place<'_> {
        let mut places = self
            .free
            .wait_while(self.lock(), |places| places.busy >= self.most)
            .unwrap_or_else(PoisonError::into_inner);
        places.busy += 1;
        Place(self)
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
