//! Tricky texts, the same ones in every run.

/// Choices that look random and repeat (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

const WORDS: &[&str] = &[
    "new",
    "release",
    "Ünïcode",
    "e\u{301}te\u{301}",
    "日本語",
    "にほんご",
    "한국어",
    "中文",
    "नमस्ते",
    "ไทย",
    "مرحبا",
    "שלום",
    "👩‍👩‍👧‍👦",
    "👋🏽",
    "🇩🇪",
    "❤\u{fe0f}",
    "1️⃣",
    "2026",
    "3.14",
    "v1.2.3",
    "1,000",
    "10:30",
    "a.b",
    "e.g.",
    "…",
    "—",
    "–",
    "'",
    "’tis",
    "C++",
    "C#",
    "a@b.com",
    "user@host",
    "and/or",
    "50%",
    "x=y",
    "~5",
    "^",
    "README.md",
    "main.rs",
    "docs.rs",
    "node.js",
    "index.html",
    "U.S.",
    "I.am",
    "a..b",
    "http",
    "https",
    "www",
    "$5",
    "$",
    "#",
    "@",
    "(",
    ")",
    "()",
    "((",
    "&",
    "+",
    "*",
    "_",
    "`",
    "<",
    ">",
    "|",
    "[x]",
    "{y}",
    "\\",
    "\u{200b}",
    "\u{feff}",
    "\u{2060}",
    "\u{ad}",
    "\u{202e}abc\u{202c}",
    "ﬁ",
    "Ａ",
    "ß",
    "İ",
    "ſ",
    "\u{212a}",
];

const SENTENCES: &[&str] = &[
    "We are hiring! Apply by 30 June: https://example.org/jobs/2026?ref=bsky#apply",
    "Release 24.1 is out 🎉 Read the notes at docs.example.org/releases/24.1_announce.html.",
    "Join us on Wednesday, Oct 30 at 1PM EDT/1700UTC\nhttp://example.io/zoom-24-10-30",
    "Thanks to @alice.example.com, @bob.test and (@carol.bsky.social)!",
    "#OpenScience #FAIR-data #日本語タグ #2026 #20years #c++ #a.b.c",
    "Das Tutorial (https://example.de/über-uns) ist da; mehr unter example.de/über-uns, bitte teilen.",
    "Prices: $AAPL up, $GOOG/$MSFT down, $TOOLONG flat; ($BTC) \"$ETH\" $A1B2C",
    "See https://en.wikipedia.org/wiki/Foo_(bar)_(baz) (and https://en.wikipedia.org/wiki/Foo_(bar)).",
    "Register:\n\n  1. https://a.example.com/x\n  2. http://b.example.com:8080/y?z=1&w=2\n\nEnd.",
    "Mail team@example.com or visit HTTP://EXAMPLE.COM, Https://Example.com and example.COM.",
];

const SCHEMES: &[&str] = &[
    "https://",
    "http://",
    "https://",
    "",
    "",
    "",
    "HTTPS://",
    "Http://",
    "ftp://",
    "https:",
    "https:/",
    "//",
    "mailto:",
    "https://https://",
    "https://www.",
    "www.",
    "at://",
];

const LABELS: &[&str] = &[
    "example",
    "bsky",
    "a",
    "x1",
    "9gag",
    "foo-bar",
    "foo_bar",
    "-foo",
    "foo-",
    "münchen",
    "xn--mnchen-3ya",
    "日本",
    "Example",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "",
    "http",
    "https",
    "httpbin",
    "com",
    "www",
    "user:pass@host",
];

const ENDINGS: &[&str] = &[
    "com", "org", "io", "test", "social", "app", "dev", "co.uk", "museum", "de", "rs", "md", "zip",
    "notatld", "local", "internal", "onion", "example", "invalid", "COM", "Com", "xn--p1ai", "рф",
    "中国", "c", "co", "comm", "com1", "1com", "za", "ck", "np", "arpa", "su", "google", "bd",
    "xxx", "test.com", "com.test", "tests",
];

const PATHS: &[&str] = &[
    "",
    "",
    "",
    "/",
    "/a",
    "/a/b.html",
    "/a_(b)",
    "/a(b",
    "/ünï",
    "/%C3%BC",
    "?q=1",
    "/?q=a&b=c",
    "#frag",
    "/#/x",
    ":8080",
    ":8080/x",
    ":",
    "/a.",
    "/a,b;c",
    "/a!b",
    "/日本",
    "/👋",
    "/a\u{200b}b",
    "/a'b",
    "/\"x\"",
    "/@me",
    "/#tag",
    "/$AAPL",
    "/a/very/long/path/that/goes/on/and/on?and=on",
    "/~user",
    "/a|b",
    "/[x]",
    "/{x}",
    "/<x>",
    "/a\\b",
    "/^",
];

const OPENERS: &[&str] = &[
    "", "", "", "", "(", "((", "[", "{", "<", "\"", "'", "“", "‘", "«", "「", "（", "*", "_", "-",
    "—", "/", ".", ",", ":", "\u{200b}", "\u{200d}", "\u{ad}", "\u{feff}", "é", "日", "👋", "a",
    "1", "@", "#", "$", "&", "=", "\u{301}", "!",
];

const CLOSERS: &[&str] = &[
    "", "", "", "", ".", ",", ";", ":", "!", "?", ")", "))", ").", ".)", "...", "?!", "!!", "]",
    "}", ">", "\"", "'", "”", "’", "’s", "'s", "»", "」", "。", "、", "！", "）", "…", "—", "-",
    "_", "*", "/", "\\", "\u{200b}", "\u{200d}", "\u{ad}", "\u{feff}", "\u{fe0f}", "é", "日本",
    "👋", "\u{301}", "\u{20e3}", "(", "@", "#", "$", "%", "&", "+", "=", "~", "|", "\u{2019}",
];

const GAPS: &[&str] = &[
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n",
    "\n\n",
    "\n\n\n",
    "\n\n\n\n",
    "\n \n",
    "\n \n \n",
    "\n\u{200b}\n\n",
    "\r\n",
    "\r\n\r\n",
    "\t",
    "\u{a0}",
    "\u{3000}",
    "\u{2009}",
    "\u{200a}",
    "\u{200b}",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{202f}",
    "\u{180e}",
    "\u{1680}",
    "\u{205f}",
    "",
    "",
    "/",
    "|",
];

const TAGS: &[&str] = &[
    "tag",
    "Tag",
    "TAG",
    "a",
    "1",
    "123",
    "1a",
    "a1",
    "2026",
    "日本語",
    "हिन्दी",
    "ไทย",
    "עברית",
    "العربية",
    "ünï",
    "e\u{301}",
    "👋",
    "👩‍👩‍👧",
    "❤\u{fe0f}",
    "\u{fe0f}",
    "\u{fe0f}a",
    "a\u{fe0f}",
    "a-b",
    "a_b",
    "a.b",
    "a+b",
    "C++",
    "c#",
    "#",
    "##",
    "#a",
    "!",
    "...",
    "!a",
    "a!b",
    "(a)",
    "a)",
    "a(b",
    "\"a\"",
    "“a”",
    "a/b",
    "a&b",
    "a@b",
    "a\u{200b}b",
    "a\u{200d}b",
    "a\u{ad}b",
    "\u{200b}",
    "1\u{301}",
    "١٢٣",
    "１２",
    "²",
    "½",
    "Ⅷ",
    "①",
    "$",
    "€",
    "+",
    "=",
    "~",
    "^",
    "`",
    "|",
    "<",
    ">",
    "$a",
    "^^",
    "",
    "a，b",
    "。",
    "a。",
    "・",
    "a・b",
    "_",
    "__",
    "-",
    "%",
    "*",
    "\\",
    "\u{20e3}",
    "1\u{20e3}",
    "\u{20e2}",
    "a\u{20e2}b",
];

const TICKERS: &[&str] = &[
    "AAPL", "aapl", "A", "ABCDE", "ABCDEF", "A1", "1A", "BRK.B", "BRK-B", "ETH/USD", "", "$A", "Ä",
    "ABCDé", "100", "A_B", "BTC",
];

/// `count` texts, each a mixture of everything above, many of them damaged.
pub fn tricky(seed: u64, count: usize) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let text = |_| {
        let mut text = String::new();
        for _ in 0..=dice.below(5) {
            text.push_str(&token(&mut dice));
            text.push_str(dice.pick(GAPS));
        }
        for _ in 0..dice.below(3) {
            text = damaged(&mut dice, &text);
        }
        text
    };
    (0..count).map(text).collect()
}

fn token(dice: &mut Dice) -> String {
    let inner = match dice.below(12) {
        0..=1 => dice.pick(WORDS).to_owned(),
        2 => dice.pick(SENTENCES).to_owned(),
        3..=5 => format!("{}{}{}", dice.pick(SCHEMES), domain(dice), dice.pick(PATHS)),
        6..=7 => format!("@{}", domain(dice)),
        8..=9 => tag(dice),
        10 => format!("${}", dice.pick(TICKERS)),
        _ => format!("{}{}", dice.pick(WORDS), dice.pick(WORDS)),
    };
    format!("{}{inner}{}", dice.pick(OPENERS), dice.pick(CLOSERS))
}

fn domain(dice: &mut Dice) -> String {
    let mut labels: Vec<&str> = (0..=dice.below(2)).map(|_| dice.pick(LABELS)).collect();
    labels.push(dice.pick(ENDINGS));
    labels.join(if dice.one_in(20) { ".." } else { "." })
}

fn tag(dice: &mut Dice) -> String {
    let hash = dice.pick(&["#", "#", "#", "＃", "##", "＃＃"]);
    // Around the limits: 64 graphemes, which may be more units of UTF-16, and 640 bytes.
    let name = match dice.below(8) {
        0 => {
            let unit = dice.pick(&["a", "é", "日", "e\u{301}", "👋", "👩‍👩‍👧‍👦", "1", "1a"]);
            unit.repeat([30, 31, 32, 33, 63, 64, 65, 66, 160][dice.below(9)])
        }
        1..=2 => format!("{}{}", dice.pick(TAGS), dice.pick(TAGS)),
        _ => dice.pick(TAGS).to_owned(),
    };
    format!("{hash}{name}")
}

/// The text with one character more, less, twice or in another case.
fn damaged(dice: &mut Dice, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = dice.below(chars.len() + 1);
    match dice.below(5) {
        0 if at < chars.len() => {
            chars.remove(at);
        }
        1 if at < chars.len() => chars.insert(at, chars[at]),
        2 if at < chars.len() => {
            let upper: Vec<char> = chars[at].to_uppercase().collect();
            chars.splice(at..=at, upper);
        }
        _ => {
            let pool = dice.pick(&[OPENERS, CLOSERS, GAPS, TAGS]);
            chars.splice(at..at, dice.pick(pool).chars());
        }
    }
    chars.into_iter().collect()
}

/// Every character of the first two planes: before, in and behind a tag, a link, a mention and a
/// cashtag; 32 of them a text.
pub fn every_character() -> Vec<String> {
    let characters: Vec<char> = (1..0x2_0000).filter_map(char::from_u32).collect();
    let lines = |c: &char| {
        format!(
            "x{c}#a{c}b{c} {c}#{c}\nx{c}http://a.com/{c}b{c} x{c}@a.com{c} {c}$A{c} ${c} http://{c} b{c}c.com\n"
        )
    };
    let texts = characters.chunks(32);
    texts.map(|few| few.iter().map(lines).collect()).collect()
}
