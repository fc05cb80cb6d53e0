//! As many stories as asked for: `cargo bench --bench simulation -- --stories 100000 --from 3000`.

#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, dead_code)]

#[path = "../tests/simulation/all.rs"]
mod all;

use std::time::Instant;

use all::{many, story::Place};
use clap::Parser;

#[derive(Parser)]
struct Args {
    /// How many
    #[arg(long, default_value_t = 2_000)]
    stories: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// With this machine's disk, real git and real sockets
    #[arg(long)]
    real: bool,
    /// What cargo passes
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let start = Instant::now();
    let place = if args.real {
        Place::Machine
    } else {
        Place::Model
    };
    let summary = many::tell(args.from..args.from + args.stories, place, 100);
    println!(
        "seeds {} to {}, {} s",
        args.from,
        args.from + args.stories - 1,
        start.elapsed().as_secs()
    );
    println!("{summary}{}", summary.first());
    assert!(summary.broken.is_empty());
}
