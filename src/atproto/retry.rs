//! Reads that failed for the moment are made again. Writes never come here.

use std::{future::Future, time::Duration};

use backon::{ExponentialBuilder, Retryable};

use super::error::Error;

/// How long to wait between the three tries of a read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delays {
    first: Duration,
}

impl Delays {
    /// A second or so, with jitter, so that many runners don't come back at once.
    pub(crate) const USUAL: Delays = Delays {
        first: Duration::from_millis(700),
    };
    /// None.
    pub(crate) const ZERO: Delays = Delays {
        first: Duration::ZERO,
    };

    /// Tries up to three times, as long as the error is one that passes.
    pub(crate) async fn retry<T, F, A>(self, read: F) -> Result<T, Error>
    where
        F: FnMut() -> A,
        A: Future<Output = Result<T, Error>>,
    {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_factor(3.0)
            .with_max_times(2)
            .with_jitter();
        read.retry(backoff)
            .sleep(tokio::time::sleep)
            .when(Error::is_transient)
            .await
    }
}
