//! Many stories, on all processors.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use super::story::{self, Broken, Place};

/// What many stories came to.
#[derive(Default)]
pub struct Summary {
    pub told: u64,
    pub broken: Vec<Broken>,
    tally: BTreeMap<&'static str, u64>,
}

impl Summary {
    /// The first story that went wrong, in order.
    pub fn first(&self) -> String {
        let Some(broken) = self.broken.first() else {
            return String::new();
        };
        let shown = |broken: &Broken| format!("{}: {}", broken.seed, broken.what);
        let seeds: Vec<String> = self.broken.iter().map(shown).collect();
        format!(
            "seed {}: {}\n\n{}\n\n{} of {} stories broke a promise:\n{}\ntell it again: SEED={} cargo test --test simulation {} -- --nocapture",
            broken.seed,
            broken.what,
            broken.story.join("\n"),
            seeds.len(),
            self.told,
            seeds.join("\n"),
            broken.seed,
            match broken.place {
                Place::Model => "whatever",
                Place::Machine => "the_same",
            },
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} stories, {} broke a promise",
            self.told,
            self.broken.len()
        )?;
        for (what, count) in &self.tally {
            writeln!(f, "{count:>12}  {what}")?;
        }
        Ok(())
    }
}

/// Tells the stories of these seeds, until so many have broken a promise.
pub fn tell(seeds: Range<u64>, place: Place, most: usize) -> Summary {
    let next = AtomicU64::new(seeds.start);
    let summary = Mutex::new(Summary::default());
    let stories = usize::try_from(seeds.end - seeds.start).unwrap_or(usize::MAX);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(stories);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end || summary.lock().unwrap().broken.len() >= most {
                        return;
                    }
                    let told = story::tell(seed, place);
                    let mut summary = summary.lock().unwrap();
                    summary.told += 1;
                    summary.broken.extend(told.broken);
                    for (what, count) in told.tally {
                        *summary.tally.entry(what).or_default() += count;
                    }
                }
            });
        }
    });
    let mut summary = summary.into_inner().unwrap();
    summary.broken.sort_by_key(|broken| broken.seed);
    summary
}
