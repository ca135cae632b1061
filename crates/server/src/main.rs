//! `tidings-server`: hosts a space.

use std::io::{IsTerminal, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tidings_protocol::{SystemChance, SystemClock, UserId};
use tidings_server::{Config, Server, ServerError};

/// Hosts a Tidings space.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The folder of the space's data; serving makes it where there is none.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8470")]
    listen: SocketAddr,
    /// The configuration, in TOML.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// People of the space.
    #[command(subcommand)]
    User(UserCommand),
    /// Makes an invitation and prints its code.
    Invite(Invite),
}

#[derive(Subcommand)]
enum UserCommand {
    /// Makes an account; the password comes by standard input.
    Add {
        /// 1 to 32 bytes of printable ASCII.
        user_id: String,
        /// The name that people see.
        #[arg(long, default_value = "")]
        nick: String,
    },
}

#[derive(Args)]
struct Invite {
    /// How many people may use it.
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// How many days it lasts.
    #[arg(long, default_value_t = 7)]
    days: u32,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("TIDINGS_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), String> {
    let data = cli.data.ok_or("--data DIR is missing")?;
    let config = read_config(cli.config.as_deref())?;
    raise_descriptor_limit();
    // The writer's thread has the most to do. On a small machine a second thread for sockets would only hand work to and fro.
    let workers = std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).clamp(1, 8));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime: {error}"))?;
    let done = runtime.block_on(async {
        match cli.command {
            None => serve(&data, config, cli.listen).await,
            Some(Command::User(UserCommand::Add { user_id, nick })) => {
                add_user(&data, config, user_id, &nick).await
            }
            Some(Command::Invite(asked)) => invite(&data, config, &asked).await,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    done
}

fn read_config(path: Option<&Path>) -> Result<Config, String> {
    let Some(path) = path else {
        return Ok(Config::default());
    };
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Config::from_toml(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Each connection is a descriptor, and desktops begin with 1,024 or fewer.
#[cfg(unix)]
fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    /// What macOS takes for a process whose limit it calls unlimited (`OPEN_MAX`).
    const APPLES: u64 = 10_240;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = match limit.maximum {
        maximum if !cfg!(target_vendor = "apple") => maximum,
        Some(maximum) => Some(maximum.min(APPLES)),
        None => Some(APPLES),
    };
    if limit
        .current
        .is_some_and(|current| wanted.is_none_or(|wanted| current < wanted))
    {
        limit.current = wanted;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files stays");
        }
    }
}

/// Windows has no such limit.
#[cfg(not(unix))]
fn raise_descriptor_limit() {}

fn words(error: ServerError) -> String {
    error.to_string()
}

async fn serve(data: &Path, config: Config, listen: SocketAddr) -> Result<(), String> {
    let mut ends = Ends::new().map_err(|error| format!("signals: {error}"))?;
    let server = open(data, config, true).await?;
    let listening = server
        .listen(listen, None)
        .await
        .map_err(|error| format!("{listen}: {error}"))?;
    say(&format!("listening on http://{}", listening.addr()))?;
    let done = tokio::select! {
        () = ends.wait() => Ok(()),
        // Ended with an error, so that a supervisor starts it again.
        () = server.failed() => Err("the writer's thread ended by a fault; what was acknowledged is on disk".to_owned()),
    };
    tracing::info!("ending");
    listening.stop().await;
    server.shutdown().await;
    done
}

async fn open(data: &Path, config: Config, alone: bool) -> Result<Server, String> {
    let (clock, chance) = (Arc::new(SystemClock::default()), Arc::new(SystemChance));
    if !alone && !Server::is_space(data) {
        return Err(format!(
            "there is no space in {}; `tidings-server --data DIR` alone makes one",
            data.display()
        ));
    }
    let opened = if alone {
        Server::open(data, config, clock, chance).await
    } else {
        Server::open_beside(data, config, clock, chance).await
    };
    opened.map_err(|error| format!("{}: {error}", data.display()))
}

async fn add_user(data: &Path, config: Config, user_id: String, nick: &str) -> Result<(), String> {
    let id = UserId::new(user_id).map_err(|error| error.to_string())?;
    if std::io::stdin().is_terminal() {
        tracing::info!("type the password, then Enter and Ctrl+D");
    }
    let mut password = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut password)
        .map_err(|error| format!("the password: {error}"))?;
    let server = open(data, config, false).await?;
    let added = server
        .add_user(id, nick, password.trim_end_matches(['\r', '\n']))
        .await;
    server.shutdown().await;
    added.map_err(words)
}

async fn invite(data: &Path, config: Config, asked: &Invite) -> Result<(), String> {
    let server = open(data, config, false).await?;
    let made = server
        .make_invitation(asked.uses, Duration::from_secs(u64::from(asked.days) * 24 * 3600))
        .await;
    server.shutdown().await;
    say(&made.map_err(words)?.code)
}

/// Standard output is for whoever started us: one line, at once.
fn say(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| format!("standard output: {error}"))
}

/// The signals that end a server.
#[cfg(unix)]
struct Ends {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ends {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What ends a server: Ctrl+C.
#[cfg(not(unix))]
struct Ends;

#[cfg(not(unix))]
impl Ends {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl+C is not heard");
            std::future::pending::<()>().await;
        }
    }
}
