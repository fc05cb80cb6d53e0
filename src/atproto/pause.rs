//! How time is let pass: for real, or not at all where the clock is simulated.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

/// A pause under way; `false` if it was cut short.
pub type Pausing<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// Lets time pass.
pub trait Pause: Send + Sync {
    /// Comes back after `time`, or sooner where the process is asked to end.
    fn pause(&self, time: Duration) -> Pausing<'_>;

    /// How long a pause may be until the clock is looked at again: a machine that slept, or whose clock
    /// was set, must not wake by the time that it thinks has passed.
    fn glance(&self) -> Duration {
        Duration::from_secs(1)
    }
}

/// Comes back as soon as the clock says `moment`; `false` if it was cut short.
pub async fn until(
    moment: DateTime<Utc>,
    clock: &(dyn Fn() -> DateTime<Utc> + Send + Sync),
    pause: &dyn Pause,
) -> bool {
    while let Ok(left) = (moment - clock()).to_std() {
        if left.is_zero() {
            break;
        }
        if !pause.pause(left.min(pause.glance())).await {
            return false;
        }
    }
    true
}

/// How soon a pause notices that the process is to end.
const SLICE: Duration = Duration::from_millis(100);

/// Pauses for real, until `stop` is set.
#[derive(Clone, Debug, Default)]
pub struct Sleep {
    /// Set when the process is asked to end.
    pub stop: Arc<AtomicBool>,
}

impl Pause for Sleep {
    fn pause(&self, time: Duration) -> Pausing<'_> {
        Box::pin(async move {
            let start = Instant::now();
            while !self.stop.load(Ordering::SeqCst) {
                let left = time.saturating_sub(start.elapsed());
                if left.is_zero() {
                    return true;
                }
                tokio::time::sleep(left.min(SLICE)).await;
            }
            false
        })
    }
}

/// Does not pause: for servers in this process.
#[derive(Clone, Copy, Debug)]
pub struct NoPause;

impl Pause for NoPause {
    fn pause(&self, _: Duration) -> Pausing<'_> {
        Box::pin(std::future::ready(true))
    }
}
