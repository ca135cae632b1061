//! The commands that the window may call, by group. `build.rs` makes the allow-list from this.

/// Every method of the UI's `Bridge`, in snake_case. A command that is not named here does not exist for the page.
pub(crate) const COMMANDS: &[&str] = &[
    // app
    "listen",
    "app_info",
    "settings",
    "set_settings",
    "copy_text",
    "inspect_web_link",
    "open_web_link",
    "painted",
    // account
    "account",
    "connection",
    "start_space",
    "inspect_link",
    "join_with_link",
    "sign_in",
    "sign_out",
    // messages
    "send_message",
    "resend_message",
    "discard_message",
    "message_page",
    "mark_read",
    // conversations
    "conversation_list",
    "conversation_profile",
    "delete_conversation",
    "set_draft",
    // people
    "my_profile",
    "user_profiles",
    "update_my_profile",
    "find_people",
    // host
    "host_status",
    "set_host_shared",
    "make_invitation",
];
