//! What happens to the world while nothing runs.

use updraft::sandbox::RateLimits;

use super::{ground::State, server::Server, settings::ACCOUNTS};

/// Time passes, people write, and now and then something greater happens.
pub fn between(state: &mut State, rewrites: bool, is_real: bool) {
    let minutes = state.rng.i64(1..90);
    state.now += minutes * 60_000_000;
    for _ in 0..state.rng.usize(..3) {
        state.author_acts();
    }
    let event = state.rng.u8(..36);
    let tip = state.whole();
    match event {
        0 | 1 => {
            state.backup = Some(state.server.sandbox.snapshot());
            state.note("the server makes a backup");
        }
        2 | 3 => restore(state),
        4 => move_house(state, is_real),
        5 if rewrites && tip.is_some() => state.rewrite_history(),
        6 | 7 => revoke(state),
        8..=10 => state.set_passwords(),
        11 if tip.is_some() => state.delete_branch(tip.unwrap()),
        12 | 13 if tip.is_some() => {
            state.settings.is_broken = true;
            state.write_settings("a mistake");
        }
        14..=16 if tip.is_some() => {
            let minutes = [None, Some(5), Some(20)][state.rng.usize(..3)];
            state.settings.spacing = minutes;
            state.write_settings("spacing");
        }
        17 | 18 => limit(state),
        19 => state.server.sandbox.set_rate_limits(None),
        _ => {}
    }
    if state.settings.is_broken && tip.is_some() && event > 20 {
        state.settings.is_broken = false;
        state.write_settings("the mistake is mended");
    }
}

/// No faults any more, everyone has done what the runs asked for, and every post comes due.
pub fn become_quiet(state: &mut State) {
    state.note("all is quiet from here on");
    while !state.underway.is_empty() {
        state.arrive();
    }
    state.push_branch_again();
    state.set_passwords();
    state.server.sandbox.set_rate_limits(None);
    if state.settings.is_broken || state.settings.is_paused {
        state.settings.is_broken = false;
        state.settings.is_paused = false;
        state.write_settings("all is well again");
    }
    let last = state.ghosts.iter().map(|ghost| ghost.at).max();
    let last = last.map_or(0, |last| last.timestamp_micros()) + 60_000_000;
    state.now = state.now.max(last);
}

fn restore(state: &mut State) {
    let Some(backup) = state.backup.clone() else {
        return;
    };
    let before = state.records();
    state.server.sandbox.restore(backup);
    let after = state.records();
    let lost = before.keys().filter(|uri| !after.contains_key(*uri));
    state.lost.extend(lost.cloned());
    let back = after.into_keys().filter(|uri| !before.contains_key(uri));
    state.resurrected.extend(back);
    state.underway.clear();
    state.note("the server is restored from its backup");
    state.count("server restored from a backup");
}

fn move_house(state: &mut State, is_real: bool) {
    let moved = Server::new(&state.server_time, is_real);
    for (_, handle, password) in ACCOUNTS {
        moved.sandbox.add_account(handle, password);
    }
    moved.sandbox.restore(state.server.sandbox.snapshot());
    state.server = moved;
    state.underway.clear();
    state.note("the accounts move to another server");
    state.count("account moved");
}

fn revoke(state: &mut State) {
    let account = state.rng.usize(..ACCOUNTS.len());
    let (_, handle, password) = ACCOUNTS[account];
    let sandbox = &state.server.sandbox;
    sandbox.revoke_app_password(&state.dids[account], password);
    state.note(format!("the app password of {handle} is revoked"));
    state.count("password revoked");
}

/// A server that is short of points.
fn limit(state: &mut State) {
    let limits = RateLimits {
        writes_hour: [6, 9, 15][state.rng.usize(..3)],
        sessions: [1, 2, 30][state.rng.usize(..3)],
        requests: [15, 60, 3000][state.rng.usize(..3)],
        ..RateLimits::OFFICIAL
    };
    state.server.sandbox.set_rate_limits(Some(limits));
    state.note(format!("the server sets limits: {limits:?}"));
    state.count("server short of points");
}
