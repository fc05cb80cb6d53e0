//! Graphemes are counted as the server counts them.

use serde_json::{Value, json};
use updraft::post::RichText;

use crate::{official::ask, texts};

/// A character or more of every value of `Grapheme_Cluster_Break`, with `Extended_Pictographic`
/// and the three values of `Indic_Conjunct_Break`, among them those that the Unicode Standard's
/// own test file (GraphemeBreakTest.txt) pairs.
const SAMPLES: &[char] = &[
    '\u{0}',
    '\r',
    '\n',
    '\u{1}',
    '\u{200b}',
    ' ',
    'a',
    '\u{34f}',
    '\u{300}',
    '\u{308}',
    '\u{200c}',
    '\u{200d}',
    '\u{fe0f}',
    '\u{20e3}',
    '\u{1f1e6}',
    '\u{1f1e7}',
    '\u{600}',
    '\u{6dd}',
    '\u{d4e}',
    '\u{903}',
    '\u{a03}',
    '\u{1100}',
    '\u{a960}',
    '\u{1160}',
    '\u{11a8}',
    '\u{ac00}',
    '\u{ac01}',
    '\u{900}',
    '\u{904}',
    '\u{915}',
    '\u{924}',
    '\u{93c}',
    '\u{94d}',
    '\u{9cd}',
    '\u{e33}',
    '\u{231a}',
    '\u{a9}',
    '\u{1f476}',
    '\u{1f3ff}',
    '\u{1f6d1}',
    '\u{2701}',
    '\u{378}',
    '\u{e0001}',
    '\u{e0062}',
    '\u{e007f}',
    '\u{1b44}',
    '\u{1107f}',
    '\u{11f42}',
];

/// The longer rows of that file, in which what stands before decides.
const SEQUENCES: &[&str] = &[
    "\r\na\n\u{308}",
    "a\u{308}",
    " \u{200d}ن",
    "ن\u{200d} ",
    "ᄀᄀ",
    "가\u{11a8}ᄀ",
    "각\u{11a8}ᄀ",
    "🇦🇧🇨b",
    "a🇦🇧🇨b",
    "a🇦🇧\u{200d}🇨b",
    "a🇦\u{200d}🇧🇨b",
    "a🇦🇧🇨🇩b",
    "a\u{200d}",
    "a\u{308}b",
    "a\u{903}b",
    "a\u{600}b",
    "👶🏿👶",
    "a🏿👶",
    "a🏿👶\u{200d}🛑",
    "👶🏿\u{308}\u{200d}👶🏿",
    "🛑\u{200d}🛑",
    "a\u{200d}🛑",
    "✁\u{200d}✁",
    "a\u{200d}✁",
    "क\u{924}",
    "क\u{94d}त",
    "क\u{94d}\u{94d}त",
    "क\u{94d}\u{200d}त",
    "क\u{93c}\u{200d}\u{94d}त",
    "क\u{93c}\u{94d}\u{200d}त",
    "क\u{94d}त\u{94d}य",
    "क\u{94d}a",
    "a\u{94d}त",
    "?\u{94d}त",
    "क\u{94d}\u{94d}\u{200c}त",
    "𑄃\u{1107f}𑄃",
    "\u{ab8}\u{afb}\u{acd}\u{ab8}\u{afb}",
    "\u{1019}\u{1039}\u{1018}\u{102c}\u{1037}",
    "\u{1004}\u{103a}\u{1039}\u{1011}\u{1039}\u{1011}",
    "\u{1b12}\u{1b01}\u{1b32}\u{1b44}\u{1b2f}\u{1b32}\u{1b44}\u{1b22}\u{1b44}\u{1b2c}\u{1b32}\u{1b44}\u{1b22}\u{1b38}",
    "\u{179f}\u{17d2}\u{178f}\u{17d2}\u{179a}\u{17b8}",
    "\u{1b26}\u{1b17}\u{1b44}\u{1b13}",
    "\u{1b27}\u{1b13}\u{1b44}\u{1b0b}\u{1b0b}\u{1b04}",
    "\u{1795}\u{17d2}\u{17af}\u{1798}",
    "\u{17a0}\u{17d2}\u{17ab}\u{1791}\u{17d0}\u{1799}",
];

fn compare(texts: &[String]) {
    let questions: Vec<Value> = texts
        .iter()
        .map(|text| json!({ "graphemes": text }))
        .collect();
    let Some(answers) = ask(&questions) else {
        return;
    };
    let mut wrong = Vec::new();
    for (text, answer) in texts.iter().zip(answers) {
        let found = RichText::new(text.clone(), Vec::new()).unwrap().graphemes();
        if answer["graphemes"] != found {
            wrong.push(format!(
                "{} official {answer}, found {found}",
                text.escape_unicode()
            ));
        }
    }
    let shown = &wrong[..wrong.len().min(20)];
    assert!(
        wrong.is_empty(),
        "{} of {} differ\n{}",
        wrong.len(),
        texts.len(),
        shown.join("\n")
    );
}

#[test]
fn every_pair_and_triple_of_break_classes_counts_as_on_the_server() {
    let mut texts: Vec<String> = SEQUENCES.iter().map(|&text| text.to_owned()).collect();
    for a in SAMPLES {
        for b in SAMPLES {
            texts.push([*a, *b].iter().collect());
            texts.extend(
                SAMPLES
                    .iter()
                    .map(|c| [*a, *b, *c].iter().collect::<String>()),
            );
        }
    }
    assert!(texts.len() > 100_000);
    compare(&texts);
}

#[test]
fn every_character_of_unicode_counts_as_on_the_server() {
    let around = |c: char| format!("a{c}{c}\u{94d}क\u{200d}{c}👶\u{1100}{c}");
    let characters: Vec<char> = (1..=u32::from(char::MAX))
        .filter_map(char::from_u32)
        .collect();
    // Beyond the first three planes and the fifteenth there are only private and unassigned ones.
    let assigned: Vec<char> = characters
        .into_iter()
        .filter(|c| !(0x4_0000..0xe_0000).contains(&u32::from(*c)) && u32::from(*c) < 0xf_0000)
        .collect();
    let texts = assigned
        .chunks(4)
        .map(|few| few.iter().map(|c| around(*c)).collect());
    compare(&texts.collect::<Vec<_>>());
}

#[test]
fn thousands_of_random_rows_of_break_classes_count_as_on_the_server() {
    let mut dice = texts::Dice::new(7);
    let mut texts = texts::tricky(2, 5_000);
    for _ in 0..20_000 {
        let length = 3 + dice.below(20);
        texts.push((0..length).map(|_| dice.pick(SAMPLES)).collect());
    }
    compare(&texts);
}
