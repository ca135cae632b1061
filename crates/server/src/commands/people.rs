//! `tidings-server user …` and `tidings-server invite`.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use tidings_protocol::{Clock, SystemClock, UserId};
use tidings_server::{Config, Person};

use super::{open_beside, say};

/// People of the space.
#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Makes an account; the password comes by standard input.
    Add {
        /// 1 to 32 bytes of printable ASCII.
        user_id: String,
        /// The name that people see.
        #[arg(long, default_value = "")]
        nick: String,
    },
    /// Gives an account another password, which comes by standard input, and signs its devices out. One that was removed is back.
    Passwd {
        /// Whose.
        user_id: String,
    },
    /// Says who there is: ID, name, devices and when the latest was seen, between tabs.
    List,
    /// Takes an account away: it signs in no more and leaves its groups. What it has written stays, and so does its ID.
    Remove {
        /// Whose.
        user_id: String,
    },
}

/// An invitation.
#[derive(Args)]
pub(crate) struct Invite {
    /// How many people may use it.
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// How many days it lasts.
    #[arg(long, default_value_t = 7)]
    days: u32,
}

/// Does what is asked about accounts.
pub(crate) async fn user(data: &Path, config: Config, asked: UserCommand) -> Result<(), String> {
    // What can be wrong with the question is said before the space is opened.
    let known = |user_id: String| UserId::new(user_id).map_err(|error| error.to_string());
    let password = match asked {
        UserCommand::Add { .. } | UserCommand::Passwd { .. } => password()?,
        UserCommand::List | UserCommand::Remove { .. } => String::new(),
    };
    let server = open_beside(data, config).await?;
    let done = async {
        match asked {
            UserCommand::Add { user_id, nick } => server.add_user(known(user_id)?, &nick, &password).await,
            UserCommand::Passwd { user_id } => server.set_password(known(user_id)?, &password).await,
            UserCommand::Remove { user_id } => server.remove_user(known(user_id)?).await,
            UserCommand::List => {
                let roster = server.roster().await.map_err(|error| error.to_string())?;
                let now = SystemClock::default().now_ms();
                return roster.iter().try_for_each(|person| say(&line(person, now)));
            }
        }
        .map_err(|error| error.to_string())
    };
    let done = done.await;
    server.shutdown().await;
    done
}

/// Makes an invitation and says its code.
pub(crate) async fn invite(data: &Path, config: Config, asked: &Invite) -> Result<(), String> {
    let server = open_beside(data, config).await?;
    let ttl = Duration::from_secs(u64::from(asked.days) * 24 * 3600);
    let made = server.make_invitation(asked.uses, ttl).await;
    server.shutdown().await;
    say(&made.map_err(|error| error.to_string())?.code)
}

fn password() -> Result<String, String> {
    if std::io::stdin().is_terminal() {
        tracing::info!("type the password, then Enter and Ctrl+D");
    }
    let mut password = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut password)
        .map_err(|error| format!("the password: {error}"))?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

/// A person in a line. The name is theirs to choose, so what would move a terminal's cursor is left out of it.
fn line(person: &Person, now_ms: i64) -> String {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let nick: String = person.nick.chars().filter(|each| !each.is_control()).collect();
    let devices = match person.devices {
        1 => "1 device".to_owned(),
        many => format!("{many} devices"),
    };
    let seen = match (person.is_removed, person.last_seen_ms) {
        (true, _) => "removed".to_owned(),
        (false, None) => "never seen".to_owned(),
        (false, Some(seen)) => match (now_ms - seen).max(0) / DAY_MS {
            0 => "seen within a day".to_owned(),
            1 => "seen 1 day ago".to_owned(),
            days => format!("seen {days} days ago"),
        },
    };
    format!("{}\t{nick}\t{devices}\t{seen}", person.user_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_a_line_whatever_their_name_holds() {
        let mut person = Person {
            user_id: UserId::new("ann").unwrap(),
            nick: "An\u{1b}[2Jn\n\t".to_owned(),
            devices: 1,
            last_seen_ms: Some(0),
            is_removed: false,
        };
        assert_eq!(line(&person, 1000), "ann\tAn[2Jn\t1 device\tseen within a day");
        assert!(line(&person, 3 * 24 * 3600 * 1000).ends_with("\tseen 3 days ago"));
        person.is_removed = true;
        assert!(line(&person, 1000).ends_with("\tremoved"));
    }
}
