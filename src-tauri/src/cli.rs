//! The command line: what a start of the app is told.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::PathBuf,
    str::FromStr,
};

use clap::{Parser, ValueEnum};
use tidings_protocol::{ConversationId, InvitationLink, limits};

/// A link that leads nowhere.
const NO_LINK: &str = "tidings:";

/// A messenger for machines that people own.
#[derive(Debug, Clone, Parser)]
#[command(name = "tidings", version)]
pub struct Arguments {
    /// A whole separate account: its own cache, settings and space.
    #[arg(long, value_name = "NAME", default_value_t)]
    pub profile: ProfileName,
    /// Keep the profile in this folder instead of the usual place.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Start without showing the window.
    #[arg(long)]
    pub hidden: bool,
    /// Open the export in this folder, in a profile that nobody uses yet: for desktops without dialogs.
    #[arg(long, value_name = "FOLDER")]
    pub import: Option<PathBuf>,
    /// For driving the app from tests: no single-instance rule, WebDriver may take the window over, and the page has
    /// `window.TIM` and `window.tim`.
    #[arg(long)]
    pub automation: bool,
    /// One of the two sides of `cargo xtask run --demo`.
    #[arg(long, value_enum, hide = true, requires = "demo_file")]
    pub demo: Option<DemoRole>,
    /// Where the demo's host leaves its invitation for the guest.
    #[arg(long, value_name = "FILE", hide = true)]
    pub demo_file: Option<PathBuf>,
    /// Draw without the graphics card: for a window that stays empty or flickers.
    #[arg(long)]
    pub safe_graphics: bool,
    /// An invitation, tidings://join/HOST:PORT/CODE, a conversation, tidings://conversation/C2CUSER, or files and folders to send
    #[arg(value_name = "LINK|FILE")]
    pub opened: Vec<OsString>,
}

/// What a `tidings://` link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// An invitation, as it came.
    Invitation(String),
    /// A conversation, by its id.
    Conversation(String),
}

/// How a link to a conversation begins; its id follows, percent-encoded.
const CONVERSATION_LINK: &str = "tidings://conversation/";

impl Arguments {
    /// What the app was opened with that is no file.
    fn link(&self) -> Option<&str> {
        self.opened
            .iter()
            .find(|each| file_of(each).is_none())
            // What is no UTF-8 is no link, and is told of as one that leads nowhere.
            .map(|link| link.to_str().unwrap_or(NO_LINK))
    }

    /// Whether the app was opened with something that is neither one of our links nor a file (H18).
    pub(crate) fn leads_nowhere(&self) -> bool {
        self.link().is_some() && self.checked_link().is_none()
    }

    /// The link, where it is one by the strict grammar (H18); anything else is dropped with a line in the log.
    pub(crate) fn checked_link(&self) -> Option<Link> {
        self.link().and_then(checked_link)
    }

    /// The files and folders that the app was opened with, for somebody to be sent to: absolute, and not looked at yet.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.opened.iter().filter_map(|each| file_of(each)).collect()
    }

    /// The link for an app that runs already; where it is none of ours only [`NO_LINK`], so that the person hears of that and nothing
    /// else gets through.
    pub(crate) fn link_for_another(&self) -> Option<String> {
        let link = self.link()?;
        Some(if self.checked_link().is_some() {
            link.to_owned()
        } else {
            NO_LINK.to_owned()
        })
    }

    /// The invitation that this start brings.
    pub(crate) fn invitation(&self) -> Option<String> {
        match self.checked_link()? {
            Link::Invitation(link) => Some(link),
            Link::Conversation(_) => None,
        }
    }

    /// The conversation that this start is to show.
    pub(crate) fn conversation(&self) -> Option<String> {
        match self.checked_link()? {
            Link::Conversation(id) => Some(id),
            Link::Invitation(_) => None,
        }
    }
}

/// The file that an argument names: a path, or a `file:` address of this computer. Any other address names none.
fn file_of(argument: &OsStr) -> Option<PathBuf> {
    if let Some(text) = argument.to_str()
        && is_address(text)
    {
        let address = tauri::Url::parse(text).ok()?;
        return (address.scheme() == "file").then(|| address.to_file_path().ok())?;
    }
    std::path::absolute(argument).ok()
}

fn is_address(text: &str) -> bool {
    let has_scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|each| each.is_ascii_alphanumeric() || "+-.".contains(each))
    });
    has_scheme || text.starts_with("file:") || text.starts_with(NO_LINK)
}

/// What `text` leads to, when it is one of our links and nothing else (H18).
pub(crate) fn checked_link(text: &str) -> Option<Link> {
    if text.len() > limits::LINK_BYTES {
        tracing::warn!("a link over {} bytes was dropped", limits::LINK_BYTES);
        return None;
    }
    if let Some(encoded) = text.strip_prefix(CONVERSATION_LINK) {
        let id = percent_encoding::percent_decode_str(encoded).decode_utf8().ok();
        let known = id.filter(|id| id.parse::<ConversationId>().is_ok());
        if known.is_none() {
            tracing::warn!("a link to no conversation was dropped");
        }
        return known.map(|id| Link::Conversation(id.into_owned()));
    }
    match text.parse::<InvitationLink>() {
        Ok(link) => Some(Link::Invitation(link.to_string())),
        Err(reason) => {
            tracing::warn!(%reason, "a link was dropped");
            None
        }
    }
}

/// Which side of the demo this app plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemoRole {
    /// Starts a space and invites.
    Host,
    /// Joins it.
    Guest,
}

/// A profile's name: 1 to 32 of `a-z 0-9 - _`, starting with a letter or digit. It becomes a folder's name, so nothing else
/// gets through (no dots, no separators, no upper case that some file systems fold).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileName(String);

/// Why a text is not a profile's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile's name has 1 to 32 of a-z, 0-9, - and _, and starts with a letter or a digit")]
pub struct ProfileNameError;

/// The longest name of a profile, bytes.
const PROFILE_NAME_BYTES: usize = 32;

impl ProfileName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ProfileName {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;
    fn from_str(text: &str) -> Result<Self, ProfileNameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = text.len() <= PROFILE_NAME_BYTES
            && text.bytes().next().is_some_and(plain)
            && text
                .bytes()
                .all(|byte| plain(byte) || matches!(byte, b'-' | b'_'));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileNameError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_name_is_one_plain_folder_name() {
        for good in ["default", "work", "a", "9lives", "ann-2_b", &"x".repeat(32)] {
            assert_eq!(good.parse::<ProfileName>().unwrap().as_str(), good);
        }
        let long = "x".repeat(33);
        for bad in [
            "", ".", "..", "-x", "_x", "a/b", "a\\b", "A", "ä", "a b", "a.b", "a\0", "a\n", &long,
        ] {
            assert_eq!(bad.parse::<ProfileName>(), Err(ProfileNameError), "{bad:?}");
        }
    }

    #[test]
    fn the_man_page_has_every_option() {
        let page = include_str!("../../packaging/app/tidings.1");
        let command = <Arguments as clap::CommandFactory>::command();
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            if let Some(long) = argument.get_long() {
                let option = format!("--{long}").replace('-', "\\-");
                assert!(
                    page.contains(&option),
                    "{option} is not in packaging/app/tidings.1"
                );
            }
        }
    }

    #[test]
    fn h18_a_start_takes_its_own_links_only() {
        let link = |text: &str| {
            Arguments::try_parse_from(["tidings", "--", text])
                .unwrap()
                .checked_link()
        };
        let good = "tidings://join/127.0.0.1:4000/code?tls=none";
        assert_eq!(link(good), Some(Link::Invitation(good.to_owned())));
        for (text, id) in [
            ("tidings://conversation/C2Cann", "C2Cann"),
            ("tidings://conversation/GROUPa%20b", "GROUPa b"),
            ("tidings://conversation/%40TIM%23SYSTEM", "@TIM#SYSTEM"),
        ] {
            assert_eq!(link(text), Some(Link::Conversation(id.to_owned())), "{text}");
        }
        for bad in [
            "tidings://open?file=/etc/passwd",
            "tidings://conversation/",
            "tidings://conversation/C2C",
            "tidings://conversation/C2C%00",
            "tidings://conversation/C2C%ff",
            "tidings://conversation/../C2Cann",
            "https://example.org",
            "file://elsewhere/etc/passwd",
            "",
            "tidings://join/h/a\u{7}",
        ] {
            assert_eq!(link(bad), None, "{bad}");
            let arguments = Arguments::try_parse_from(["tidings", "--", bad]).unwrap();
            assert_eq!(arguments.link_for_another().as_deref(), Some(NO_LINK), "{bad}");
            assert_eq!(link(NO_LINK), None);
        }
        assert_eq!(link(&format!("tidings://join/h/{}", "x".repeat(1 << 20))), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_start_takes_files_by_path_and_by_address() {
        use std::os::unix::ffi::OsStringExt;
        let here = std::env::current_dir().unwrap();
        let odd = OsString::from_vec(b"/tmp/\xff.png".to_vec());
        let words = [
            OsString::from("tidings"),
            "--".into(),
            "/home/ann/a b.png".into(),
            "file:///home/ann/%E6%98%9F.pdf".into(),
            "notes: all of them.txt".into(),
            "10:30.txt".into(),
            odd.clone(),
        ];
        let arguments = Arguments::try_parse_from(words).unwrap();
        let files = [
            PathBuf::from("/home/ann/a b.png"),
            "/home/ann/星.pdf".into(),
            here.join("notes: all of them.txt"),
            here.join("10:30.txt"),
            odd.into(),
        ];
        assert_eq!(arguments.files(), files);
        assert!(!arguments.leads_nowhere());
        assert_eq!(arguments.link_for_another(), None);
    }

    #[test]
    fn a_start_without_words_is_the_default_profile() {
        let arguments = Arguments::try_parse_from(["tidings"]).unwrap();
        assert_eq!(arguments.profile.as_str(), "default");
        assert!(!arguments.hidden && !arguments.automation && !arguments.safe_graphics);
        assert!(arguments.opened.is_empty() && !arguments.leads_nowhere());
    }
}
