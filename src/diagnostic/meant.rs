//! What a mistyped word or path most likely stands for.

use std::path::Path;

use chrono::NaiveDate;

/// The word of `known` that a mistyped `word` most likely stands for.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The path of `known` that a mistyped `path` most likely stands for: its file's name has to be a slip
/// away, since folders and endings make all paths alike. A date before a name says little, too.
pub fn did_you_mean_path<'a>(
    path: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let score = |candidate: &str| {
        let of_name = strsim::normalized_damerau_levenshtein(&name(path), &name(candidate));
        let of_all = strsim::jaro_winkler(&path.to_lowercase(), &candidate.to_lowercase());
        (of_name, of_all)
    };
    known
        .into_iter()
        .map(|candidate| (score(candidate), candidate))
        .filter(|((of_name, _), _)| *of_name > 0.6)
        .max_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(_, candidate)| candidate)
}

/// The name of a path's file in lower case, without its ending and a date before it.
fn name(path: &str) -> String {
    let name = Path::new(path).file_stem().unwrap_or_default();
    let name = name.to_string_lossy().to_lowercase();
    let undated = name.split_at_checked(10).and_then(|(date, rest)| {
        let is_date = NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok();
        rest.strip_prefix('-').filter(|_| is_date)
    });
    undated.map_or(name.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let keys = ["publish_at", "timezone", "account", "langs"];
        assert_eq!(did_you_mean("publishat", keys), Some("publish_at"));
        assert_eq!(did_you_mean("Timezon", keys), Some("timezone"));
        assert_eq!(did_you_mean("colour", keys), None);
    }

    #[test]
    fn a_path_is_meant_only_where_its_name_is_a_slip_away() {
        let posts = [
            "posts/e3.md",
            "posts/launch.md",
            "posts/2026-12-01-keynote.md",
            "posts/deep/a.md",
            "posts/wide/a.md",
        ];
        for (path, meant) in [
            ("posts/nope.md", None),
            ("posts/e.txt", None),
            ("posts/2026-12-01-nope.md", None),
            ("posts/launc.md", Some("posts/launch.md")),
            ("posts/Lauch.md", Some("posts/launch.md")),
            ("launhc", Some("posts/launch.md")),
            ("posts/keynote.md", Some("posts/2026-12-01-keynote.md")),
            (
                "posts/2026-12-02-keynot.md",
                Some("posts/2026-12-01-keynote.md"),
            ),
            ("posts/dep/a.md", Some("posts/deep/a.md")),
            ("posts/wde/a.md", Some("posts/wide/a.md")),
        ] {
            assert_eq!(did_you_mean_path(path, posts), meant, "{path}");
        }
    }
}
