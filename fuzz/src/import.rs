//! Files of other tools.

use updraft::{
    import::{Accounts, Format, Source, convert, finish, named_accounts},
    post::{Context, Defaults, Document, front_matter, picture::PictureSource, video::VideoSource},
};

use super::place;

/// Converts the bytes as a file of each tool: what comes of it is a post file that is never due.
pub fn run(bytes: &[u8]) {
    let (pictures, videos) = (
        PictureSource::new(place::place()),
        VideoSource::new(place::place()),
    );
    let context = Context {
        accounts: Vec::new(),
        default_account: None,
        timezone: None,
        defaults: Defaults::default(),
        pictures: &pictures,
        videos: &videos,
    };
    let accounts = Accounts {
        is_single: true,
        ..Accounts::default()
    };
    let beside = |up: usize, path: &str| {
        assert!(up < 5 && path.split('/').all(|part| !matches!(part, "" | "." | "..")));
        Ok(path.ends_with(".txt").then(|| bytes.to_vec()))
    };
    for format in [
        Format::TwitterTogether,
        Format::GalaxySocial,
        Format::NodejsBluesky,
    ] {
        named_accounts(format, bytes);
        let source = Source {
            name: "hostile",
            bytes,
            beside: &beside,
        };
        let pieces = convert(format, &source, &accounts);
        assert!(!pieces.is_empty());
        for piece in pieces {
            let finished = piece
                .outcome
                .and_then(|draft| finish(draft, "posts/hostile.md", &context));
            match finished {
                Ok(finished) => check(finished.bytes().to_vec(), &finished.uris),
                Err(refused) => assert!(!refused.reason.is_empty() && !refused.remedy.is_empty()),
            }
        }
    }
}

fn check(bytes: Vec<u8>, uris: &[String]) {
    let document = Document::parse("posts/hostile.md", bytes).expect("an import is a post file");
    let (read, mistakes) = front_matter::read(&document);
    assert_eq!(mistakes, [], "{}", document.source());
    assert_eq!(read.publish_at, None);
    let block = read.block.map(|(block, _)| block.posts);
    let named: Vec<String> = block.into_iter().flatten().map(|part| part.uri).collect();
    assert_eq!(named, uris);
}
