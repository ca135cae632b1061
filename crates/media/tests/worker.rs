//! A pool with real processes. This file is its own test runner (`harness = false`), because the processes are this program again.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::{
    fs, io,
    net::{TcpStream, UdpSocket},
    path::Path,
    process::{Command, ExitCode},
};

use tidings_media::{
    Kind, Limits, MediaError, limits, picture,
    worker::{ARGUMENT, Pool, Who, confine, take_over},
};

fn main() -> ExitCode {
    if let Some(code) = take_over(std::env::args_os().skip(1)) {
        return code;
    }
    match std::env::args().nth(1).as_deref() {
        // What a worker that hangs does.
        Some("--hang") => loop {
            std::thread::park();
        },
        Some("--die") => std::process::abort(),
        Some("--spin") => {
            let _ = confine(Who::Worker, 1);
            loop {
                std::hint::spin_loop();
            }
        }
        Some("--break-out") => return breaks_out(),
        // The test runner asks for a list of tests.
        Some("--list") => return ExitCode::SUCCESS,
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
    h24_a_poster_is_made_by_a_program_that_is_held(folder.path());
    if cfg!(target_os = "linux") {
        h22_a_worker_that_spins_is_ended_also_when_nobody_waits_for_it();
        h22_a_worker_reaches_no_network_starts_nothing_and_writes_nothing(folder.path());
    }
    println!("test result: ok. 5 passed");
    ExitCode::SUCCESS
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

/// With the real program, where this computer has it.
fn h24_a_poster_is_made_by_a_program_that_is_held(folder: &Path) {
    let path = folder.join("a.mp4");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "quiet", "-f", "lavfi", "-i"])
        .args(["color=c=red:s=320x240:d=5:r=10", "-c:v", "mpeg4"])
        .arg(&path)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let pool = pool(ARGUMENT);
    let probed = pool.probe(&path).unwrap();
    let frame = pool.poster(&path, &probed).unwrap().unwrap();
    assert_eq!((frame.width, frame.height), (320, 240));
}

fn h22_a_worker_that_spins_is_ended_also_when_nobody_waits_for_it() {
    let ended = Command::new(std::env::current_exe().unwrap())
        .arg("--spin")
        .status()
        .unwrap();
    assert_eq!(ended.code(), None, "{ended}: the system has ended it");
}

fn h22_a_worker_reaches_no_network_starts_nothing_and_writes_nothing(folder: &Path) {
    let file = folder.join("not a worker's");
    fs::write(&file, "mine").unwrap();
    let ended = Command::new(std::env::current_exe().unwrap())
        .arg("--break-out")
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stdout)
    );
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

/// What a worker would do that a file has got hold of.
fn breaks_out() -> ExitCode {
    let file = std::env::args_os().nth(2).unwrap();
    if let Err(refused) = confine(Who::Worker, limits::WORKER_CPU_S) {
        // An older kernel, or a sandbox around this test: then there is nothing to be seen here.
        eprintln!("not held: {refused}");
        return ExitCode::SUCCESS;
    }
    let new = Path::new(&file).with_file_name("new");
    let tries: [(&str, io::Result<()>); 9] = [
        ("listens", UdpSocket::bind("127.0.0.1:0").map(drop)),
        ("dials", TcpStream::connect("127.0.0.1:9").map(drop)),
        ("runs a program", Command::new("/bin/true").status().map(drop)),
        ("makes a file", fs::write(&new, "x")),
        (
            "writes to a file",
            fs::OpenOptions::new().append(true).open(&file).map(drop),
        ),
        ("removes a file", fs::remove_file(&file)),
        ("renames a file", fs::rename(&file, &new)),
        ("links a file", fs::hard_link(&file, &new)),
        ("makes a folder", fs::create_dir(&new)),
    ];
    let done: Vec<_> = tries.iter().filter(|(_, tried)| tried.is_ok()).collect();
    let reads = fs::read(&file).is_ok_and(|bytes| bytes == b"mine");
    let threads = std::thread::spawn(|| vec![1_u8; 1 << 20].len()).join().is_ok();
    let panics = std::panic::catch_unwind(|| panic!("a decoder")).is_err();
    let many: Vec<_> = (0..=limits::WORKER_FILES)
        .map_while(|_| fs::File::open(&file).ok())
        .collect();
    if done.is_empty() && reads && threads && panics && many.len() < 64 {
        return ExitCode::SUCCESS;
    }
    println!(
        "{done:?}, reads {reads}, threads {threads}, panics {panics}, opens {}",
        many.len()
    );
    ExitCode::FAILURE
}
