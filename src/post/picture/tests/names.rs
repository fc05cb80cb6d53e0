//! Which file is meant, and what is said of one that can't be used.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{load, put, repository, samples, words};
use crate::{
    diagnostic::Code,
    post::{
        limits,
        picture::{PictureSource, Reference, missing_alt, prepared_bytes},
    },
};

#[test]
fn a_name_is_decoded_and_resolved_from_the_post() {
    let root = repository();
    put(&root, "posts/media/my pic é.png", &samples::png(1));
    put(&root, "top.png", &samples::png(1));
    for (destination, path) in [
        ("media/my%20pic%20%C3%A9.png", "posts/media/my pic é.png"),
        ("./media//my pic é.png", "posts/media/my pic é.png"),
        ("../top.png", "top.png"),
    ] {
        assert_eq!(load(&root, destination).unwrap().path, path);
    }
}

#[test]
fn a_file_shown_by_many_posts_is_read_once() {
    let root = repository();
    put(&root, "posts/media/x.png", &samples::png(1));
    let source = PictureSource::new(root.path());
    let reference = Reference {
        destination: "media/x.png",
        alt: "one",
        span: 0..1,
    };
    let first = source
        .load("posts/a.md", &reference, limits::IMAGE_BYTES)
        .unwrap();
    // Still there, now unfit: read again it would be refused.
    put(&root, "posts/media/x.png", b"other");
    let second = source
        .load(
            "posts/b.md",
            &Reference {
                alt: "two",
                ..reference
            },
            limits::IMAGE_BYTES,
        )
        .unwrap();
    assert_eq!(first.sha256, second.sha256);
    assert_eq!((first.alt.as_str(), second.alt.as_str()), ("one", "two"));
}

#[test]
fn every_way_not_to_be_a_picture_says_what_to_do() {
    let root = repository();
    put(&root, "posts/media/Chart (1).png", &samples::png(1));
    put(&root, "posts/media/empty.png", b"");
    put(&root, "top.png", &samples::png(1));
    let lines: Vec<String> = [
        "",
        "https://example.com/x.png",
        "data:image/png;base64,AAAA",
        "//example.com/x.png",
        "C:\\x.png",
        "media\\x.png",
        "%ff.png",
        "a%00b.png",
        "/posts/media/Chart%20(1).png",
        "/etc/passwd",
        "../../x.png",
        "media",
        "media/empty.png",
        "media/chart (1).png",
        "medai/Chart (1).pgn",
        "top.png",
        "nowhere/at/all.png",
        "media/empty.png/x.png",
    ]
    .map(|destination| words(&root, destination))
    .into();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    invalid-picture: the picture names no file | write the file's name between the round brackets: `![what it shows](media/x.png)`
    invalid-picture: `https://example.com/x.png` is an address, not a file | download it into the repository, so that it is reviewed with the post, and name the file
    invalid-picture: `data:image/png;base64,AAAA` is an address, not a file | download it into the repository, so that it is reviewed with the post, and name the file
    invalid-picture: `//example.com/x.png` is an address, not a file | download it into the repository, so that it is reviewed with the post, and name the file
    invalid-picture: `C:\x.png` is a path on one machine | put the file into the repository and name it relative to the post
    invalid-picture: `media\x.png` has a backslash | write `media/x.png`
    invalid-picture: `%ff.png` is not UTF-8 once its `%` codes are resolved | rename the file, to letters and digits say
    invalid-picture: `a%00b.png` holds a control character | rename the file, to letters and digits say
    invalid-picture: `/posts/media/Chart (1).png` is an absolute path | write `media/Chart%20%281%29.png`
    invalid-picture: `/etc/passwd` is an absolute path | name the file relative to the post
    invalid-picture: `../../x.png` leads out of the repository | move the file into the repository, beside the post
    invalid-picture: `posts/media` is a folder | name the file itself
    invalid-picture: `posts/media/empty.png` is empty | put the picture there again
    invalid-picture: there is no file `posts/media/chart (1).png` | did you mean `media/Chart%20%281%29.png`?
    invalid-picture: there is no file `posts/medai/Chart (1).pgn` | did you mean `media/Chart%20%281%29.png`?
    invalid-picture: there is no file `posts/top.png` | did you mean `../top.png`?
    invalid-picture: there is no file `posts/nowhere/at/all.png` | files are named relative to the post: add this one, or correct its name
    invalid-picture: there is no file `posts/media/empty.png/x.png` | files are named relative to the post: add this one, or correct its name
    "#);
}

#[test]
fn a_file_of_another_kind_is_named_with_the_way_out() {
    let root = repository();
    let kinds: [&[u8]; 9] = [
        b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x20ftypavif",
        b"\0\0\0\x20ftypheic",
        b"\0\0\0\x20ftypisom",
        b"BM\0\0",
        b"II*\0",
        b"%PDF-1.7",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00",
        b"hello",
    ];
    let lines: Vec<String> = kinds
        .map(|bytes| {
            put(&root, "posts/x.png", bytes);
            words(&root, "x.png")
        })
        .into();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    invalid-picture: `posts/x.png` is an SVG drawing | export it as a PNG, 2,000 pixels wide or so
    invalid-picture: `posts/x.png` is an AVIF picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is a HEIC picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is an MP4 video | give the file the ending of its kind, such as `.mp4`
    invalid-picture: `posts/x.png` is a BMP picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is a TIFF picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is a PDF | export it as a PNG, 2,000 pixels wide or so
    invalid-picture: `posts/x.png` is a Git LFS pointer, not the picture itself | run `git lfs pull`; in a workflow, give actions/checkout `lfs: true`
    invalid-picture: `posts/x.png` is no picture that updraft knows | use a JPEG, PNG, WebP or GIF file
    "#);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_no_picture_wherever_it_leads() {
    use std::os::unix::fs::symlink;
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("x.png"), samples::png(1)).unwrap();
    let root = repository();
    put(&root, "posts/media/real.png", &samples::png(1));
    let link = |target: &Path, name: &str| symlink(target, root.path().join(name)).unwrap();
    link(&outside.path().join("x.png"), "posts/out.png");
    link(outside.path(), "posts/folder");
    link(Path::new("media/real.png"), "posts/in.png");
    link(Path::new("gone.png"), "posts/broken.png");
    let expected = "invalid-picture: `posts/out.png` leads out of the repository \
                    | replace the symbolic link by the file itself";
    assert_eq!(words(&root, "out.png"), expected);
    assert!(words(&root, "folder/x.png").contains("leads out of the repository"));
    assert!(words(&root, "broken.png").contains("a symbolic link that leads nowhere"));
    let expected = "invalid-picture: `posts/in.png` is a symbolic link; git would keep the link, not the file \
                    | replace the symbolic link by what it leads to";
    assert_eq!(words(&root, "in.png"), expected);
    link(Path::new("media"), "posts/same");
    let expected = "invalid-picture: `posts/same/real.png` lies behind the symbolic link `posts/same` \
                    | replace the symbolic link by what it leads to";
    assert_eq!(words(&root, "same/real.png"), expected);
}

#[cfg(unix)]
#[test]
fn nothing_behind_a_link_is_suggested() {
    let outside = TempDir::new().unwrap();
    let root = repository();
    put(&outside, "secret.png", &samples::png(1));
    std::os::unix::fs::symlink(outside.path(), root.path().join("link")).unwrap();
    for destination in [
        "../link/secrte.png",
        "link/secret.png",
        "/link/secret.png",
        "../lnk/secret.png",
    ] {
        assert!(
            !words(&root, destination).contains("did you mean"),
            "{destination}"
        );
        assert!(
            !words(&root, destination).contains("| write `"),
            "{destination}"
        );
    }
}

#[test]
fn what_is_in_gits_own_folder_is_no_picture() {
    let root = repository();
    put(&root, ".git/x.png", &samples::png(1));
    put(&root, "posts/.GIT/x.png", &samples::png(1));
    put(&root, "posts/.github/x.png", &samples::png(1));
    let expected = "invalid-picture: `.git/x.png` is git's own | put the file beside the post";
    assert_eq!(words(&root, "../.git/x.png"), expected);
    assert_eq!(words(&root, "%2e%2e/%2egit/x.png"), expected);
    assert!(words(&root, ".GIT/x.png").contains("is git's own"));
    assert_eq!(
        load(&root, ".github/x.png").unwrap().path,
        "posts/.github/x.png"
    );
}

#[test]
fn no_spelling_of_a_path_leads_outside() {
    let outside = TempDir::new().unwrap();
    let root = TempDir::new_in(outside.path()).unwrap();
    put(&outside, "secret.png", &samples::png(1));
    put(&root, "posts/post.md", b"");
    let folder = root.path().file_name().unwrap().to_string_lossy();
    let absolute = outside.path().join("secret.png");
    let spellings = [
        "../../secret.png".to_owned(),
        "media/../../../secret.png".to_owned(),
        "%2e%2e/%2e%2e/secret.png".to_owned(),
        "..%2f..%2fsecret.png".to_owned(),
        "%252e%252e/%252e%252e/secret.png".to_owned(),
        "..\\..\\secret.png".to_owned(),
        "..%5c..%5csecret.png".to_owned(),
        "../../secret.png%00.png".to_owned(),
        ".../.../secret.png".to_owned(),
        "..%20/..%20/secret.png".to_owned(),
        "\u{ff0e}\u{ff0e}/\u{ff0e}\u{ff0e}/secret.png".to_owned(),
        "..\u{2215}..\u{2215}secret.png".to_owned(),
        ".\u{200b}./.\u{200b}./secret.png".to_owned(),
        format!("../../{folder}/../secret.png"),
        format!("../../{folder}/posts/post.md"),
        absolute.to_string_lossy().into_owned(),
        format!("./{}", absolute.display()),
        format!("file://{}", absolute.display()),
        format!("/{}", absolute.display()),
        "~/secret.png".to_owned(),
        "$HOME/secret.png".to_owned(),
        r"\\?\C:\secret.png".to_owned(),
        "NUL".to_owned(),
        "secret.png:stream".to_owned(),
    ];
    for spelling in spellings {
        let found = load(&root, &spelling);
        assert!(found.is_err(), "{spelling:?} is {found:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_put_in_a_pictures_place_after_the_check_is_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = TempDir::new().unwrap();
    let root = repository();
    put(&outside, "x.png", &samples::png(1));
    put(&root, "posts/media/x.png", &samples::png(1));
    let image = load(&root, "media/x.png").unwrap();
    let file = root.path().join("posts/media/x.png");
    fs::remove_file(&file).unwrap();
    symlink(outside.path().join("x.png"), &file).unwrap();
    let told = prepared_bytes(root.path(), &image).unwrap_err().to_string();
    assert!(told.contains("leads out of the repository"), "{told}");
    fs::remove_dir_all(root.path().join("posts/media")).unwrap();
    symlink(outside.path(), root.path().join("posts/media")).unwrap();
    let told = prepared_bytes(root.path(), &image).unwrap_err().to_string();
    assert!(told.contains("leads out of the repository"), "{told}");
}

#[test]
fn missing_alt_text_shows_how_to_write_it() {
    let diagnostic = missing_alt("media/x.png", 0..1);
    assert_eq!(diagnostic.code, Code::MissingAlt);
    assert!(diagnostic.help.unwrap().contains("](media/x.png)`"));
}
