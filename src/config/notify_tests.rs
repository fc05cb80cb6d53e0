#![allow(clippy::unwrap_used)]

use super::*;
use crate::yaml;

fn read(text: &str) -> (Vec<Channel>, Vec<String>) {
    let mut fields = Fields::new(yaml::parse(text, 0..text.len()).unwrap(), &["notify"]);
    let channels = notify(&mut fields);
    let mistakes = fields.mistakes.iter().map(|mistake| {
        let help = mistake.help.clone().unwrap_or_default();
        format!("{} | {help}", mistake.message)
    });
    (channels, mistakes.collect())
}

fn webhook(env: &str, shape: Shape) -> Channel {
    let env = env.to_owned();
    Channel::Webhook { env, shape }
}

#[test]
fn one_entry_or_a_list_of_webhooks_and_commands() {
    let (one, mistakes) = read("notify: { webhook_env: HOOK }");
    assert_eq!(
        (one, mistakes.len()),
        (vec![webhook("HOOK", Shape::Json)], 0)
    );
    let text = "notify:\n  - webhook_env: A_1\n    format: discord\n  - command: [tell, me]\n";
    let (several, mistakes) = read(text);
    let command = Channel::Command(vec!["tell".into(), "me".into()]);
    assert_eq!(several, [webhook("A_1", Shape::Discord), command]);
    assert_eq!(mistakes, [""; 0]);
}

#[test]
fn an_address_is_no_name_and_is_not_repeated() {
    let (none, mistakes) = read("notify: { webhook_env: 'https://hooks.example.com/secret' }");
    assert!(none.is_empty());
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].contains("revoke it"), "{mistakes:?}");
    assert!(!mistakes[0].contains("secret"), "{mistakes:?}");
}

#[test]
fn slips_are_named_each_once() {
    for (text, words) in [
        (
            "notify: { webhok_env: HOOK }",
            "did you mean `webhook_env`?",
        ),
        (
            "notify: { webhook_env: HOOK, format: slak }",
            "did you mean `slack`?",
        ),
        ("notify: {}", "neither one webhook nor one command"),
        (
            "notify: { format: slack }",
            "neither one webhook nor one command",
        ),
        (
            "notify: { command: [] }",
            "neither one webhook nor one command",
        ),
        (
            "notify: { command: [a], format: json }",
            "neither one webhook nor one command",
        ),
        (
            "notify: { webhook_env: A, command: [a] }",
            "neither one webhook nor one command",
        ),
        ("notify: slack", "`notify` does not take"),
    ] {
        let (_, mistakes) = read(text);
        assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
        assert!(mistakes[0].contains(words), "{text}: {mistakes:?}");
    }
}
