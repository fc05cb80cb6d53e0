#![allow(clippy::unwrap_used)]

use std::{sync::Arc, time::Duration};

use http::{Request, Response};
use insta::assert_snapshot;

use super::{Incident, Kind, Limits, Message, Sender, body};
use crate::{
    atproto::transport::{Http, InProcess, TransportError},
    config::{Channel, Shape},
};

fn incident(kind: Kind, path: &str, reason: &str) -> Incident {
    Incident {
        kind,
        path: Some(path.into()),
        account: Some("main".into()),
        publish_at: Some("2026-12-01T09:00:00Z".parse().unwrap()),
        reason: reason.into(),
        url: None,
    }
}

fn message() -> Message {
    let mut out = incident(Kind::AfterAll, "posts/b_c.md", "it is on Bluesky");
    out.url = Some("https://bsky.app/profile/did:plc:x/post/3k_a".into());
    let reason = "Invalid record: <!channel> & @everyone *now*\nat \"text\"";
    Message {
        repository: "ada/posts".into(),
        run: Some("https://github.com/ada/posts/actions/runs/7".into()),
        incidents: vec![incident(Kind::Failed, "posts/a.md", reason), out],
    }
}

#[test]
fn programs_get_everything() {
    assert_snapshot!(format!("{:#}", body(&message(), Shape::Json)), @r##"
    {
      "incidents": [
        {
          "account": "main",
          "kind": "failed",
          "path": "posts/a.md",
          "publish_at": "2026-12-01T09:00:00Z",
          "reason": "Invalid record: <!channel> & @everyone *now*\nat \"text\"",
          "url": null
        },
        {
          "account": "main",
          "kind": "after_all",
          "path": "posts/b_c.md",
          "publish_at": "2026-12-01T09:00:00Z",
          "reason": "it is on Bluesky",
          "url": "https://bsky.app/profile/did:plc:x/post/3k_a"
        }
      ],
      "repository": "ada/posts",
      "run": "https://github.com/ada/posts/actions/runs/7",
      "text": "updraft, ada/posts: 2 things to look at\nposts/a.md: failed, and is not tried again until it changes: Invalid record: <!channel> & @everyone *now*\nat \"text\"\nposts/b_c.md: in order after all: it is on Bluesky"
    }
    "##);
}

#[test]
fn slack_gets_text_that_calls_nobody() {
    assert_snapshot!(format!("{:#}", body(&message(), Shape::Slack)), @r##"
    {
      "mrkdwn": false,
      "text": "updraft, ada/posts: 2 things to look at\n• posts/a.md: failed, and is not tried again until it changes: Invalid record: &lt;!channel&gt; &amp; @everyone *now* at \"text\"\n• posts/b_c.md: in order after all: it is on Bluesky https://bsky.app/profile/did:plc:x/post/3k_a\nhttps://github.com/ada/posts/actions/runs/7",
      "unfurl_links": false,
      "unfurl_media": false
    }
    "##);
}

#[test]
fn discord_gets_text_without_mentions_and_markdown() {
    assert_snapshot!(format!("{:#}", body(&message(), Shape::Discord)), @r##"
    {
      "allowed_mentions": {
        "parse": []
      },
      "content": "updraft, ada/posts: 2 things to look at\n• posts/a.md: failed, and is not tried again until it changes: Invalid record: \\<!channel\\> & @everyone \\*now\\* at \"text\"\n• posts/b\\_c.md: in order after all: it is on Bluesky https://bsky.app/profile/did:plc:x/post/3k_a\nhttps://github.com/ada/posts/actions/runs/7",
      "flags": 4
    }
    "##);
}

#[test]
fn a_thousand_incidents_fit_and_are_counted() {
    let many =
        (0..1_000).map(|n| incident(Kind::Left, &format!("posts/{n}.md"), &"&<*😀".repeat(300)));
    let message = Message {
        incidents: many.collect(),
        ..message()
    };
    let units = |text: &str| text.encode_utf16().count();
    let discord = body(&message, Shape::Discord);
    let discord = discord["content"].as_str().unwrap();
    assert!(units(discord) <= 2_000, "{}", units(discord));
    let slack = body(&message, Shape::Slack);
    let slack = slack["text"].as_str().unwrap();
    assert!(units(slack) <= 4_000, "{}", units(slack));
    for text in [discord, slack] {
        assert!(text.contains("1000 things to look at"), "{text}");
        assert!(text.contains("more\nhttps://github.com"), "{text}");
    }
}

fn send(http: Arc<dyn Http>, channel: &Channel, address: Option<&str>) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let env = |name: &str| address.filter(|_| name == "HOOK").map(str::to_owned);
    let sender = Sender {
        http,
        env: &env,
        root: folder.path(),
        secrets: &["PATH_TO_SECRETS".to_owned()],
        limits: Limits {
            webhook: Duration::from_millis(50),
            command: Duration::from_millis(300),
        },
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(sender.send(&message(), channel))
}

fn answering(status: u16) -> Arc<dyn Http> {
    Arc::new(InProcess(move |request: Request<Vec<u8>>| async move {
        assert_eq!(request.headers()["content-type"], "application/json");
        let mut answer = Response::new(b"secret".to_vec());
        *answer.status_mut() = status.try_into().unwrap();
        Ok::<_, TransportError>(answer)
    }))
}

fn hook() -> Channel {
    Channel::Webhook {
        env: "HOOK".into(),
        shape: Shape::Json,
    }
}

#[test]
fn what_went_wrong_is_said_without_the_address() {
    let says = |status, address| send(answering(status), &hook(), address).unwrap_err();
    assert_eq!(
        says(404, Some("https://hooks.example.com/secret")),
        "the webhook of HOOK: it answered 404 Not Found"
    );
    let unset =
        "the environment variable HOOK is not set: it should hold the address of the webhook";
    assert_eq!(says(200, None), unset);
    assert_eq!(says(200, Some(" ")), unset);
    for address in [
        "http://hooks.example.com/secret",
        "https://ada:secret@example.com/",
        "secret",
        "file:///secret",
    ] {
        let words = says(200, Some(address));
        assert!(words.contains("no https address"), "{words}");
        assert!(!words.contains("secret"), "{words}");
    }
    assert_eq!(
        send(answering(204), &hook(), Some("https://example.com/secret")),
        Ok(())
    );
    assert_eq!(
        send(answering(204), &hook(), Some("http://127.0.0.1:9/secret")),
        Ok(())
    );
}

#[test]
fn a_webhook_that_never_answers_is_not_waited_for() {
    let never = InProcess(|_| std::future::pending::<Result<Response<Vec<u8>>, TransportError>>());
    let sent = send(Arc::new(never), &hook(), Some("https://example.com/secret"));
    assert_eq!(
        sent,
        Err("the webhook of HOOK: no answer within 0 s".into())
    );
}

#[cfg(unix)]
#[test]
fn a_command_reads_the_message_and_is_heard_when_it_fails() {
    let run = |script: &str| {
        let command = ["sh", "-c", script].map(str::to_owned);
        send(answering(200), &Channel::Command(command.to_vec()), None)
    };
    assert_eq!(run("grep -q '\"path\":\"posts/a.md\"'"), Ok(()));
    assert_eq!(
        run("echo no such room >&2; exit 4"),
        Err("the command `sh`: exit status: 4; it said: no such room".into())
    );
    let slow = run("echo waiting; sleep 5 & sleep 5").unwrap_err();
    assert!(slow.contains("was ended; it said: waiting"), "{slow}");
    let absent = Channel::Command(vec!["no-such-program".into()]);
    let absent = send(answering(200), &absent, None).unwrap_err();
    assert!(
        absent.starts_with("the command `no-such-program`: "),
        "{absent}"
    );
}
