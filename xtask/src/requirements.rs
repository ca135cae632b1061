//! Holds `docs/requirements.md` against the code: each test that it names is where it says.

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::process;

    /// The tests of a line, as `` `name` (file) ``.
    fn named(line: &str) -> impl Iterator<Item = (&str, &str)> {
        line.split("<br>").filter_map(|cell| {
            let (before, file) = cell.rsplit_once("` (")?;
            let (_, name) = before.rsplit_once('`')?;
            Some((name, file.split_once(')')?.0))
        })
    }

    #[test]
    fn every_test_that_shows_a_requirement_is_there() {
        let root = process::root();
        let page = fs::read_to_string(root.join("docs/requirements.md")).unwrap();
        let mut count = 0;
        for (name, file) in page
            .lines()
            .filter(|line| line.starts_with("| R-"))
            .flat_map(named)
        {
            let code = fs::read_to_string(root.join(file)).unwrap_or_default();
            assert!(code.contains(name), "{file} has no {name}");
            count += 1;
        }
        assert!(count > 50, "the page names {count} tests");
    }
}
