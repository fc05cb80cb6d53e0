//! As many stories as asked for: `cargo bench --bench simulation -- --stories 100000 --from 3000`.

#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, dead_code)]

use std::time::Instant;

use clap::Parser;

#[path = "../tests/simulation/authors.rs"]
mod authors;
#[path = "../tests/simulation/baton.rs"]
mod baton;
#[path = "../tests/simulation/git_model.rs"]
mod git_model;
#[path = "../tests/simulation/ground.rs"]
mod ground;
#[path = "../tests/simulation/many.rs"]
mod many;
#[path = "../tests/simulation/runner.rs"]
mod runner;
#[path = "../tests/simulation/story.rs"]
mod story;

#[derive(Parser)]
struct Args {
    /// How many
    #[arg(long, default_value_t = 2_000)]
    stories: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// What cargo passes
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let start = Instant::now();
    let summary = many::tell(args.from..args.from + args.stories, false);
    println!(
        "seeds {} to {}, {} s",
        args.from,
        args.from + args.stories - 1,
        start.elapsed().as_secs()
    );
    println!("{summary}{}", summary.first());
    assert!(summary.broken.is_empty());
}
