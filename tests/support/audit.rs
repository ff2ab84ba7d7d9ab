//! The invariants of a fleet's tables between two turns, computed from the stored sessions alone.

use std::collections::{BTreeMap, BTreeSet};

use tidewatch::fleet::{CHECK_EVERY, Fleet, FleetLimits, Record, Row, Store, Value};
use tidewatch::session::{Millis, Session, State, Status, Timestamp};

const TABLES: &[&str] = &[
    "schema",
    "sessions",
    "labels",
    "counts",
    "idempotency",
    "numbers",
    "texts",
    "events",
    "usage",
    "sqlite_sequence",
];
const HOUR: i64 = 3_600_000;

/// All rows of all tables, sorted.
pub fn dump(store: &impl Store) -> Vec<String> {
    let named = rows(store, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    let named: Vec<&str> = named.iter().map(|row| text(row, 0)).collect();
    assert!(named.iter().all(|name| TABLES.contains(name)), "a table that the tests do not know: {named:?}");
    let mut lines = Vec::new();
    for table in named {
        lines.push(format!("-- {table}"));
        let first = lines.len();
        // A counter at zero is the same as no counter.
        let filter = if table == "counts" { "WHERE n <> 0" } else { "" };
        lines.extend(rows(store, &format!("SELECT * FROM {table} {filter}")).iter().map(|row| format!("{:?}", row.0)));
        lines[first..].sort();
    }
    lines
}

/// Every stored session.
pub fn records(store: &impl Store) -> Vec<Record> {
    rows(store, "SELECT doc FROM sessions")
        .iter()
        .map(|row| serde_json::from_str(text(row, 0)).expect("a stored session can be read"))
        .collect()
}

/// Compares the tables with each other, and the fleet's answers with the tables.
///
/// # Panics
/// If an invariant is broken.
pub fn audit<S: Store>(fleet: &Fleet<S>, limits: FleetLimits) {
    let store = fleet.store();
    let sessions: Vec<Session> = records(store).into_iter().map(|record| record.session).collect();
    columns_mirror_documents(store, limits);
    counters_equal_a_recount(store, &sessions);
    labels_equal_the_metadata(store, &sessions);
    keys_have_the_right_expiry(store, &sessions);
    let slots = sessions.iter().filter(|session| matches!(session.status(), Status::Starting | Status::Live)).count();
    assert!(slots <= limits.live_max as usize, "{slots} sessions are starting or live");
    assert_eq!(
        fleet.next_deadline().expect("the store works"),
        earliest(store, &sessions, limits),
        "the next deadline is the earliest of all"
    );
}

/// Compares events and usage with the sessions. Not for a store whose sessions are older than these tables.
///
/// # Panics
/// If an invariant is broken.
pub fn audit_history<S: Store>(fleet: &Fleet<S>) {
    let sessions: Vec<Session> = records(fleet.store()).into_iter().map(|record| record.session).collect();
    events_are_in_order(fleet, &sessions);
    usage_adds_up(fleet.store(), &sessions);
}

fn columns_mirror_documents(store: &impl Store, limits: FleetLimits) {
    let mut seqs = BTreeSet::new();
    let sql = "SELECT doc, id, status, owner, created_at, browser, due, purge_at, seq FROM sessions";
    for row in rows(store, sql) {
        let record: Record = serde_json::from_str(text(&row, 0)).expect("a stored session can be read");
        let session = record.session;
        assert_eq!(text(&row, 1), session.id().to_string());
        assert_eq!(text(&row, 2), session.status().as_str());
        assert_eq!(row.0[3], Value::from(session.owner().map(str::to_owned)));
        assert_eq!(row.0[4], Value::from(session.created_at().as_millis()));
        assert_eq!(row.0[5], Value::from(session.browser().map(|browser| browser.as_str().to_owned())));
        assert_eq!(row.0[6], Value::from(session.next_deadline().map(Timestamp::as_millis)));
        assert_eq!(row.0[7], Value::from(purge_at(&session, limits).map(Timestamp::as_millis)));
        let seq = number(&row, 8);
        assert_eq!(seq.is_some(), session.status().is_public(), "a waiting or starting session is in no list");
        assert!(seq.is_none_or(|seq| seqs.insert(seq)), "each session has its own position in the order");
    }
}

fn counters_equal_a_recount(store: &impl Store, sessions: &[Session]) {
    let mut recount: BTreeMap<(String, String), i64> = BTreeMap::new();
    for session in sessions {
        let owner = session.owner().as_ref().map(|owner| format!("o:{owner}"));
        for scope in std::iter::once(String::new()).chain(owner) {
            *recount.entry((scope, session.status().as_str().to_owned())).or_default() += 1;
        }
    }
    let kept: BTreeMap<(String, String), i64> = rows(store, "SELECT scope, status, n FROM counts")
        .iter()
        .map(|row| ((text(row, 0).to_owned(), text(row, 1).to_owned()), number(row, 2).expect("a count")))
        .collect();
    let scopes = |counts: &BTreeMap<(String, String), i64>| -> BTreeSet<String> {
        counts.keys().map(|(scope, _)| scope.clone()).collect()
    };
    assert_eq!(scopes(&kept), scopes(&recount), "an owner without a session has no counter");
    let counted: BTreeMap<_, _> = kept.into_iter().filter(|(_, n)| *n != 0).collect();
    assert_eq!(counted, recount, "counters equal a recount");
}

fn labels_equal_the_metadata(store: &impl Store, sessions: &[Session]) {
    let kept: BTreeSet<(String, String, String)> = rows(store, "SELECT id, key, value FROM labels")
        .iter()
        .map(|row| (text(row, 0).to_owned(), text(row, 1).to_owned(), text(row, 2).to_owned()))
        .collect();
    let expected: BTreeSet<(String, String, String)> = sessions
        .iter()
        .flat_map(|session| session.metadata().iter().map(|(k, v)| (session.id().to_string(), k.clone(), v.clone())))
        .collect();
    assert_eq!(kept, expected, "the labels equal the metadata");
}

/// A key of an open session has no expiry. From the session's end on it has one, so no key stays for ever.
fn keys_have_the_right_expiry(store: &impl Store, sessions: &[Session]) {
    let by_id: BTreeMap<String, &Session> =
        sessions.iter().map(|session| (session.id().to_string(), session)).collect();
    for row in rows(store, "SELECT key, id, expires_at FROM idempotency") {
        let (key, expires_at) = (text(&row, 0), number(&row, 2));
        match by_id.get(text(&row, 1)).map(|session| session.state()) {
            Some(State::Waiting { .. } | State::Starting { .. } | State::Live { .. }) => {
                assert_eq!(expires_at, None, "{key} of an open session has no expiry");
            }
            Some(State::Ended { reason, .. }) => {
                assert!(expires_at.is_some(), "{key} of a session that has ended expires");
                assert!(*reason != tidewatch::session::Reason::StartupFailed, "{key} is free after a failed start");
            }
            None => assert!(expires_at.is_some(), "{key} of a session that was purged expires"),
        }
    }
}

/// Retained events are numbered without a gap. The events of each session are in an order that can happen.
fn events_are_in_order<S: Store>(fleet: &Fleet<S>, sessions: &[Session]) {
    let events = rows(fleet.store(), "SELECT n, id, kind FROM events ORDER BY n");
    let kept = fleet.retained_events().expect("the store works");
    let numbers: Vec<i64> = events.iter().filter_map(|row| number(row, 0)).collect();
    assert_eq!(numbers, (kept.floor + 1..=kept.latest).collect::<Vec<_>>(), "event numbers have no gap");
    let mut lives: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    for row in &events {
        let kind = text(row, 2).strip_prefix("session.").expect("an event's name");
        let of_id = lives.entry(text(row, 1)).or_default();
        // An id may be reused once its row is removed.
        match of_id.last_mut() {
            Some(life) if kind != "created" && (kind != "ended" || !life.contains(&"ended")) => life.push(kind),
            _ => of_id.push(vec![kind]),
        }
    }
    for (id, lives) in &lives {
        for (n, life) in lives.iter().enumerate() {
            assert!(life.is_sorted_by_key(|kind| order_of(kind)), "{id}: {lives:?}");
            assert!(life.contains(&"ended") || n + 1 == lives.len(), "{id} has a second life in its first: {lives:?}");
        }
    }
    // A session that began before the first retained event has only its later events.
    let all = kept.floor == 0;
    for session in sessions {
        let id = session.id().to_string();
        let life = lives.get(id.as_str()).and_then(|lives| lives.last()).map_or(&[][..], Vec::as_slice);
        let has = |kind| life.contains(&kind);
        let is_valid = match session.status() {
            Status::Waiting | Status::Starting => life.is_empty() || has("ended"),
            Status::Live => !has("ended") && !has("recorded") && !has("closed") && (has("created") || !all),
            Status::Released | Status::Failed => {
                let last = life.iter().rev().find(|kind| **kind != "recorded");
                (has("ended") || !all) && (!has("closed") || last == Some(&"closed"))
            }
        };
        assert!(is_valid, "{id} is {:?}: {life:?}", session.status());
    }
}

/// The position of an event in a session's life.
fn order_of(kind: &str) -> u8 {
    match kind {
        "created" => 0,
        "updated" | "expiring" => 1,
        "ended" => 2,
        // These two come in either order.
        "recorded" | "closed" => 3,
        other => panic!("an unknown event: {other}"),
    }
}

/// Usage counts every end and every millisecond of live time. Once rows were purged, it counts at least the time of
/// those that are left.
fn usage_adds_up(store: &impl Store, sessions: &[Session]) {
    let hours = rows(store, "SELECT hour, live_ms, sessions, live_peak, live_at_end, ends FROM usage ORDER BY hour");
    let sum = |column| hours.iter().filter_map(|row| number(row, column)).sum::<i64>();
    let ends: i64 = hours.iter().flat_map(|row| text(row, 5).split(' ')).filter_map(|n| n.parse::<i64>().ok()).sum();
    let lived = sessions.iter().filter_map(|session| match session.state() {
        State::Ended { live_since: Some(since), at, .. } => i64::try_from(at.since(*since).get()).ok(),
        _ => None,
    });
    let count = |status: fn(Status) -> bool| {
        i64::try_from(sessions.iter().filter(|session| status(session.status())).count()).expect("a few")
    };
    let public = rows(store, "SELECT value FROM numbers WHERE name = 'seq'").first().and_then(|row| number(row, 0));
    assert_eq!(sum(2), public.unwrap_or(0), "every session that became visible is counted");
    assert_eq!(ends, sum(2) - count(|status| status == Status::Live), "every session but the live ones has ended");
    let lived: i64 = lived.sum();
    if public.unwrap_or(0) == count(Status::is_public) {
        assert_eq!(sum(1), lived, "the hours add up to the sessions' live time");
    } else {
        assert!(sum(1) >= lived, "{} ms are counted, less than {lived}", sum(1));
    }
    assert!(hours.iter().all(|row| number(row, 0).is_some_and(|hour| hour % HOUR == 0)), "{hours:?}");
    assert!(hours.iter().all(|row| number(row, 3) >= number(row, 4)), "{hours:?}");
    if let Some(latest) = hours.last() {
        assert_eq!(
            number(latest, 4),
            Some(count(|status| status == Status::Live)),
            "the last hour has the number of live sessions"
        );
    }
}

/// The earliest deadline, computed from all rows.
fn earliest(store: &impl Store, sessions: &[Session], limits: FleetLimits) -> Option<Timestamp> {
    let deadlines = sessions.iter().filter_map(Session::next_deadline);
    let purges = sessions.iter().filter(|session| session.next_deadline().is_none());
    let purges = purges.filter_map(|session| purge_at(session, limits));
    let keys = rows(store, "SELECT expires_at FROM idempotency");
    let keys = keys.iter().filter_map(|row| number(row, 0)).map(Timestamp::from_millis);
    let check = sessions.iter().any(|session| session.status() == Status::Live).then(|| {
        let tried = rows(store, "SELECT value FROM numbers WHERE name = 'check_tried_at'");
        Timestamp::from_millis(tried.first().and_then(|row| number(row, 0)).unwrap_or(0)).plus(CHECK_EVERY)
    });
    let waiting = sessions.iter().any(|session| session.status() == Status::Waiting);
    let noted = |name| {
        let rows = rows(store, &format!("SELECT value FROM numbers WHERE name = '{name}' AND value > 0"));
        rows.first().and_then(|row| number(row, 0)).map(Timestamp::from_millis)
    };
    let put_off = noted("put_off_until").or(noted("put_off_at").map(|at| at.plus(Millis::from_secs(60))));
    let put_off = put_off.filter(|_| waiting);
    let events = rows(store, "SELECT at FROM events ORDER BY n LIMIT 1");
    let events = events.iter().filter_map(|row| number(row, 0)).map(|at| Timestamp::from_millis(at + 25 * HOUR));
    deadlines.chain(purges).chain(keys).chain(check).chain(put_off).chain(events).min()
}

/// When a session's row is purged. `None` for an open session and for one that is kept for ever.
fn purge_at(session: &Session, limits: FleetLimits) -> Option<Timestamp> {
    match session.state() {
        State::Ended { at, .. } => Some(at.plus(limits.retention)).filter(|at| at.as_millis() < 1 << 52),
        State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
    }
}

fn rows(store: &impl Store, sql: &str) -> Vec<Row> {
    store.query(sql, &[]).expect("the store works")
}

fn text(row: &Row, column: usize) -> &str {
    match &row.0[column] {
        Value::Text(text) => text,
        other => panic!("a text, not {other:?}"),
    }
}

fn number(row: &Row, column: usize) -> Option<i64> {
    match row.0[column] {
        Value::Integer(number) => Some(number),
        Value::Null => None,
        Value::Text(ref text) => panic!("a number, not {text}"),
    }
}
