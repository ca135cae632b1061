//! Allow-lists the commands: without this, every page in the window could call all of them.

// Build scripts speak to Cargo on stdout.
#![allow(clippy::print_stdout)]

use std::{fs, path::Path};

#[path = "src/commands/names.rs"]
mod names;

fn main() {
    let page = Path::new("ui/dist/index.html");
    println!("cargo:rerun-if-changed=ui/dist");
    if !page.exists() {
        // The shell can be compiled and tested before the UI is built; opened, it says what is missing.
        let told = fs::create_dir_all("ui/dist").and_then(|()| fs::write(page, PLACEHOLDER));
        if let Err(error) = told {
            println!("cargo:warning=cannot write a placeholder to ui/dist: {error}");
        }
    }
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().commands(names::COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:error={error:#}");
    }
}

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tidings</title></head>\
     <body><p>The UI is not built yet: <code>cargo xtask run</code> builds it.</p></body></html>\n";
