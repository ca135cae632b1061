//! A pool with real processes. This file is its own test runner (`harness = false`), because the processes are this program again.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::{fs, path::Path};

use tidings_media::{
    Kind, Limits, MediaError, picture,
    worker::{ARGUMENT, Pool, serve},
};

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some(ARGUMENT) => return serve(std::io::stdin(), std::io::stdout()).unwrap(),
        // What a worker that hangs does.
        Some("--hang") => loop {
            std::thread::park();
        },
        Some("--die") => std::process::abort(),
        // The test runner asks for a list of tests.
        Some("--list") => return,
        _ => {}
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture");
    let rgba: Vec<u8> = (0..640 * 480u32)
        .flat_map(|at| [at as u8, (at >> 8) as u8, 9, 255])
        .collect();
    fs::write(
        &path,
        picture::from_rgba(640, 480, &rgba, &Limits::default()).unwrap(),
    )
    .unwrap();
    h22_pictures_are_decoded_in_another_process(&path);
    h22_a_worker_that_dies_or_hangs_costs_its_picture_only(&path);
    println!("test result: ok. 2 passed");
}

fn pool(argument: &str) -> Pool {
    Pool::new(std::env::current_exe().unwrap(), vec![argument.into()], 2)
}

fn h22_pictures_are_decoded_in_another_process(path: &Path) {
    let pool = pool(ARGUMENT);
    let probed = pool.probe(path).unwrap();
    assert_eq!((probed.kind, probed.width), (Kind::Image, Some(640)));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let prepared = pool.prepare(path, &probed).unwrap();
                assert_eq!(
                    prepared,
                    picture::prepare(path, &probed, &Limits::default()).unwrap()
                );
            });
        }
    });
    let out = path.with_file_name("out");
    assert_eq!(pool.strip(path, &probed, &out).unwrap().width, 640);
    assert!(matches!(pool.strip(path, &probed, &out), Err(MediaError::Io(_))));
    pool.rest();
    assert!(pool.thumbnail(path, &probed).is_ok());
}

fn h22_a_worker_that_dies_or_hangs_costs_its_picture_only(path: &Path) {
    for argument in ["--hang", "--die"] {
        let pool = pool(argument).with_patience_ms(300);
        for _ in 0..3 {
            assert!(matches!(pool.probe(path), Err(MediaError::TooHard)), "{argument}");
        }
    }
}
