//! Reads that failed for the moment are made again. Writes never come here.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable, Sleeper};

use super::{
    error::Error,
    pause::{Pause, Sleep},
};

/// How long to wait before the second try.
const FIRST: Duration = Duration::from_millis(700);

/// A [`Pause`] as `backon` takes it.
struct Sleeping(Arc<dyn Pause>);

impl Sleeper for Sleeping {
    type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn sleep(&self, time: Duration) -> Self::Sleep {
        let pause = self.0.clone();
        Box::pin(async move {
            pause.pause(time).await;
        })
    }
}

/// The waits between the three tries of a read.
#[derive(Clone)]
pub(crate) struct Delays {
    pause: Arc<dyn Pause>,
}

impl Default for Delays {
    fn default() -> Self {
        Self::new(Arc::new(Sleep::default()))
    }
}

impl Delays {
    /// Waits by letting `pause` pass.
    pub(crate) fn new(pause: Arc<dyn Pause>) -> Self {
        Self { pause }
    }

    /// Tries up to three times, as long as the error is one that passes. The waits are a second or
    /// so, with jitter, so that many runners don't come back at once.
    pub(crate) async fn retry<T, F, A>(&self, read: F) -> Result<T, Error>
    where
        F: FnMut() -> A,
        A: Future<Output = Result<T, Error>>,
    {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(FIRST)
            .with_factor(3.0)
            .with_max_times(2)
            .with_jitter();
        read.retry(backoff)
            .sleep(Sleeping(self.pause.clone()))
            .when(Error::is_transient)
            .notify(|error, wait| {
                let wait = wait.as_millis();
                tracing::debug!("{error}: tries again after {wait} ms");
            })
            .await
    }
}
