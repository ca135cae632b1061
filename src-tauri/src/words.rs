//! The shell's own words: notifications' actions, the tray's menu. The page has its own.

use tidings_engine::notify::Language;

use crate::notifications::Labels;

/// The words of one language.
pub(crate) struct Words {
    /// What a notification's actions are called.
    pub(crate) labels: Labels,
    /// The tray's first item.
    pub(crate) open_tidings: &'static str,
    /// Switches notifications off and on.
    pub(crate) do_not_disturb: &'static str,
    /// Opens the settings.
    pub(crate) settings: &'static str,
    /// Ends the app.
    pub(crate) quit: &'static str,
    /// Said when the window is closed into the tray for the first time: title and text.
    pub(crate) in_the_tray: (&'static str, &'static str),
    /// Said when a window that was to be closed is kept: title and text.
    pub(crate) kept_open: (&'static str, &'static str),
    /// What the test button shows: title and text.
    pub(crate) test: (&'static str, &'static str),
}

const ENGLISH: Words = Words {
    labels: Labels {
        open: "Open",
        mark_read: "Mark as read",
        reply: "Reply",
    },
    open_tidings: "Open Tidings",
    do_not_disturb: "Do not disturb",
    settings: "Settings",
    quit: "Quit",
    in_the_tray: (
        "Tidings keeps running",
        "It is in the tray and tells you of new messages. Quit it from its menu there.",
    ),
    kept_open: (
        "Tidings is still open",
        "Something in it is not finished and would be lost. Close the window once more to quit anyway.",
    ),
    test: ("Tidings", "This is what a notification looks like."),
};

const CHINESE: Words = Words {
    labels: Labels {
        open: "打开",
        mark_read: "标为已读",
        reply: "回复",
    },
    open_tidings: "打开 Tidings",
    do_not_disturb: "勿扰",
    settings: "设置",
    quit: "退出",
    in_the_tray: (
        "Tidings 仍在运行",
        "它在系统托盘中，有新消息时会通知你。可从托盘菜单退出。",
    ),
    kept_open: (
        "Tidings 尚未退出",
        "窗口中有尚未完成的内容，退出会丢失。若仍要退出，请再次关闭窗口。",
    ),
    test: ("Tidings", "通知看起来就是这样。"),
};

/// The words of this language.
pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

/// A conversation in the tray's menu: its name, and how much of it is unread.
pub(crate) fn menu_line(name: &str, unread: u64) -> String {
    // A menu as wide as the screen helps nobody.
    const MOST: usize = 40;
    let short: String = name.chars().take(MOST).collect();
    let cut = if short.len() < name.len() { "…" } else { "" };
    format!("{short}{cut} ({unread})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_in_the_menu() {
        assert_eq!(menu_line("Ann", 3), "Ann (3)");
        assert_eq!(
            menu_line(&"名".repeat(50), 1),
            format!("{}… (1)", "名".repeat(40))
        );
    }
}
