//! Audits: compares the ledger with the tables, the tables with each other, and checks what is left at the end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tidewatch::fleet::{Fleet, Store as _, Value};
use tidewatch::recording::RecordingPrefix;
use tidewatch::session::{BrowserId, RecordingStatus, Session, SessionId, Status};

use super::invariant::Invariant;
use super::ledger::Ledger;
use super::mutants::Mutant;
use super::objects::name_of;
use super::subscribers;
use super::support::{audit, audit_history, records};
use super::world::{World, message_of};

/// Tables that are empty once nothing is left to do.
const PURGED: [&str; 5] = ["sessions", "labels", "counts", "idempotency", "events"];

/// How long a fleet may take to store a new browser's id.
const STORED_AFTER_MS: u64 = 10_000;

impl Ledger {
    /// Compares all tables with the ledger and with each other.
    pub fn audit(&self, world: &World) {
        for (project, limits) in world.plan.projects.iter().enumerate() {
            let store = world.objects.tables(project).tables();
            if store.query("SELECT 1 FROM sqlite_schema WHERE name = 'sessions'", &[]).is_ok_and(|rows| rows.is_empty())
            {
                continue;
            }
            if world.is_mutated(Mutant::MiscountsRows) {
                let _unseen = store.query("UPDATE counts SET n = n + 1", &[]);
            }
            let (mut mirror, open) = self.mirror(project);
            let mut stored: Vec<Session> = records(store).into_iter().map(|record| record.session).collect();
            let by_id = |session: &Session| -> SessionId { session.id() };
            mirror.sort_by_key(by_id);
            stored.sort_by_key(by_id);
            world.holds(Invariant::Tables, mirror == stored, || {
                let other = stored.iter().find(|session| !mirror.contains(session));
                format!("p{project}: {other:?} is stored, and no turn wrote it")
            });
            let has_slot = |session: &&Session| matches!(session.status(), Status::Starting | Status::Live);
            let counted = stored.iter().filter(has_slot).count();
            world.holds(Invariant::Limit, counted == open as usize, || {
                format!("p{project}: {counted} are starting or live, not {open}")
            });
            let fleet = Fleet::new(store.clone(), *limits);
            let holds = || {
                audit(&fleet, *limits);
                audit_history(&fleet);
            };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(holds)) {
                world.breaks(Invariant::Tables, || format!("p{project}: {}", message_of(panic.as_ref())));
            }
        }
    }

    /// Checks at the end of a run that nothing is left.
    pub fn check_settled(world: &World) {
        for project in 0..world.plan.projects.len() {
            let store = world.objects.tables(project).tables();
            for table in PURGED {
                // A table that was never made is empty as well.
                let rows = store.query(&format!("SELECT * FROM {table} LIMIT 1"), &[]).unwrap_or_default();
                world.holds(Invariant::Settled, rows.is_empty(), || {
                    format!("p{project}: the table {table} is left with {:?}", rows[0])
                });
            }
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
            let latest = store.query(sql, &[]).ok().and_then(|rows| match rows.first()?.0.first()? {
                Value::Integer(latest) => Some(*latest),
                Value::Null | Value::Text(_) => None,
            });
            subscribers::check_all_seen(world, project, latest.unwrap_or(0));
        }
        let waiting = world.waiting.borrow();
        world.holds(Invariant::Settled, waiting.is_empty(), || format!("these clients never finish: {waiting:?}"));
        let running = world.provider.running();
        world.holds(Invariant::Settled, running.is_empty(), || format!("these browsers never end: {running:?}"));
        let recorders = world.objects.recorders_at_work();
        world.holds(Invariant::Settled, recorders == 0, || format!("{recorders} recorders never stop"));
        let registered = world.objects.registered();
        world.holds(Invariant::Settled, registered.is_empty(), || {
            format!("these projects stay registered: {registered:?}")
        });
    }
}

/// Checks a recording that is reported as complete. Each counted event is stored, and each segment holds as many lines
/// as its key says. More may be stored: events that a restarted recorder had not reported, and segments of an earlier
/// session with the same id on the same day.
pub fn check_recording(world: &World, project: usize, session: &Session) {
    let Some((recording, since)) = session.recording().and_then(|known| Some((known, known.since()?))) else {
        return;
    };
    let folder = RecordingPrefix::new(&name_of(project), session.id(), since);
    let stored = world.bucket.with_prefix(folder.as_str());
    let counted: usize = stored.iter().map(|(_, lines)| lines).sum();
    let mut named = stored.iter().filter_map(|(key, lines)| Some((folder.segment(key)?, *lines)));
    let is_consistent =
        named.all(|(segment, lines)| segment.count as usize == lines) && counted as u64 >= recording.events();
    world.holds(Invariant::Recorded, is_consistent, || {
        format!("{} events are reported as stored, and {counted} are: {session:?}", recording.events())
    });
}

/// Whether a recording is reported as complete.
pub fn is_complete(session: &Session) -> bool {
    session.recording().is_some_and(|recording| recording.status() == Some(RecordingStatus::Complete))
}

/// Checks a browser whose id has reached a fleet. Soon a session owns or closes it, or it is gone. Excused if an object
/// died since then, or a close may have failed. `deaths` is counted when the id comes: the fleet may die in that very
/// millisecond, before this begins.
pub async fn check_owned_or_closed(world: Rc<World>, project: usize, browser: BrowserId, deaths: u64) {
    world.sleep(STORED_AFTER_MS).await;
    let may_have_failed = world.objects.deaths() > deaths || world.provider.was_unwell(&world);
    let is_known = !world.provider.is_running(&browser) || world.ledger.holds_browser(project, &browser);
    world.holds(Invariant::Closed, is_known || may_have_failed, || {
        format!("p{project} got {}, and no session owns or closes it", browser.as_str())
    });
}
