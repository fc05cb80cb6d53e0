#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use super::*;

fn place(text: Option<&str>) -> Place {
    Place {
        root: PathBuf::from("/repository"),
        base: "social".into(),
        config_path: "social/updraft.yml".into(),
        config_text: text.map(str::to_owned),
    }
}

fn load(text: &str) -> Result<Config, Vec<String>> {
    Config::load(&place(Some(text)), &|_| None).map_err(|file| {
        file.diagnostics
            .iter()
            .map(|mistake| {
                let at = mistake.span.clone().map_or("", |span| &text[span]);
                format!(
                    "{at}: {} ({})",
                    mistake.message,
                    mistake.help.as_deref().unwrap_or_default()
                )
            })
            .collect()
    })
}

#[test]
fn every_key_is_read() {
    let config = load(
        "posts: announcements/\nignore: [\"announcements/templates/**\"]\ntimezone: Europe/Berlin\nlangs: [en]\n\
         default_account: main\naccounts:\n  main:\n    handle: '@Example.com'\n    pds: https://pds.example.com\n  \
         side-project:\n    handle: side.example.com\n    app_password_env: SIDE\nlate: { after: 2d, then: publish }\n\
         mentions: plain\npublish_from: main\npaused: strike\n",
    )
    .unwrap();
    assert_eq!(config.posts, "social/announcements");
    assert_eq!(config.ignore, ["social/announcements/templates/**"]);
    assert_eq!(config.accounts[0].handle, "example.com");
    assert_eq!(config.accounts[0].password_env, "BLUESKY_APP_PASSWORD_MAIN");
    assert_eq!(config.accounts[1].password_env, "SIDE");
    assert_eq!(
        config.defaults.late,
        crate::post::late::Late {
            after: chrono::Duration::days(2),
            then: Then::Publish
        }
    );
    assert_eq!(config.mentions, Mentions::Plain);
    assert_eq!(config.paused.as_deref(), Some("strike"));
}

#[test]
fn an_account_says_of_lateness_what_differs() {
    let config = load(
        "late: { after: 2d }\naccounts:\n  main: { handle: a.example }\n  news: { handle: b.example, late: { then: publish } }\n",
    )
    .unwrap();
    let late = |index: usize| config.accounts[index].defaults.late;
    assert_eq!(late(0).after, chrono::Duration::days(2));
    assert_eq!(late(0).then, Then::Miss);
    assert_eq!(late(1).after, chrono::Duration::days(2));
    assert_eq!(late(1).then, Then::Publish);
}

#[test]
fn all_mistakes_are_named_at_once_with_their_place() {
    let mistakes = load(
        "post: x\ntimezone: Berlin\nmentions: strickt\nlate:\n  after: soon\naccounts:\n  main:\n    handel: a.b\n",
    )
    .unwrap_err();
    assert_eq!(
        mistakes,
        [
            "post: there is no key `post` (did you mean `posts`?)",
            "Berlin: `Berlin` is no time zone (did you mean `Europe/Berlin`?)",
            "strickt: `mentions` does not take `strickt` (did you mean `strict`?)",
            "soon: `soon` is no length of time (write for example `90m`, `24h` or `2d`)",
            "main: the account `main` has no handle (add `handle: example.com`)",
            "handel: there is no key `handel` (did you mean `handle`?)",
        ]
    );
}

#[test]
fn a_key_of_an_account_is_sent_to_its_account() {
    let alone: Vec<&&str> = ACCOUNT_KEYS
        .iter()
        .filter(|key| !KEYS.contains(*key))
        .collect();
    assert!(alone.contains(&&"pds") && alone.contains(&&"spacing"));
    for key in alone {
        let [mistake] = &load(&format!("{key}: x\n")).unwrap_err()[..] else {
            panic!("{key}");
        };
        let said = format!(
            "{key}: there is no key `{key}` (`{key}` belongs to an account: write it under `accounts:`, at the account's name: `"
        );
        let example = mistake.strip_prefix(&said);
        let example = example.and_then(|rest| rest.strip_suffix("`)"));
        let example = example.unwrap_or_else(|| panic!("{mistake}"));
        let config = load(example).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        assert!(example.contains(&format!(" {key}: ")), "{example}");
        assert_eq!(config.accounts[0].name, "main");
    }
}

#[test]
fn the_posts_folder_stays_inside_the_repository() {
    assert!(load("posts: ../elsewhere\n").is_err());
    assert!(load("posts: /etc\n").is_err());
}

#[test]
fn a_password_in_place_of_its_variable_is_refused() {
    let mistakes =
        load("accounts:\n  main:\n    handle: a.b\n    app_password_env: abcd-efgh-ijkl-mnop\n")
            .unwrap_err();
    assert!(mistakes[0].contains("revoke it"), "{mistakes:?}");
}

#[test]
fn without_a_file_the_environment_names_the_account() {
    let env = |name: &str| match name {
        "BLUESKY_HANDLE" => Some("@Alice.test".to_owned()),
        "BLUESKY_PDS_URL" => Some(String::new()),
        _ => None,
    };
    let config = Config::load(&place(None), &env).unwrap();
    assert_eq!(config.default_account.as_deref(), Some("alice.test"));
    assert_eq!(config.accounts[0].pds, None);
    assert_eq!(config.accounts[0].password_env, "BLUESKY_APP_PASSWORD");
}

#[test]
fn several_accounts_have_no_default_unless_named() {
    let config = load("accounts:\n  a: {handle: a.test}\n  b: {handle: b.test}\n").unwrap();
    assert_eq!(config.default_account, None);
}

#[test]
fn what_would_silence_every_post_is_refused() {
    let mistakes = load("ignore: [\"\"]\npaused: no\n").unwrap_err();
    assert!(
        mistakes[0].contains("an empty glob would ignore every post"),
        "{mistakes:?}"
    );
    assert!(
        mistakes[1].contains("`paused` takes a reason, not `no`"),
        "{mistakes:?}"
    );
}
