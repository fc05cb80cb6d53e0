//! What speaks for a file's having a thread, and what follows from it.

use chrono::DateTime;

use super::{Doubt, Finding, How, Out, Reason, RemoteThread, Wanted, thread::own_text};

/// A file's claim on a thread of the network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    /// Which of the wanted files.
    pub(super) file: usize,
    pub(super) thread: &'a RemoteThread<'a>,
    path: bool,
    second: bool,
    content: bool,
    /// Created at or after the file's time.
    late: bool,
    /// Another file's claim is as strong.
    contested: bool,
}

impl Claim<'_> {
    /// The thread is at the file's own key.
    pub(super) fn is_exact(&self) -> bool {
        self.path && self.second
    }

    /// The thread has the file's words, for the file's second.
    pub(super) fn is_same_post(&self) -> bool {
        self.second && self.content
    }

    /// The thread has the file's words, under its path.
    pub(super) fn is_same_file(&self) -> bool {
        self.path && self.content
    }

    /// The thread's keys are of updraft's making, as far as this file knows.
    fn is_keyed(&self) -> bool {
        self.path || self.second
    }

    fn strength(&self) -> u8 {
        u8::from(self.path) + u8::from(self.second) + u8::from(self.content)
    }

    /// Among files with the same words, the one that was due comes first; only content alone is
    /// told apart this way, so that it never outranks another kind of claim.
    fn is_content_alone(&self) -> bool {
        self.content && !self.is_keyed()
    }
}

/// The claims on each thread that no other file's claim is stronger than.
pub(super) fn strongest<'a>(
    wanted: &[Wanted<'_>],
    threads: &'a [RemoteThread<'a>],
    did: &str,
) -> Vec<Claim<'a>> {
    let hashes: Vec<_> = wanted.iter().map(|file| file.hashes(did)).collect();
    let mut all = Vec::new();
    for thread in threads {
        let files = wanted.iter().zip(&hashes).enumerate();
        let claims = files.filter_map(|(index, (file, hashes))| {
            let path = thread
                .root
                .is_some_and(|root| hashes.iter().any(|hash| hash.made(root)));
            claim(thread, (index, file), path)
        });
        all.extend(undefeated(claims.collect()));
    }
    all
}

fn claim<'a>(
    thread: &'a RemoteThread<'a>,
    (index, file): (usize, &Wanted<'_>),
    path: bool,
) -> Option<Claim<'a>> {
    let second = thread.root.is_some_and(|root| root.second() == file.second);
    let exact = path && second;
    if !exact && (file.repeat || thread.accounted) {
        return None;
    }
    if thread.is_answer && !file.is_answer() {
        return None;
    }
    let created = thread.created_at().map(|time| time.timestamp());
    let claim = Claim {
        file: index,
        thread,
        path,
        second,
        content: thread.holds(file.parts, path || second),
        late: created.is_some_and(|created| created >= file.second),
        contested: false,
    };
    (claim.strength() > 0).then_some(claim)
}

fn undefeated(mut claims: Vec<Claim<'_>>) -> Vec<Claim<'_>> {
    let top = claims.iter().map(Claim::strength).max().unwrap_or_default();
    claims.retain(|claim| claim.strength() == top);
    let late = claims.iter().filter(|claim| claim.late).count();
    if late == 1 && claims.iter().all(Claim::is_content_alone) {
        claims.retain(|claim| claim.late);
    }
    claims
}

/// Marks the claims on threads that several files have a claim on. Those on one thread are
/// neighbours.
pub(super) fn mark_contested(claims: &mut [Claim<'_>]) {
    for rivals in claims.chunk_by_mut(|one, other| one.thread.uri == other.thread.uri) {
        let contested = rivals.len() > 1;
        for claim in rivals {
            claim.contested = contested;
        }
    }
}

/// What the claims of the file at `index` come to.
pub(super) fn finding(
    index: usize,
    file: &Wanted<'_>,
    claims: &[Claim<'_>],
    complete: bool,
) -> Finding {
    let own = || claims.iter().filter(|claim| claim.file == index);
    let top = own().map(Claim::strength).max().unwrap_or_default();
    let best: Vec<_> = own().filter(|claim| claim.strength() == top).collect();
    match best[..] {
        [] => Finding::Absent,
        [claim] => match judge(claim, file, complete) {
            Ok(how) => Finding::Out(out(claim, file, how)),
            Err(reason) => doubt(&best, file, reason),
        },
        _ => doubt(&best, file, Reason::Several),
    }
}

fn judge(claim: &Claim<'_>, file: &Wanted<'_>, complete: bool) -> Result<How, Reason> {
    if claim.contested {
        return Err(Reason::Contested);
    }
    match (claim.path, claim.second, claim.content) {
        (true, true, _) if claim.thread.accounted => Err(Reason::KeyTaken),
        (true, true, true) => Ok(How::Own),
        (true, true, false) => Ok(How::Edited {
            ours: own_text(file.parts),
            theirs: claim.thread.text(file.parts, true),
        }),
        (false, true, true) => Ok(How::Renamed),
        (true, false, _) if !complete => Err(Reason::CutHistory),
        (true, false, true) => Ok(How::Rescheduled),
        (true, false, false) => Err(Reason::PathAlone),
        (false, true, false) => Err(Reason::SecondAlone),
        (false, false, _) if claim.late => Ok(How::ByHand),
        (false, false, _) => Err(Reason::OlderContent),
    }
}

fn out(claim: &Claim<'_>, file: &Wanted<'_>, how: How) -> Out {
    let planned = || DateTime::from_timestamp(file.second, 0);
    let published_at = claim.thread.created_at().or_else(planned);
    Out {
        how,
        parts: claim.thread.block_parts(file.parts, claim.is_keyed()),
        published_at: published_at.unwrap_or_default(),
        url: claim.thread.url(),
    }
}

fn doubt(claims: &[&Claim<'_>], file: &Wanted<'_>, reason: Reason) -> Finding {
    let candidate = |claim: &&Claim<'_>| claim.thread.candidate(file.parts, claim.is_keyed());
    Finding::Doubt(Doubt {
        reason,
        candidates: claims.iter().map(candidate).collect(),
        ours: own_text(file.parts),
    })
}
