//! What is stored is the engine's own: no record holds a wire type, or a value that is to be kept from sight.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::Path;

/// The few wire types that the engine names, by file. None of them is part of a record.
const NAMED: &[(&str, &str)] =
    &[("authorisation.rs", "florin_wire::Sensitive"), ("directory.rs", "florin_wire::Platform")];

/// The engine's files without their unit tests, by name.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), code.to_owned()));
        }
    }
    files
}

#[test]
fn the_engine_names_no_wire_type_but_two() {
    let files = files();
    assert!(files.len() > 10);
    for (name, code) in files {
        for (at, _) in code.match_indices("florin_wire") {
            let rest = &code[at..];
            let known = |(file, path): &(&str, &str)| *file == name && rest.starts_with(path);
            assert!(NAMED.iter().any(known), "{name}: {}", rest.lines().next().unwrap());
        }
    }
}

#[test]
fn nothing_that_is_stored_holds_a_value_to_be_kept_from_sight() {
    for (name, code) in files() {
        for part in code.split("#[derive(").skip(1) {
            let (derived, item) = part.split_once(")]").unwrap();
            let body = item.split("\n}").next().unwrap();
            if derived.contains("Serialize") {
                assert!(
                    !body.contains("Sensitive") && !body.contains("Zeroizing"),
                    "{name}: {body}"
                );
                assert!(!body.contains("cvv"), "{name}: {body}");
            }
        }
    }
}
