//! An engine as a process of its own, so that its memory is its own, while it takes in four files and sends them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use tidings_engine::view::{AttachmentUse, MessageStatus, OutgoingMessage};
use tidings_server::Synchronous;
use tidings_tests::{Person, plain};

use crate::process::{Measured, What, resident_kib};
use crate::report::say;
use crate::upload::{AT_ONCE, MIB};

/// How this program starts itself as an engine that uploads.
pub(crate) const ARGUMENT: &str = "--uploader";

const SIZE: usize = 64 * MIB;

/// Signs in, sends a small file, says so, waits for a line, sends the files that it was given, and says so.
pub(crate) fn serve(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let server = plain(arguments.next().context("ADDR")?.parse()?);
    let mut files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    anyhow::ensure!(!files.is_empty(), "FILES");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let other = Person::registers("other", &server).await;
        other.closes().await;
        let person = Person::registers("uploader", &server).await;
        send(&person, &[files.remove(0)]).await?;
        say("ready");
        std::io::stdin().lines().next().context("nobody is there")??;
        send(&person, &files).await?;
        say("sent");
        // Whoever measures ends it.
        std::future::pending::<anyhow::Result<()>>().await
    })
}

async fn send(person: &Person, files: &[PathBuf]) -> anyhow::Result<()> {
    let mut sent = Vec::new();
    for file in files {
        let draft = person.engine.attach_path(file, None).await?;
        anyhow::ensure!(draft.error.is_none(), "{:?}", draft.error);
        let message = OutgoingMessage {
            attachment: Some(AttachmentUse {
                id: draft.id,
                ..AttachmentUse::default()
            }),
            ..person.writes("other", "")
        };
        sent.push(person.engine.send_message(message).await?);
    }
    for message in sent {
        person
            .message_is("other", &message.client_id, |it| {
                it.status == MessageStatus::Success
            })
            .await;
    }
    Ok(())
}

/// It ends with whoever measures.
struct Uploader(Child);

impl Drop for Uploader {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// MiB of the engine above what it has when idle, and of its process in all.
pub(crate) fn memory(bytes: &mut [u8]) -> anyhow::Result<(f64, f64)> {
    let dir = tempfile::tempdir()?;
    let server = Measured::start(
        &What::Server,
        &dir.path().join("data"),
        Synchronous::Full,
        0,
        false,
    )?;
    let mut files = Vec::new();
    for number in 0..=AT_ONCE {
        let size = if number == 0 { MIB } else { SIZE };
        *bytes.first_mut().context("bytes")? = u8::try_from(number)?;
        let path = dir.path().join(format!("{number}.bin"));
        std::fs::write(&path, bytes.get(..size).context("bytes")?)?;
        files.push(path);
    }
    let mut child = Command::new(std::env::current_exe()?)
        .arg(ARGUMENT)
        .arg(server.addr.to_string())
        .args(files)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let uploader = Uploader(child);
    let mut lines = BufReader::new(output.context("no output")?).lines();
    let mut says = move || {
        lines
            .next()
            .context("the engine ended")?
            .map_err(anyhow::Error::from)
    };
    anyhow::ensure!(says()? == "ready", "the engine is not ready");
    std::thread::sleep(Duration::from_millis(500));
    let idle = resident_kib(uploader.0.id())?;
    writeln!(input.context("no input")?, "go")?;
    let ending = std::thread::spawn(says);
    let mut most = idle;
    while !ending.is_finished() {
        most = most.max(resident_kib(uploader.0.id())?);
        std::thread::sleep(Duration::from_millis(10));
    }
    let ended = ending
        .join()
        .map_err(|_| anyhow::anyhow!("the reader panicked"))??;
    anyhow::ensure!(ended == "sent", "the engine said {ended}");
    Ok(((most - idle) / 1024.0, most / 1024.0))
}
