//! `updraft.yml`, as the people of a story change it.

/// The accounts, by their names there: handle and app password.
pub const ACCOUNTS: [(&str, &str, &str); 2] = [
    ("main", "alice.test", "abcd-efgh-ijkl-mnop"),
    ("other", "bob.test", "qrst-uvwx-yzab-cdef"),
];
/// The file's path.
pub const PATH: &str = "updraft.yml";
/// In place of the servers' addresses: who lives there is looked up when a request is sent.
pub const SERVER: &str = "http://localhost";

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub is_paused: bool,
    /// Nobody can read it.
    pub is_broken: bool,
    /// Minutes between the threads of the first account.
    pub spacing: Option<i64>,
}

impl Settings {
    pub fn text(&self) -> String {
        let mut text = String::from("posts: posts\ntimezone: UTC\ndefault_account: main\n");
        if self.is_paused {
            text += "paused: the keynote slipped\n";
        }
        if self.is_broken {
            text += "langs: [en\n";
        }
        text += "accounts:\n";
        for (name, handle, _) in ACCOUNTS {
            text += &format!("  {name}:\n    handle: {handle}\n    pds: {SERVER}\n");
            if let Some(minutes) = self.spacing.filter(|_| name == "main") {
                text += &format!("    spacing: {minutes}m\n");
            }
        }
        text
    }
}

/// What a run finds in its environment.
pub fn env(name: &str) -> Option<String> {
    let wanted = name.strip_prefix("BLUESKY_APP_PASSWORD_")?;
    let mut accounts = ACCOUNTS.iter();
    let (_, _, password) = accounts.find(|(name, ..)| name.to_uppercase() == wanted)?;
    Some((*password).to_owned())
}
