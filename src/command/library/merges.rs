//! Which of the files that go out on merging are merged, and since when.

use chrono::{DateTime, Datelike as _};

use crate::{
    git::{Arrival, Git, GitError, Oid},
    post::{
        Checked, Document, Merge, Thread, front_matter,
        schedule::{Written, YEARS},
    },
    receipt::Status,
};

/// Asks git about every file with `publish_at: merge` that has no lasting result: since when it is in
/// the history that ends at `tip`.
///
/// # Errors
/// git can't say.
pub(super) fn find(files: &mut [Checked], repository: &dyn Git, tip: Oid) -> Result<(), GitError> {
    let mut threads: Vec<&mut Thread> = files
        .iter_mut()
        .filter_map(|file| file.result.as_mut().ok())
        .filter(|thread| thread.merge().is_some() && thread.settled().is_none_or(may_end))
        .collect();
    if threads.is_empty() {
        return Ok(());
    }
    let paths: Vec<String> = threads.iter().map(|t| t.path().to_owned()).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let arrivals = repository.arrivals(tip, &paths, &is_to_be_merged)?;
    for (thread, arrival) in threads.iter_mut().zip(arrivals) {
        thread.set_merge(match arrival {
            Arrival::Absent => Merge::Pending,
            Arrival::Cut => Merge::Unknown,
            Arrival::Since(second) => DateTime::from_timestamp(second, 0)
                .filter(|time| YEARS.contains(&time.year()))
                .map_or(Merge::Unknown, Merge::Since),
        });
    }
    Ok(())
}

/// A later merge makes a failed or missed post due again, as a later time does.
fn may_end(status: Status) -> bool {
    matches!(status, Status::Failed | Status::Missed)
}

/// Whether a file of the history says `publish_at: merge`.
fn is_to_be_merged(bytes: &[u8]) -> bool {
    // Most files say nothing of the kind: their YAML need not be read.
    if !bytes.windows(5).any(|word| word == b"merge") {
        return false;
    }
    let Ok(document) = Document::parse("", bytes.to_vec()) else {
        return false;
    };
    matches!(
        front_matter::read(&document).0.publish_at,
        Some((Written::Merge, _))
    )
}
