//! Lets several runs take turns, step by step, in an order that a seed decides.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

struct Turns {
    current: usize,
    live: Vec<usize>,
    rng: Rng,
}

/// Held by the one run that may go on.
pub struct Baton {
    turns: Mutex<Turns>,
    passed: Condvar,
}

impl Baton {
    /// For the runs 0 to `count` - 1.
    pub fn new(count: usize, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let turns = Turns {
            current: rng.usize(..count),
            live: (0..count).collect(),
            rng,
        };
        Self {
            turns: Mutex::new(turns),
            passed: Condvar::new(),
        }
    }

    /// Waits for the first turn.
    pub fn take(&self, id: usize) {
        self.wait(self.turns(), id);
    }

    /// Lets someone go on, and waits for the next turn.
    pub fn pass(&self, id: usize) {
        let mut turns = self.turns();
        if turns.live.len() > 1 {
            turns.choose();
            self.passed.notify_all();
            self.wait(turns, id);
        }
    }

    /// Leaves.
    pub fn end(&self, id: usize) {
        let mut turns = self.turns();
        turns.live.retain(|live| *live != id);
        if !turns.live.is_empty() {
            turns.choose();
        }
        self.passed.notify_all();
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, mut turns: MutexGuard<'_, Turns>, id: usize) {
        while turns.current != id {
            let woken = self.passed.wait(turns);
            turns = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Turns {
    fn choose(&mut self) {
        // Mostly the same one: switches at every step would hide long races.
        if self.live.contains(&self.current) && self.rng.u8(..4) > 0 {
            return;
        }
        self.current = self.live[self.rng.usize(..self.live.len())];
    }
}
