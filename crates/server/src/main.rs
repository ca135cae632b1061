//! `tidings-server`: hosts a space.

mod commands;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use commands::people::{self, Invite, UserCommand};
use commands::{copies, open, say};
use tidings_server::Config;

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
    /// Copies the space into a new folder, also while it is served.
    Backup {
        /// The folder, which must not be there yet.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Makes a space of a backup, in the folder of --data.
    Restore {
        /// The backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
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
    if let Err(error) = tidings_server::raise_descriptor_limit() {
        tracing::warn!(%error, "the limit of open files stays");
    }
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
            Some(Command::User(asked)) => people::user(&data, config, asked).await,
            Some(Command::Invite(asked)) => people::invite(&data, config, &asked).await,
            Some(Command::Backup { to }) => copies::backup(&data, &to),
            Some(Command::Restore { from }) => copies::restore(&from, &data),
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

async fn serve(data: &Path, config: Config, listen: SocketAddr) -> Result<(), String> {
    let mut ends = Ends::new().map_err(|error| format!("signals: {error}"))?;
    let server = open(data, config).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn check(command: &clap::Command, page: &str) {
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            if let Some(long) = argument.get_long() {
                let option = format!("--{long}").replace('-', "\\-");
                assert!(page.contains(&option), "{} {option}", command.get_name());
            }
        }
        for command in command.get_subcommands() {
            assert!(page.contains(command.get_name()), "{}", command.get_name());
            check(command, page);
        }
    }

    #[test]
    fn the_man_page_has_every_command_and_option() {
        check(
            &Cli::command(),
            include_str!("../../../packaging/server/tidings-server.1"),
        );
    }
}
