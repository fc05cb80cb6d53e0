#![allow(clippy::unwrap_used)]

use super::*;

fn dialogue(known: &[&str], names: &[&str], answers: &str) -> (Settled, String) {
    let mut settled = Settled {
        accounts: Accounts {
            known: known.iter().map(|name| (*name).to_owned()).collect(),
            ..Accounts::default()
        },
        ..Settled::default()
    };
    let names: BTreeMap<String, bool> = names
        .iter()
        .map(|name| ((*name).to_owned(), true))
        .collect();
    let wanted = Wanted {
        names: names.iter(),
        is_unsaid: names.is_empty(),
    };
    let mut said = Vec::new();
    asked(wanted, &mut settled, &mut answers.as_bytes(), &mut said).unwrap();
    (settled, String::from_utf8(said).unwrap())
}

#[test]
fn each_name_is_asked_for_once_and_a_slip_again() {
    let names = ["Eu", "main", "us"];
    let (settled, said) = dialogue(&["main", "vgp"], &names, "mian\nmain\nvgp\n");
    assert_eq!(
        settled.accounts.mapped,
        [
            ("Eu".to_owned(), "main".to_owned()),
            ("us".to_owned(), "vgp".to_owned())
        ]
    );
    assert_eq!(
        said,
        "Which account is `Eu`? [main/vgp, or nothing to leave it out] \
         there is no `mian`; did you mean `main`?\n\
         Which account is `Eu`? [main/vgp, or nothing to leave it out] \
         Which account is `us`? [main/vgp, or nothing to leave it out] \
         without being asked: --account Eu=main --account us=vgp\n"
    );
}

#[test]
fn no_answer_leaves_a_name_out() {
    for answers in ["\n\n", ""] {
        let (settled, said) = dialogue(&["main", "vgp"], &["eu", "us"], answers);
        assert!(settled.accounts.mapped.is_empty());
        assert_eq!(settled.left_out.len(), 2);
        assert!(!said.contains("without being asked"), "{said}");
    }
}

#[test]
fn the_only_account_takes_a_yes() {
    let (settled, said) = dialogue(&[], &["it's", "us"], "yes\n\n");
    assert_eq!(
        settled.accounts.mapped,
        [("it's".to_owned(), String::new())]
    );
    assert!(settled.left_out.contains("us"));
    assert!(
        said.ends_with("without being asked: --account 'it'\\''s='\n"),
        "{said}"
    );
}

#[test]
fn sources_without_names_have_one_owner() {
    let (settled, said) = dialogue(&["main", "vgp"], &[], "vgp\n");
    assert_eq!(settled.accounts.rest.as_deref(), Some("vgp"));
    assert_eq!(
        said,
        "Whose are the posts? [main/vgp] without being asked: --account vgp\n"
    );
}
