//! What files say is out, held against the network.

use crate::{
    bench::{Bench, due, wait_until},
    peer::Peer,
    relay::Fault,
    schema,
    work::Work,
};

both! {
    list_online_tells_gone_from_changed,
    what_a_restored_server_lost_is_named_and_not_sent_again,
    a_server_that_gives_no_answer_is_no_proof,
    a_published_file_with_a_mistake_counts,
}

fn published<'a>(bench: &'a Bench) -> Work<'a> {
    let home = bench.home();
    home.write("posts/a.md", due(9, "First\n\n---\n\nIts second part"));
    home.write("posts/b.md", due(8, "Second"));
    home.write("posts/draft.md", "---\n{}\n---\nLater\n");
    home.share();
    home.publish().exits(0);
    home
}

fn uris(bench: &Bench, path: &str) -> Vec<String> {
    let block = &bench.blocks()[path];
    let parts = block["posts"].as_array().unwrap().iter();
    parts
        .map(|part| part["uri"].as_str().unwrap().to_owned())
        .collect()
}

fn list_online_tells_gone_from_changed(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = published(&bench);
    let list = ["list", "--online"];
    home.run(&list)
        .exits(0)
        .says("2 of 2 published files as recorded");
    let second = uris(&bench, "posts/a.md").remove(1);
    bench.delete(&second);
    let other = uris(&bench, "posts/b.md").remove(0);
    bench.change(&other, "Another text");
    let ran = home.run(&list).exits(1);
    let ran = ran.says(&format!("posts/a.md: {second} is gone from the server"));
    ran.says(&format!("posts/b.md: {other} was changed there"));
    let ran = home
        .run(&["list", "--online", "--format", "json", "posts/a.md"])
        .exits(1);
    let files = schema::fitting("list", &ran.out);
    assert_eq!(files.as_array().unwrap().len(), 1);
    assert_eq!(files[0]["status"], "published");
    assert_eq!(files[0]["posts"][0]["online"]["standing"], "as-recorded");
    assert_eq!(files[0]["posts"][1]["online"]["standing"], "gone");
}

/// The official server can't be restored here; to lose the records is the same.
fn what_a_restored_server_lost_is_named_and_not_sent_again(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = published(&bench);
    for uri in uris(&bench, "posts/a.md") {
        bench.delete(&uri);
    }
    let before = bench.commits();
    home.publish().exits(0);
    assert_eq!((bench.records().len(), bench.commits()), (1, before));
    home.run(&["list", "--online"])
        .exits(1)
        .says("1 of 2 published files as recorded");
}

fn a_server_that_gives_no_answer_is_no_proof(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = published(&bench);
    let get = "com.atproto.repo.getRecord";
    bench.relay.fault(get, (1, 1000), Fault::DropBefore);
    let ran = home.run(&["list", "--online"]).exits(3);
    let ran = ran.says("could not be looked at");
    ran.keeps_quiet_about("is gone from the server");
    wait_until("the records are still there", || bench.records().len() == 3);
}

fn a_published_file_with_a_mistake_counts(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = published(&bench);
    home.edit("posts/b.md", "publish_at:", "lang: [en]\npublish_at:");
    home.run(&["list", "--online"])
        .exits(0)
        .says("2 of 2 published files as recorded");
    bench.delete(&uris(&bench, "posts/b.md").remove(0));
    home.run(&["list", "--online"])
        .exits(1)
        .says("posts/b.md: at://");
    let resolve = "com.atproto.identity.resolveHandle";
    bench.relay.fault(resolve, (0, 1000), Fault::DropBefore);
    let ran = home.run(&["list", "--online"]).exits(3);
    ran.says(&format!(
        "could not be looked at: {}: ",
        bench.account.handle
    ));
}
