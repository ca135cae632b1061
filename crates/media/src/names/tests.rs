use std::fs;

use proptest::prelude::*;

use super::*;

#[test]
fn h20_names_are_made_safe() {
    let long = format!("{}.jpeg", "长".repeat(200));
    let cases = [
        ("../../.config/autostart/x.desktop", "x.desktop.txt"),
        ("C:\\x", "x"),
        ("\\\\srv\\x", "x"),
        ("CON", "_CON"),
        ("aux.txt", "_aux.txt"),
        ("com¹.png", "_com¹.png"),
        ("a:b", "a_b"),
        ("report.pdf. . ", "report.pdf"),
        ("a\0b\nc.txt", "abc.txt"),
        ("-rf", "rf"),
        ("~root.txt", "root.txt"),
        (".bashrc", "bashrc"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        ("a/..", "a"),
        ("日本 語.PDF", "日本 語.PDF"),
    ];
    for (given, wanted) in cases {
        assert_eq!(safe(given), wanted, "{given:?}");
    }
    let cut = safe(&long);
    assert!(cut.len() <= 255 && cut.ends_with("长.jpeg"), "{cut}");
}

#[test]
fn h7_an_override_cannot_hide_the_extension() {
    assert_eq!(
        shown("invoice\u{202e}fdp.exe"),
        ("invoicefdp".to_owned(), ".exe".to_owned())
    );
    assert_eq!(shown("a.jpg.exe"), ("a.jpg".to_owned(), ".exe".to_owned()));
    assert_eq!(
        shown("photo.jpg     .lnk"),
        ("photo.jpg     .lnk".to_owned(), ".txt".to_owned())
    );
    assert_eq!(shown("README"), ("README".to_owned(), String::new()));
}

#[test]
fn h19_only_what_is_looked_at_is_opened() {
    for name in [
        "a.jpg.exe",
        "a.py",
        "a.pyzw",
        "a.php",
        "a.desktop",
        "a.lnk",
        "a.scf",
        "a.url",
        "a.jar",
        "a.AppImage",
        "a.html",
        "a.svg",
        "a.hta",
        "a.exe.",
        "a.exe ",
        "a.sh",
    ] {
        assert_eq!(may_open(name, "image/jpeg"), Opening::ShowInFolder, "{name}");
        assert!(runs_code(name), "{name}");
    }
    for (name, mime) in [
        ("a.jpg", "image/jpeg"),
        ("a.PDF", "application/pdf"),
        ("a.txt", "text/plain; charset=x"),
    ] {
        assert_eq!(may_open(name, mime), Opening::Allowed, "{name}");
        assert!(!runs_code(name), "{name}");
    }
    assert_eq!(may_open("a.jpg", "text/html"), Opening::ShowInFolder);
    assert_eq!(may_open("a.png", "image/svg+xml"), Opening::ShowInFolder);
    assert_eq!(may_open("a", ""), Opening::ShowInFolder);
}

#[test]
fn h21_nothing_is_overwritten_and_no_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let aim = folder.path().join("aim");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&aim, folder.path().join("a.txt")).unwrap();
    #[cfg(not(unix))]
    fs::write(folder.path().join("a.txt"), "").unwrap();
    let (_, second) = unique(folder.path(), "a.txt").unwrap();
    let (_, third) = unique(folder.path(), "../a.txt").unwrap();
    assert_eq!(second, folder.path().join("a (2).txt"));
    assert_eq!(third, folder.path().join("a (3).txt"));
    assert!(!aim.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(second).unwrap().permissions().mode() & 0o111, 0);
    }
}

#[test]
fn h21_a_long_name_has_room_for_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}.txt", "a".repeat(300));
    for _ in 0..12 {
        let (_, path) = unique(folder.path(), &name).unwrap();
        assert!(path.file_name().unwrap().len() <= 255);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 12);
}

proptest! {
    #[test]
    fn h20_any_name_stays_in_its_folder(name in any::<String>()) {
        let safe = safe(&name);
        prop_assert!(!safe.is_empty() && safe.len() <= 255);
        let separates = safe.contains(['/', '\\', '\0', ':', '\u{202e}']);
        prop_assert!(!separates);
        prop_assert!(!safe.starts_with(['.', '-', '~', ' ']) && !safe.ends_with(['.', ' ']));
        prop_assert_eq!(Path::new(&safe).components().count(), 1);
        prop_assert_eq!(super::safe(&safe), safe.clone());
        let (stem, extension) = shown(&name);
        prop_assert_eq!(format!("{stem}{extension}"), safe);
    }
}

#[test]
fn h19_what_is_cut_off_a_long_name_does_not_arm_it() {
    for ending in ["scf", "desktop", "lnk"] {
        for length in 230..260 {
            let name = safe(&format!("{}.{ending} zzzzzzzzzzzz", "a".repeat(length)));
            assert!(name.len() <= limits::NAME_BYTES, "{name}");
            assert!(!DISARMED.contains(&extension(&name).as_str()), "{name}");
        }
    }
}
