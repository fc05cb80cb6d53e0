//! The folders on disk that stories need: whole clones, or what the model's clones can't do without.

use std::{
    collections::BTreeMap,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
};

use image::{ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;

use super::{ghost::PICTURES, git_model::Tree, settings};

/// The pictures, by path.
static FILES: LazyLock<Tree> = LazyLock::new(|| {
    let colors = [[200, 0, 0], [0, 0, 200]];
    let picture = |color| {
        let mut bytes = Cursor::new(Vec::new());
        let image = RgbImage::from_pixel(8, 8, Rgb(color));
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        Arc::new(bytes.into_inner())
    };
    let paths = PICTURES.map(|name| format!("posts/{name}"));
    paths.into_iter().zip(colors.map(picture)).collect()
});

thread_local! {
    // Stories of the model take turns in it.
    static PLACE: TempDir = tempfile::tempdir().unwrap();
}

/// What the remote begins with.
pub fn first_files() -> Tree {
    FILES.clone()
}

/// The folder of a model's clone: `updraft.yml` and pictures are read from the disk, come what may.
pub fn model_folder(slot: usize, disk: &BTreeMap<String, Vec<u8>>) -> PathBuf {
    let place = PLACE.with(|place| dunce::canonicalize(place.path()).unwrap());
    let folder = place.join(format!("clone-{slot}"));
    if !folder.exists() {
        fs::create_dir_all(folder.join("posts")).unwrap();
        for (path, bytes) in FILES.iter() {
            fs::write(folder.join(path), &**bytes).unwrap();
        }
    }
    set_up(&folder, disk);
    folder
}

/// Writes `updraft.yml` as the model's disk has it.
pub fn set_up(folder: &Path, disk: &BTreeMap<String, Vec<u8>>) {
    let wanted = &disk[settings::PATH];
    let path = folder.join(settings::PATH);
    if fs::read(&path).ok().as_ref() != Some(wanted) {
        fs::write(path, wanted).unwrap();
    }
}

/// A clone as a workflow, or a person, makes it.
pub fn clone(remote: &Path, folder: &Path, is_shallow: bool) {
    let mut git = plain_git();
    git.args(["clone", "--quiet"]);
    if is_shallow {
        git.args(["--depth", "1"]);
    }
    git.arg(format!("file://{}", remote.display())).arg(folder);
    assert!(git.status().unwrap().success());
}

/// git without the settings of this machine.
pub fn plain_git() -> Command {
    let mut git = Command::new("git");
    git.env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(name);
    }
    git
}
