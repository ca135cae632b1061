//! The benches behind `cargo xtask bench [NAME]`.
//!
//! Each bench is a file with a function that returns its figures; a line in [`BENCHES`] makes it known. The figures are printed
//! as a table and written to `target/bench/NAME.json`.

// What passes on this machine is what a bench is about.
#![allow(clippy::disallowed_methods)]

mod album;
mod app_send_to_screen;
mod app_start;
mod bundle_size;
mod cache_heads;
mod cache_page;
mod cache_seeded;
mod floor;
mod group_fanout;
mod group_memory;
mod load;
mod media_scroll;
mod notify;
mod parse_text;
mod photos;
mod process;
mod recall_catch_up;
mod report;
mod seed;
mod server_idle;
mod server_latency;
mod server_throughput;
mod thumbnail;
mod tray_idle;
mod upload;
mod uploader;

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

/// One bench.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn() -> anyhow::Result<Value>,
}

/// All benches, in the order of running.
const BENCHES: &[Bench] = &[
    Bench {
        name: "server-throughput",
        about: "50 pairs of connections, 32 messages in flight each, stored durably, delivered and acknowledged",
        run: server_throughput::run,
    },
    Bench {
        name: "server-latency",
        about: "one message at a time from send to delivery, durable and with synchronous=NORMAL",
        run: server_latency::run,
    },
    Bench {
        name: "server-idle",
        about: "5,000 idle signed-in sessions, and their return after a restart of the server",
        run: server_idle::run,
    },
    Bench {
        name: "group-fanout",
        about: "one group with 500 members here, two senders, stored durably, delivered to all",
        run: group_fanout::run,
    },
    Bench {
        name: "group-memory",
        about: "1,000 groups of 200 members who are all here and say nothing",
        run: group_memory::run,
    },
    Bench {
        name: "recall-catch-up",
        about: "a device that missed 10,000 messages and 1,000 recalls in one conversation, until its newest page is right",
        run: recall_catch_up::run,
    },
    Bench {
        name: "upload",
        about: "100 MiB over loopback, hashed and on disk, against nginx's PUT; memory with four at once; what is sent again after kills",
        run: upload::run,
    },
    Bench {
        name: "cache-page",
        about: "the newest 15 messages and 15 from deep in the past, from a cache of 1,000,000 messages",
        run: cache_page::run,
    },
    Bench {
        name: "cache-heads",
        about: "the list of 100 conversations from that cache",
        run: cache_heads::run,
    },
    Bench {
        name: "app-start",
        about: "the real app on that cache, from process start to the screen; what it uses when idle; against a minimal window",
        run: app_start::run,
    },
    Bench {
        name: "send-to-screen",
        about: "Enter in one real app to the text on the screen of the other",
        run: app_send_to_screen::run,
    },
    Bench {
        name: "media-scroll",
        about: "a conversation of 5,000 pictures in the real app, scrolled from end to start",
        run: media_scroll::run,
    },
    Bench {
        name: "notify",
        about: "a message's commit to the call at the notification daemon; 1,000 messages in a second",
        run: notify::run,
    },
    Bench {
        name: "tray-idle",
        about: "the real app hidden in the tray and connected; from a click there to the list on the screen",
        run: tray_idle::run,
    },
    Bench {
        name: "bundle-size",
        about: "the packages of this build: to download, and installed",
        run: bundle_size::run,
    },
    Bench {
        name: "parse-text",
        about: "the SDK's parseText: 20,000 brackets, and 12 KB as people write it",
        run: parse_text::run,
    },
    Bench {
        name: "thumbnail",
        about: "12 and 48 MP JPEG, 24 MP PNG, 12 MP WebP to 198 px, whole process, against vipsthumbnail",
        run: thumbnail::run,
    },
    Bench {
        name: "album",
        about: "100 photos of 12 MP, all previews, two at a time, against vipsthumbnail",
        run: album::run,
    },
];

fn main() -> anyhow::Result<()> {
    let mut names = Vec::new();
    let mut out = PathBuf::from("target/bench");
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // A process of the floor, started by this program itself.
            floor::ARGUMENT => return floor::serve(arguments),
            uploader::ARGUMENT => return uploader::serve(arguments),
            "--out" => out = arguments.next().context("--out DIR")?.into(),
            "--list" => {
                for bench in BENCHES {
                    report::say(&format!("{:<20} {}", bench.name, bench.about));
                }
                return Ok(());
            }
            name => names.push(name.to_owned()),
        }
    }
    for name in &names {
        anyhow::ensure!(
            BENCHES.iter().any(|bench| bench.name == name),
            "there is no bench {name}; see --list"
        );
    }
    tidings_server::raise_descriptor_limit().context("the limit of open files")?;
    std::fs::create_dir_all(&out)?;
    for bench in BENCHES {
        if names.is_empty() || names.iter().any(|name| name == bench.name) {
            report::say(&format!("\n{}: {}", bench.name, bench.about));
            let figures = (bench.run)().with_context(|| bench.name)?;
            report::table(&figures);
            std::fs::write(out.join(format!("{}.json", bench.name)), format!("{figures:#}\n"))?;
        }
    }
    Ok(())
}
