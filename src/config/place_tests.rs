#![allow(clippy::unwrap_used)]

use std::fs;

use super::*;

#[cfg(unix)]
#[test]
fn a_link_is_no_configuration_unless_it_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let root = dunce::canonicalize(dir.path()).unwrap().join("repository");
    fs::create_dir(&root).unwrap();
    fs::write(dir.path().join("secret"), "paused: \"hunter2\"\n").unwrap();
    std::os::unix::fs::symlink("../secret", root.join(FILE)).unwrap();
    let told = Place::find(&root, Some(&root), None)
        .unwrap_err()
        .to_string();
    assert!(
        told.contains("updraft.yml is a symbolic link; put the file itself there"),
        "{told}"
    );
    assert!(!told.contains("hunter2"));
    let named = root.join(FILE);
    let told = Place::find(&root, Some(&root), Some(&named)).unwrap_err();
    assert!(matches!(told, PlaceError::Outside(..)), "{told}");
}

#[test]
fn a_configuration_has_a_bound() {
    let dir = tempfile::tempdir().unwrap();
    let file = fs::File::create(dir.path().join(FILE)).unwrap();
    file.set_len(limits::FILE_BYTES + 1).unwrap();
    let told = Place::find(dir.path(), None, None).unwrap_err().to_string();
    assert!(
        told.ends_with("updraft.yml has 1048577 bytes; an updraft.yml has at most 1048576"),
        "{told}"
    );
}
