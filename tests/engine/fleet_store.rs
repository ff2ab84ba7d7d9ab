//! Turns and the store: a turn is stored as a whole or not at all.

use std::fmt::Debug;

use crate::support::{
    DAY, FailingStore, FleetDriver, LIMITS, MINUTE, SqliteStore, WINDOW, dump, failure, request, tokens,
};
use serde_json::{Value, json};
use tidewatch::fleet::{CreateError, Created, Fleet, FleetError, Store, StoreError, open};
use tidewatch::session::{Change, Input, Millis, ProjectName, SessionId, Status, Timestamp};
use tidewatch::wire::ReleaseAllQuery;

type Driver = FleetDriver<FailingStore>;

fn body() -> Value {
    json!({"owner": "a", "metadata": {"x": "1", "y": "2"}})
}

fn driver() -> Driver {
    FleetDriver::over(FailingStore::new(SqliteStore::new()), LIMITS)
}

/// Fails the first statement of `turn`, then the second, and so on until a turn succeeds. Returns that turn's result.
fn fails_as_a_whole<T, E: From<StoreError> + PartialEq + Debug>(
    driver: &Driver,
    turn: impl Fn(&Fleet<FailingStore>, Timestamp) -> Result<T, E>,
) -> T {
    let store = driver.fleet.store();
    let before = dump(store);
    for statement in 0.. {
        store.fail_after(statement);
        let outcome = turn(&driver.fleet, driver.now());
        if !store.has_failed() {
            assert!(statement > 0, "a turn has at least one statement");
            assert_ne!(dump(store), before, "the turn that went through has changed something");
            driver.audit();
            return outcome.unwrap_or_else(|error| panic!("nothing failed, and yet: {error:?}"));
        }
        match outcome {
            Ok(_) => panic!("statement {statement} failed, and nobody was told"),
            Err(error) => assert_eq!(error, E::from(FailingStore::error())),
        }
        assert_eq!(dump(store), before, "statement {statement} failed, and something has changed");
    }
    unreachable!("a turn has an end")
}

fn hand(driver: &Driver, id: SessionId, input: &Input) {
    let _turn = fails_as_a_whole(driver, |fleet, now| fleet.apply(id, input.clone(), now));
}

#[test]
fn every_turn_of_a_session_is_stored_as_a_whole_or_not_at_all() {
    let mut driver = driver();
    let create = request(&body(), Some("k"));
    let fresh = driver.fresh_id();
    let created = fails_as_a_whole(&driver, |fleet, now| fleet.create(&create, fresh, tokens, now));
    let Created::Started(turn) = created else { panic!("it starts") };
    let id = turn.record.session.id();
    let browser = driver.fresh_browser();
    hand(&driver, id, &Input::BrowserAcquired { epoch: 1, browser: browser.clone() });
    hand(&driver, id, &Input::WindowReady { epoch: 1, dimensions: WINDOW });
    let metadata = Some([("z".to_owned(), "3".to_owned())].into());
    hand(&driver, id, &Input::Change(Change { timeout: Some(Millis::new(5_000)), inactivity_timeout: None, metadata }));
    hand(&driver, id, &Input::Release);
    hand(&driver, id, &Input::CloseFailed { browser: browser.clone() });
    hand(&driver, id, &Input::BrowserClosed { browser });
    driver.wait(8 * DAY);
    fails_as_a_whole(&driver, Fleet::purge);
    assert_eq!(driver.find_record(id), None);
}

#[test]
fn a_failed_start_is_stored_with_its_freed_key_or_not_at_all() {
    let mut driver = driver();
    let id = driver.start_with_key(&body(), Some("k"));
    hand(&driver, id, &Input::BrowserFailed { epoch: 1, failure: failure("no") });
    driver.start_with_key(&body(), Some("k"));
}

#[test]
fn a_second_key_is_stored_as_a_whole_or_not_at_all() {
    let mut driver = driver();
    let named = json!({"sessionId": "0192f0c1-7b3c-7000-8000-00000000000a"});
    let id = driver.live(&named);
    driver.end(id);
    let (again, fresh) = (request(&named, Some("k")), driver.fresh_id());
    let created = fails_as_a_whole(&driver, |fleet, now| fleet.create(&again, fresh, tokens, now));
    assert!(matches!(created, Created::Existing(_)));
}

#[test]
fn a_release_of_many_ends_all_or_none() {
    let mut driver = driver();
    for _ in 0..4 {
        driver.live_with_key(&body(), None);
        driver.start(&json!({}));
    }
    let query = ReleaseAllQuery::parse("").unwrap();
    let released = fails_as_a_whole(&driver, |fleet, now| fleet.release_all(&query, now));
    assert_eq!(released.sessions.len(), 8);
}

#[test]
fn a_page_of_deadlines_is_reached_as_a_whole() {
    let mut driver = driver();
    for n in 0..4 {
        driver.live_with_key(&body(), Some(&format!("k{n}")));
    }
    driver.start(&json!({}));
    driver.wait(10 * MINUTE);
    assert_eq!(fails_as_a_whole(&driver, Fleet::reach_deadlines).sessions.len(), 5);
}

#[test]
fn interrupted_starts_are_abandoned_as_a_whole() {
    let mut driver = driver();
    for _ in 0..3 {
        driver.start_with_key(&body(), Some("k"));
        let id = driver.start(&json!({}));
        let browser = driver.fresh_browser();
        let _turn = driver.hand(id, Input::BrowserAcquired { epoch: 1, browser });
        assert_eq!(fails_as_a_whole(&driver, Fleet::abandon_starting).len(), 1);
    }
}

#[test]
fn a_leave_is_stored_as_a_whole() {
    let driver = driver();
    let version = driver.fleet.registration_due().unwrap().unwrap();
    driver.fleet.registered(version).unwrap();
    assert_eq!(fails_as_a_whole(&driver, |fleet, _| fleet.leave_if_idle()), Some(version));
}

#[test]
fn the_tables_are_created_as_a_whole() {
    let store = FailingStore::new(SqliteStore::new());
    for statement in 0.. {
        store.fail_after(statement);
        let opened = open(&store);
        if !store.has_failed() {
            assert_eq!(opened, Ok(()));
            break;
        }
        assert_eq!(opened, Err(FailingStore::error()));
        assert_eq!(dump(&store), [""; 0]);
    }
}

#[test]
fn a_refusal_changes_nothing() {
    let mut fleet = FleetDriver::with_limits(tidewatch::fleet::FleetLimits { live_max: 1, ..LIMITS });
    let id = fleet.live_with_key(&body(), Some("k"));
    let before = dump(fleet.fleet.store());
    assert!(matches!(fleet.create(&json!({}), None), Err(CreateError::LimitReached { .. })));
    assert!(matches!(fleet.create(&json!({}), Some("k")), Err(CreateError::Mismatch { .. })));
    let unwatched = Change { inactivity_timeout: Some(Millis::new(5_000)), ..Change::default() };
    assert!(matches!(fleet.offer(id, Input::Change(unwatched)), Err(FleetError::Session(_))));
    let nobody = fleet.fresh_id();
    assert_eq!(fleet.offer(nobody, Input::Release), Err(FleetError::NotFound));
    assert_eq!(dump(fleet.fleet.store()), before);
}

#[test]
fn a_reopened_store_keeps_its_rows() {
    let mut fleet = FleetDriver::new();
    let live = fleet.live_with_key(&body(), Some("k"));
    let starting = fleet.start(&json!({}));
    let before = dump(fleet.fleet.store());
    fleet.restart();
    fleet.restart();
    assert_eq!(dump(fleet.fleet.store()), before);
    assert_eq!(fleet.find(&body(), Some("k")).session.id(), live);
    fleet.becomes_live(starting);
    assert_eq!(crate::support::names(&fleet.list("")), [starting, live]);
}

/// The schema of the first version, unchanged. A deployed schema must never be edited.
const FIRST_VERSION: &[&str] = &[
    "CREATE TABLE schema (version INTEGER NOT NULL)",
    "CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        seq INTEGER UNIQUE,
        status TEXT NOT NULL,
        owner TEXT,
        created_at INTEGER NOT NULL,
        browser TEXT,
        due INTEGER,
        purge_at INTEGER,
        fingerprint TEXT NOT NULL,
        doc TEXT NOT NULL,
        config TEXT NOT NULL
    )",
    "CREATE INDEX sessions_by_status ON sessions (status, seq)",
    "CREATE INDEX sessions_by_owner ON sessions (owner, status, seq)",
    "CREATE INDEX sessions_by_owner_seq ON sessions (owner, seq)",
    "CREATE INDEX sessions_due ON sessions (due) WHERE due IS NOT NULL",
    "CREATE INDEX sessions_purge ON sessions (purge_at) WHERE purge_at IS NOT NULL",
    "CREATE TABLE labels (key TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, value, id))
        WITHOUT ROWID",
    "CREATE INDEX labels_by_id ON labels (id)",
    "CREATE TABLE counts (scope TEXT NOT NULL, status TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (scope, status))
        WITHOUT ROWID",
    "CREATE TABLE idempotency (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, id TEXT NOT NULL, expires_at INTEGER)",
    "CREATE INDEX idempotency_by_id ON idempotency (id)",
    "CREATE INDEX idempotency_expiry ON idempotency (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO schema (version) VALUES (1)",
];

/// A store of the first version with every kind of row that a fleet of that version could write.
fn first_version() -> (SqliteStore, Vec<SessionId>) {
    let mut fleet = FleetDriver::new();
    let live = fleet.live_with_key(&body(), Some("live"));
    let starting = fleet.start_with_key(&json!({}), Some("starting"));
    let closing = fleet.live(&body());
    let _turn = fleet.release(closing);
    let ended = fleet.live_with_key(&body(), Some("ended"));
    fleet.end(ended);
    let failed = fleet.start(&json!({"owner": "b"}));
    let _turn = fleet.fails_to_start(failed, failure("no"));
    let version = fleet.fleet.registration_due().unwrap().unwrap();
    fleet.fleet.registered(version).unwrap();

    let store = SqliteStore::new();
    for statement in FIRST_VERSION {
        store.query(statement, &[]).unwrap();
    }
    for table in ["sessions", "labels", "counts", "idempotency", "numbers"] {
        for row in fleet.fleet.store().query(&format!("SELECT * FROM {table}"), &[]).unwrap() {
            let places = vec!["?"; row.0.len()].join(", ");
            store.query(&format!("INSERT INTO {table} VALUES ({places})"), &row.0).unwrap();
        }
    }
    (store, vec![live, starting, closing, ended, failed])
}

/// All rows except those of the schema.
fn content(store: &impl Store) -> Vec<String> {
    let mut lines = dump(store);
    let schema = lines.iter().position(|line| line == "-- schema").unwrap();
    lines.drain(schema..schema + 2);
    lines.retain(|line| !["-- texts", "-- events", "-- usage", "-- sqlite_sequence"].contains(&line.as_str()));
    lines
}

fn version(store: &impl Store) -> Vec<tidewatch::fleet::Row> {
    store.query("SELECT version FROM schema", &[]).unwrap()
}

/// The statements that created each table and index, by name.
fn tables(store: &impl Store) -> Vec<tidewatch::fleet::Row> {
    let sql = "SELECT name, type, replace(sql, 'IF NOT EXISTS ', '') FROM sqlite_schema ORDER BY name";
    store.query(sql, &[]).unwrap()
}

#[test]
fn a_store_of_the_first_version_keeps_every_row() {
    let (store, ids) = first_version();
    let before = content(&store);
    assert!(before.len() > 20, "there is something to keep: {before:?}");
    let mut fleet = FleetDriver::over(store, LIMITS);
    assert_eq!(content(fleet.fleet.store()), before);
    fleet.audit();

    let fresh = SqliteStore::new();
    open(&fresh).unwrap();
    assert_eq!(tables(fleet.fleet.store()), tables(&fresh), "an old store becomes just what a new one is");
    assert_eq!(version(fleet.fleet.store()), version(&fresh));
    fleet.restart();
    assert_eq!(content(fleet.fleet.store()), before, "and is left alone from then on");

    // Everything in progress goes on, with fields that the first version did not have.
    for _ in 0..100 {
        fleet.fresh_id();
    }
    let statuses = ids.iter().map(|id| fleet.session(*id).status()).collect::<Vec<_>>();
    assert_eq!(
        statuses,
        [Status::Live, Status::Starting, Status::Released, Status::Released, Status::Failed],
        "{ids:?}"
    );
    assert_eq!(fleet.find(&body(), Some("live")).session.id(), ids[0]);
    assert_eq!(fleet.session(ids[0]).connected(), None, "nobody watches what was made before that could be asked for");
    assert_eq!(fleet.fleet.registration_due(), Ok(None));
    assert_eq!(fleet.fleet.project(), Ok(None), "nobody has said so yet");
    fleet.becomes_live(ids[1]);
    fleet.closes(ids[2]);
    fleet.end(ids[0]);
    fleet.live(&json!({"onDisconnect": "release", "inactivityTimeout": 5_000}));
}

#[test]
fn a_store_of_the_first_version_is_migrated_as_a_whole() {
    let (inner, _) = first_version();
    let store = FailingStore::new(inner);
    let before = dump(&store);
    for statement in 0.. {
        store.fail_after(statement);
        let opened = open(&store);
        if !store.has_failed() {
            assert_eq!(opened, Ok(()));
            assert!(statement > 2, "it has more than one statement");
            break;
        }
        assert_eq!(opened, Err(FailingStore::error()));
        assert_eq!(dump(&store), before, "statement {statement} failed, and something has changed");
    }
    assert_ne!(dump(&store), before);
}

#[test]
fn the_project_is_stored_as_a_whole_or_not_at_all() {
    let driver = driver();
    let project = ProjectName::parse("one").unwrap();
    fails_as_a_whole(&driver, |fleet, _| fleet.set_project(&project));
    assert_eq!(driver.fleet.project(), Ok(Some(project)));
}

#[test]
fn a_store_of_a_later_version_is_read_without_its_unknown_fields() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&body());
    fleet.fleet.store().query("UPDATE schema SET version = 99", &[]).unwrap();
    fleet.fleet.store().query("ALTER TABLE sessions ADD COLUMN later TEXT", &[]).unwrap();
    let before = dump(fleet.fleet.store());
    fleet.restart();
    assert_eq!(dump(fleet.fleet.store()), before);
    fleet.end(id);
    fleet.live(&body());
}

#[test]
fn an_unreadable_row_is_an_error_and_never_a_panic() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&body());
    let sound = fleet.live(&json!({}));
    let sql = "UPDATE sessions SET doc = '{' WHERE id = ?";
    fleet.fleet.store().query(sql, &[id.to_string().into()]).unwrap();
    assert!(fleet.fleet.get(id).is_err());
    assert!(fleet.try_list("").is_err());
    assert!(matches!(fleet.fleet.apply(id, Input::Release, fleet.now()), Err(FleetError::Store(_))));
    assert!(fleet.fleet.get(sound).is_ok());
}
