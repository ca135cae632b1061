//! What the page may ask: one file for each group of the Bridge's methods, each method under its own name.

pub(crate) mod account;
pub(crate) mod app;
pub(crate) mod attachments;
pub(crate) mod conversations;
pub(crate) mod diagnostics;
pub(crate) mod exports;
pub(crate) mod files;
pub(crate) mod first_screen;
pub(crate) mod groups;
pub(crate) mod host;
pub(crate) mod messages;
pub(crate) mod people;

// `build.rs` makes the allow-list from it.
#[cfg(test)]
mod names;

/// The shell, as every command gets it.
pub(crate) type Shared<'a> = tauri::State<'a, std::sync::Arc<crate::shell::Shell>>;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::names::COMMANDS;

    fn snake(name: &str) -> String {
        name.chars().fold(String::new(), |mut text, letter| {
            if letter.is_ascii_uppercase() {
                text.push('_');
            }
            text.push(letter.to_ascii_lowercase());
            text
        })
    }

    /// The methods of the Bridge interface: a line of four parts, two spaces, a name and a bracket.
    fn methods_of_the_bridge() -> BTreeSet<String> {
        let source = include_str!("../../../ui/src/bridge/bridge.ts");
        let (_, interface) = source.split_once("export interface Bridge {").unwrap();
        let (interface, _) = interface.split_once("\n}").unwrap();
        let method = |line: &str| {
            let rest = line
                .strip_prefix("  ")
                .filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))?;
            let (name, _) = rest.split_once('(')?;
            name.chars()
                .all(|letter| letter.is_ascii_alphanumeric())
                .then(|| snake(name))
        };
        interface.lines().filter_map(method).collect()
    }

    #[test]
    fn h12_the_page_may_call_the_methods_of_the_bridge_and_nothing_else() {
        let listed: BTreeSet<String> = COMMANDS.iter().map(ToString::to_string).collect();
        assert_eq!(listed.len(), COMMANDS.len(), "a command is listed twice");
        assert_eq!(listed, methods_of_the_bridge());
    }

    #[test]
    fn h12_the_capability_grants_each_command_by_name_and_nothing_of_tauris_own() {
        let text = include_str!("../../capabilities/main.json");
        let capability: serde_json::Value = serde_json::from_str(text).unwrap();
        let granted: Vec<&str> = capability["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each.as_str().unwrap())
            .collect();
        let wanted: Vec<String> = COMMANDS
            .iter()
            .map(|name| format!("allow-{}", name.replace('_', "-")))
            .collect();
        assert_eq!(granted, wanted);
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
        assert!(capability.get("remote").is_none());
    }
}
