//! What WebKitGTK reads from the environment, decided before the first thread starts.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// What this computer lets the web view do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Machine {
    /// There is a GPU that WebKit's fast path can use.
    gpu: bool,
    /// The web process can be locked into its own namespaces.
    sandbox: bool,
}

/// What keeps the web view from everything that a graphics driver can break.
const SAFE_GRAPHICS: [(&str, &str); 3] = [
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    ("WEBKIT_DISABLE_COMPOSITING_MODE", "1"),
    ("LIBGL_ALWAYS_SOFTWARE", "1"),
];

/// Prepares the environment for the web view. Call this first in `main`, before anything starts a thread. Answers with lines
/// for the log, which is not there yet.
pub fn prepare(automation: bool, safe_graphics: bool) -> Vec<&'static str> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let machine = Machine {
        gpu: !safe_graphics && has_usable_gpu(),
        sandbox: can_sandbox(),
    };
    let (mut variables, mut lines) = decide(machine, automation, |name| std::env::var_os(name).is_some());
    if safe_graphics {
        // Asked for now, it wins over whatever was set once.
        variables.extend(SAFE_GRAPHICS);
        lines.push("safe graphics: nothing is drawn by the graphics card");
    }
    for (name, value) in variables {
        set_variable(name, value);
    }
    lines
}

/// Which variables to set, and what to say about it. A variable that somebody has set is theirs.
fn decide(
    machine: Machine,
    automation: bool,
    is_set: impl Fn(&str) -> bool,
) -> (Vec<(&'static str, &'static str)>, Vec<&'static str>) {
    let mut variables = Vec::new();
    let mut lines = Vec::new();
    if !machine.gpu {
        // Without a GPU the DMA-BUF renderer costs 190 ms to first paint and 80 MB (DESIGN section 6).
        variables.push(("WEBKIT_DISABLE_DMABUF_RENDERER", "1"));
        lines.push("no usable GPU: the web view draws without DMA-BUF");
    }
    if machine.sandbox {
        variables.push(("WEBKIT_FORCE_SANDBOX", "1"));
    } else {
        lines.push("no sandbox for the web view: it needs bubblewrap, xdg-dbus-proxy and user namespaces");
    }
    if automation {
        // The web view takes a WebDriver session only when it is told so at its start.
        variables.push(("TAURI_WEBVIEW_AUTOMATION", "true"));
    }
    variables.retain(|(name, _)| !is_set(name));
    (variables, lines)
}

/// Whether a render node can be opened, by a driver for which DMA-BUF works.
fn has_usable_gpu() -> bool {
    // NVIDIA's own driver shows an empty window with the DMA-BUF renderer on many versions.
    if Path::new("/proc/driver/nvidia/version").exists() {
        return false;
    }
    let Ok(nodes) = fs::read_dir("/dev/dri") else {
        return false;
    };
    nodes
        .filter_map(Result::ok)
        .filter(|node| {
            node.file_name()
                .to_str()
                .is_some_and(|name| name.starts_with("renderD"))
        })
        .any(|node| {
            fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open(node.path())
                .is_ok()
        })
}

/// Whether bubblewrap can do here what WebKit will ask of it. Only trying shows it: kernels, containers and distributions
/// switch namespaces off in many ways.
fn can_sandbox() -> bool {
    // Inside Flatpak, WebKit asks the portal for its sandbox by itself.
    if Path::new("/.flatpak-info").exists() || !is_on_path("xdg-dbus-proxy") || !is_on_path("bwrap") {
        return false;
    }
    Command::new("bwrap")
        .args([
            "--unshare-all",
            "--die-with-parent",
            "--ro-bind",
            "/",
            "/",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "true",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// The one place that changes this process's environment.
#[expect(
    unsafe_code,
    reason = "the web view takes these settings from the environment only"
)]
fn set_variable(name: &str, value: &str) {
    // SAFETY: `prepare` runs first in `main`, on the only thread there is.
    unsafe { std::env::set_var(name, value) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(machine: Machine, automation: bool, set: &[&str]) -> Vec<&'static str> {
        decide(machine, automation, |name| set.contains(&name))
            .0
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn h16_the_sandbox_is_on_where_it_can_be() {
        let able = Machine {
            gpu: true,
            sandbox: true,
        };
        assert_eq!(names(able, false, &[]), ["WEBKIT_FORCE_SANDBOX"]);
        let (variables, lines) = decide(
            Machine {
                sandbox: false,
                ..able
            },
            false,
            |_| false,
        );
        assert!(variables.is_empty() && lines.len() == 1);
    }

    #[test]
    fn without_a_gpu_the_slow_renderer_is_off() {
        let bare = Machine {
            gpu: false,
            sandbox: false,
        };
        assert_eq!(
            names(bare, true, &[]),
            ["WEBKIT_DISABLE_DMABUF_RENDERER", "TAURI_WEBVIEW_AUTOMATION"]
        );
    }

    #[test]
    fn what_somebody_has_set_is_theirs() {
        let bare = Machine {
            gpu: false,
            sandbox: true,
        };
        let set = ["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_FORCE_SANDBOX"];
        assert!(names(bare, false, &set).is_empty());
    }
}
