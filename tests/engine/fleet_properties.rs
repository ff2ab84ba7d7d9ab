//! Properties of a fleet on a virtual clock. The provider answers late, twice, wrongly or never; the service restarts,
//! and the clock steps. The invariants of docs/ARCHITECTURE.md are checked after each step.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{DAY, FleetDriver, MINUTE, START, WINDOW, dump, failure, records, request};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Value, json};
use tidewatch::fleet::{CreateError, Created, FleetError, FleetLimits, Record, Store as _, Task};
use tidewatch::session::{
    Action, BrowserExit, BrowserId, Change, Input, Millis, PresenceReport, Reason, RecorderReport, Recording,
    RecordingStatus, ReportSequence, STARTUP_LIMIT, Session, SessionId, State, Status, Timestamp,
};
use tidewatch::wire::{CreateRequest, ListedBrowsers};

const LIMITS: FleetLimits = FleetLimits { live_max: 4, retention: Millis::from_secs(2 * 86_400) };
const OWN_IDS: [&str; 2] = ["0192f0c1-7b3c-7000-8000-00000000000a", "0192f0c1-7b3c-7000-8000-00000000000b"];
const KEYS: [&str; 3] = ["k0", "k1", "k2"];
const OWNERS: [&str; 2] = ["a", "b"];

fn config() -> Config {
    Config {
        cases: 100,
        max_shrink_iters: 500,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/fleet_properties.txt"))),
        ..Config::default()
    }
}

/// How the provider answers a task.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// With success.
    Well,
    /// With an error, and without an effect.
    Badly,
    /// With an acknowledgement before the task is done. The same as `Badly` for tasks without one.
    NotYet,
    /// With no answer. The task may have had its effect nevertheless.
    Never,
}

/// The next operation. A number picks one of the existing sessions or tasks.
#[derive(Clone, Debug)]
enum Op {
    Create {
        body: u8,
        key: Option<u8>,
        own_id: Option<u8>,
    },
    Answer {
        pick: u8,
        answer: Answer,
    },
    /// An input is repeated.
    Again {
        pick: u8,
    },
    Release {
        pick: u8,
    },
    /// The caller of a create disconnects, or claims the session.
    CallerGone {
        pick: u8,
    },
    Claim {
        pick: u8,
    },
    ReleaseAll {
        owner: Option<u8>,
        dry_run: bool,
    },
    Change {
        pick: u8,
        timeout: u32,
    },
    /// A session has this many clients from now on. Its relay's report may be lost or late.
    Connect {
        pick: u8,
        clients: u32,
        is_lost: bool,
    },
    /// A relay dies. The next client gets another one.
    RelayDies {
        pick: u8,
    },
    /// A session's recorder reports its progress, as its latest or its first run.
    Record {
        pick: u8,
        is_first: bool,
    },
    /// A client closes the browser of its session. Its relay may see that.
    CloseBrowser {
        pick: u8,
        is_lost: bool,
    },
    /// A browser dies.
    Crash {
        pick: u8,
    },
    /// The provider's list is requested.
    List,
    /// The latest list is compared with the fleet.
    Check,
    Alarm,
    Purge,
    /// The service restarts. Pending calls are lost.
    Restart,
    Wait {
        millis: i64,
    },
    /// Moves the clock to the next deadline, or this far from it.
    WaitUntilDue {
        millis: i64,
    },
}

fn an_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        8 => Just(Answer::Well),
        2 => Just(Answer::Badly),
        1 => Just(Answer::NotYet),
        1 => Just(Answer::Never),
    ]
}

fn an_op() -> impl Strategy<Value = Op> {
    let key = proptest::option::weighted(0.5, 0..3_u8);
    let own_id = proptest::option::weighted(0.3, 0..2_u8);
    prop_oneof![
        10 => (0..6_u8, key, own_id).prop_map(|(body, key, own_id)| Op::Create { body, key, own_id }),
        20 => (any::<u8>(), an_answer()).prop_map(|(pick, answer)| Op::Answer { pick, answer }),
        3 => any::<u8>().prop_map(|pick| Op::Again { pick }),
        3 => any::<u8>().prop_map(|pick| Op::Release { pick }),
        1 => any::<u8>().prop_map(|pick| Op::CallerGone { pick }),
        1 => any::<u8>().prop_map(|pick| Op::Claim { pick }),
        1 => (proptest::option::of(0..2_u8), any::<bool>())
            .prop_map(|(owner, dry_run)| Op::ReleaseAll { owner, dry_run }),
        2 => (any::<u8>(), 1_000..60_000_u32).prop_map(|(pick, timeout)| Op::Change { pick, timeout }),
        8 => (any::<u8>(), 0..3_u32, proptest::bool::weighted(0.2))
            .prop_map(|(pick, clients, is_lost)| Op::Connect { pick, clients, is_lost }),
        1 => any::<u8>().prop_map(|pick| Op::RelayDies { pick }),
        4 => (any::<u8>(), proptest::bool::weighted(0.2)).prop_map(|(pick, is_first)| Op::Record { pick, is_first }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(pick, is_lost)| Op::CloseBrowser { pick, is_lost }),
        1 => any::<u8>().prop_map(|pick| Op::Crash { pick }),
        1 => Just(Op::List),
        2 => Just(Op::Check),
        6 => Just(Op::Alarm),
        1 => Just(Op::Purge),
        1 => Just(Op::Restart),
        4 => (0..5_000_i64).prop_map(|millis| Op::Wait { millis }),
        2 => (0..2 * MINUTE).prop_map(|millis| Op::Wait { millis }),
        1 => (-MINUTE..0).prop_map(|millis| Op::Wait { millis }),
        1 => (0..2 * DAY).prop_map(|millis| Op::Wait { millis }),
        4 => (-1..=1_i64).prop_map(|millis| Op::WaitUntilDue { millis }),
    ]
}

/// What a caller knows about a key or an id.
#[derive(Clone, Debug)]
struct Told {
    fingerprint: String,
    id: SessionId,
}

/// The fleet, the provider, and the model of callers and relays.
struct World {
    fleet: FleetDriver,
    /// All running browsers.
    running: BTreeSet<BrowserId>,
    /// Browsers whose id reached the fleet.
    known: BTreeSet<BrowserId>,
    /// Pending tasks.
    tasks: Vec<Task>,
    /// The inputs so far.
    facts: Vec<(SessionId, Input)>,
    listed: Option<ListedBrowsers>,
    /// Sessions that have waited, in order of arrival.
    line: Vec<SessionId>,
    /// The state of each session's relay.
    relays: BTreeMap<SessionId, PresenceReport>,
    /// The number of requests for a browser, by session.
    asked: BTreeMap<SessionId, u32>,
    /// Each session's end as it was first seen.
    ends: BTreeMap<SessionId, State>,
    keys: BTreeMap<String, Told>,
    fingerprints: BTreeMap<SessionId, String>,
}

impl World {
    fn new() -> Self {
        Self {
            fleet: FleetDriver::with_limits(LIMITS),
            running: BTreeSet::new(),
            known: BTreeSet::new(),
            tasks: Vec::new(),
            facts: Vec::new(),
            listed: None,
            line: Vec::new(),
            relays: BTreeMap::new(),
            asked: BTreeMap::new(),
            ends: BTreeMap::new(),
            keys: BTreeMap::new(),
            fingerprints: BTreeMap::new(),
        }
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::Create { body, key, own_id } => self.create(body, key, own_id),
            Op::Answer { pick, answer } => {
                if let Some(index) = picked(pick, self.tasks.len()) {
                    let task = self.tasks.remove(index);
                    self.answer(task, answer);
                }
            }
            Op::Again { pick } => {
                if let Some(index) = picked(pick, self.facts.len()) {
                    let (id, fact) = self.facts[index].clone();
                    self.tell(id, fact);
                }
            }
            Op::Release { pick } => {
                if let Some(id) = self.pick(pick) {
                    self.tell(id, Input::Release);
                    assert!(self.fleet.session(id).status().is_ended());
                }
            }
            Op::CallerGone { pick } => {
                if let Some(id) = self.pick(pick) {
                    self.tell(id, Input::CallerGone);
                }
            }
            Op::Claim { pick } => {
                if let Some(id) = self.pick(pick) {
                    self.tell(id, Input::Claimed);
                }
            }
            Op::ReleaseAll { owner, dry_run } => self.release_all(owner, dry_run),
            Op::Change { pick, timeout } => {
                if let Some(id) = self.pick(pick) {
                    // Refused by a session that is not watched.
                    let inactivity_timeout = timeout.is_multiple_of(2).then(|| Millis::new(u64::from(timeout) / 2));
                    let timeout = Some(Millis::new(u64::from(timeout)));
                    let change = Change { timeout, inactivity_timeout, ..Change::default() };
                    self.tell(id, Input::Change(change));
                }
            }
            Op::Connect { pick, clients, is_lost } => {
                if let Some(id) = self.pick(pick) {
                    let report = self.relay(id, Some(clients));
                    if is_lost {
                        self.facts.push((id, Input::ClientsSeen(report)));
                    } else {
                        self.tell(id, Input::ClientsSeen(report));
                    }
                }
            }
            Op::RelayDies { pick } => {
                self.pick(pick).map(|id| self.relays.remove(&id));
            }
            Op::Record { pick, is_first } => self.report_of_latest_recorder(pick, is_first),
            Op::CloseBrowser { pick, is_lost } => {
                if let Some((id, browser)) = self.pick(pick).and_then(|id| Some((id, self.browser_of(id)?))) {
                    self.running.remove(&browser);
                    if !is_lost {
                        self.tell(id, Input::ClosedByClient);
                    }
                }
            }
            Op::Crash { pick } => {
                if let Some(index) = picked(pick, self.running.len()) {
                    let browser = self.running.iter().nth(index).cloned().unwrap();
                    self.running.remove(&browser);
                }
            }
            Op::List => {
                let browsers = self.running.iter().cloned().collect();
                self.listed = Some(ListedBrowsers { asked_at: self.fleet.now(), browsers });
            }
            Op::Check => self.check(),
            Op::Alarm => self.alarm(),
            Op::Purge => self.purge(),
            Op::Restart => {
                self.tasks.clear();
                self.fleet.restart();
                let before = self.sessions();
                let tasks = self.fleet.fleet.abandon_starting(self.fleet.now()).unwrap();
                self.begin(tasks);
                for session in before.iter().filter(|session| session.status() == Status::Starting) {
                    assert!(self.fleet.session(session.id()).status().is_ended(), "nobody waits for that one any more");
                }
                for session in self.sessions().iter().filter(|session| !session.status().is_public()) {
                    assert!(!session.is_anonymous(), "nobody can come back for that one");
                }
            }
            Op::Wait { millis } => self.fleet.wait(millis),
            Op::WaitUntilDue { millis } => {
                if let Some(due) = self.fleet.fleet.next_deadline().unwrap() {
                    let due = due.max(self.fleet.now());
                    self.fleet.wait_until(Timestamp::from_millis(due.as_millis() + millis));
                }
            }
        }
        self.fleet.audit();
        self.hold();
    }

    fn create(&mut self, body: u8, key: Option<u8>, own_id: Option<u8>) {
        let timeout = 20_000 + i64::from(body % 3) * 20_000;
        let mut fields = json!({"timeout": timeout, "metadata": {"body": body.to_string()}});
        if body > 0 {
            fields["owner"] = json!(OWNERS[usize::from(body) % OWNERS.len()]);
        }
        if matches!(body, 3 | 5) {
            fields["inactivityTimeout"] = json!(5_000);
        }
        if matches!(body, 4 | 5) {
            fields["onDisconnect"] = json!("release");
            fields["disconnectGrace"] = json!(if body == 4 { 1_000 } else { 3_000 });
        }
        if matches!(body, 2 | 3) {
            fields["recording"] = json!(true);
        }
        if matches!(body, 1 | 5) {
            fields["wait"] = json!(20_000);
        }
        if let Some(own_id) = own_id {
            fields["sessionId"] = json!(OWN_IDS[usize::from(own_id)]);
        }
        let key = key.map(|key| KEYS[usize::from(key)]);
        let request = request(&fields, key);
        let expected = self.expected(&request);
        let outcome = self.fleet.create(&fields, key);
        match (&outcome, expected) {
            (Ok(Created::Started(turn)), Expected::Started) => {
                assert_eq!(self.fleet.record(turn.record.session.id()), turn.record, "what a client is told is stored");
            }
            (Ok(Created::Existing(record)), Expected::Existing(id)) => {
                assert_eq!(record.session.id(), id, "one key, one session");
                assert_eq!(&self.fleet.record(id), record, "what a client is told is stored");
            }
            (Ok(Created::Queued(record)), Expected::Queued) => {
                assert_eq!(&self.fleet.record(record.session.id()), record, "what a client is told is stored");
            }
            (Err(CreateError::Mismatch { what }), Expected::Mismatch(expected)) => assert_eq!(*what, expected),
            (Err(CreateError::LimitReached { retry_after_secs, holders }), Expected::LimitReached) => {
                assert!((1..=30).contains(retry_after_secs));
                assert!(holders.len() <= LIMITS.live_max as usize);
            }
            (outcome, expected) => panic!("{expected:?} was expected, not {outcome:?}"),
        }
        let (id, tasks) = match outcome {
            Ok(Created::Started(turn)) => (turn.record.session.id(), turn.tasks),
            Ok(Created::Existing(record)) => (record.session.id(), Vec::new()),
            Ok(Created::Queued(record)) => {
                self.line.push(record.session.id());
                (record.session.id(), Vec::new())
            }
            Err(_) => return,
        };
        if !tasks.is_empty() {
            // A row of the same id may have been purged before.
            self.ends.remove(&id);
            self.asked.remove(&id);
        }
        self.fingerprints.insert(id, request.fingerprint.clone());
        if let Some(key) = key {
            self.keys.insert(key.to_owned(), Told { fingerprint: request.fingerprint, id });
        }
        self.begin(tasks);
    }

    /// The outcome that the API contract requires of a create, from what callers know.
    fn expected(&self, request: &CreateRequest) -> Expected {
        if let Some(told) = request.idempotency_key.as_ref().and_then(|key| self.keys.get(key))
            && self.stands(told)
        {
            return if told.fingerprint == request.fingerprint {
                Expected::Existing(told.id)
            } else {
                Expected::Mismatch("Idempotency-Key")
            };
        }
        if let Some(id) = request.options.session_id
            && self.fleet.find_record(id).is_some()
        {
            return if self.fingerprints[&id] == request.fingerprint {
                Expected::Existing(id)
            } else {
                Expected::Mismatch("sessionId")
            };
        }
        let sessions = self.sessions();
        let now = self.fleet.now();
        let is_waiting = sessions.iter().any(|session| is_queued(session, now));
        match request.options.wait {
            _ if taken(&sessions) < LIMITS.live_max as usize && !is_waiting => Expected::Started,
            Some(_) => Expected::Queued,
            None => Expected::LimitReached,
        }
    }

    /// Whether a key still leads to its session. It does not after a failed start or a day after the end.
    fn stands(&self, told: &Told) -> bool {
        match self.fleet.find_record(told.id).map(|record| record.session.state().clone()) {
            Some(State::Waiting { .. } | State::Starting { .. } | State::Live { .. }) => true,
            Some(State::Ended { reason: Reason::StartupFailed, .. }) | None => false,
            Some(State::Ended { at, .. }) => self.fleet.now() < Timestamp::from_millis(at.as_millis() + DAY),
        }
    }

    fn answer(&mut self, task: Task, answer: Answer) {
        let id = task.session;
        match (task.action, answer) {
            (Action::AcquireBrowser { epoch, .. }, Answer::Well) => {
                let browser = self.fleet.fresh_browser();
                self.running.insert(browser.clone());
                self.tell(id, Input::BrowserAcquired { epoch, browser });
            }
            (Action::AcquireBrowser { .. }, Answer::Never) => {
                // The browser runs, but its id is lost. Its keep-alive ends it.
                let browser = self.fleet.fresh_browser();
                self.running.insert(browser);
            }
            (Action::AcquireBrowser { epoch, .. }, Answer::Badly | Answer::NotYet) => {
                self.tell(id, Input::BrowserFailed { epoch, failure: failure("no") });
            }
            (Action::PrepareWindow { epoch, browser, .. }, Answer::Well) if self.running.contains(&browser) => {
                self.tell(id, Input::WindowReady { epoch, dimensions: WINDOW });
            }
            (Action::KeepAlive { browser }, Answer::Well) if self.running.contains(&browser) => {
                self.tell(id, Input::KeptAlive);
            }
            (Action::AskRelay, Answer::Well) => {
                let report = self.relay(id, None);
                self.tell(id, Input::ClientsSeen(report));
            }
            (Action::StartRecorder { run, .. }, Answer::Well) => self.report_of_recorder(id, run),
            (Action::PrepareWindow { .. }, Answer::Never)
            | (Action::StartRecorder { .. } | Action::KeepAlive { .. }, _)
            | (Action::AskRelay, Answer::Badly | Answer::NotYet | Answer::Never) => {}
            (Action::PrepareWindow { epoch, .. }, Answer::Well | Answer::Badly | Answer::NotYet) => {
                self.tell(id, Input::BrowserFailed { epoch, failure: failure("no window") });
            }
            (Action::CloseBrowser { browser }, Answer::Well) => {
                self.running.remove(&browser);
                self.tell(id, Input::BrowserClosed { browser });
            }
            (Action::CloseBrowser { browser }, Answer::Badly) => self.tell(id, Input::CloseFailed { browser }),
            (Action::CloseBrowser { browser }, Answer::NotYet) => self.tell(id, Input::CloseAcknowledged { browser }),
            (Action::CloseBrowser { browser }, Answer::Never) => {
                self.running.remove(&browser);
            }
        }
    }

    /// The next report of a session's relay, with this many clients or unchanged.
    fn relay(&mut self, id: SessionId, clients: Option<u32>) -> PresenceReport {
        let now = self.fleet.now();
        let relay = self.relays.entry(id).or_insert(PresenceReport {
            sequence: ReportSequence { relay: now, number: 0 },
            clients: 0,
            active_at: Timestamp::from_millis(0),
        });
        relay.sequence.number += 1;
        if let Some(clients) = clients {
            (relay.clients, relay.active_at) = (clients, now);
        }
        *relay
    }

    fn browser_of(&self, id: SessionId) -> Option<BrowserId> {
        self.fleet.session(id).browser().cloned()
    }

    /// Hands the fleet an input and begins its tasks.
    fn tell(&mut self, id: SessionId, input: Input) {
        if !matches!(input, Input::Release | Input::Change(_)) {
            self.facts.push((id, input.clone()));
        }
        let acquired = match &input {
            Input::BrowserAcquired { browser, .. } => Some(browser.clone()),
            _ => None,
        };
        let is_change = matches!(input, Input::Change(_));
        match self.fleet.offer(id, input) {
            Ok(turn) => {
                self.known.extend(acquired);
                self.begin(turn.tasks);
            }
            Err(FleetError::NotFound) => {
                // Its row was purged. The host closes the browser in that case.
                acquired.map(|browser| self.running.remove(&browser));
            }
            Err(FleetError::Session(_)) => assert!(is_change, "only a caller's request can be refused"),
            Err(FleetError::Store(error)) => panic!("{error}"),
        }
    }

    fn report_of_latest_recorder(&mut self, pick: u8, is_first: bool) {
        let Some(id) = self.pick(pick) else { return };
        if let Some(recording) = self.fleet.session(id).recording() {
            self.report_of_recorder(id, if is_first { 1 } else { recording.run() });
        }
    }

    /// A recorder reports everything. After the session's end it is the final report.
    fn report_of_recorder(&mut self, id: SessionId, run: u32) {
        let events = u64::try_from(self.fleet.now().as_millis() - START.as_millis()).unwrap_or(0);
        let is_over = self.fleet.session(id).status().is_ended();
        self.tell(id, Input::RecorderSeen(RecorderReport { run, events, has_gaps: run > 1, is_over }));
    }

    fn begin(&mut self, tasks: Vec<Task>) {
        for task in &tasks {
            match &task.action {
                Action::AcquireBrowser { .. } => {
                    self.leaves_the_queue(task.session);
                    let asked = self.asked.entry(task.session).or_default();
                    *asked += 1;
                    assert_eq!(*asked, 1, "one session, one browser");
                }
                Action::CloseBrowser { browser } => {
                    let owners = self.sessions();
                    let live = owners.iter().find(|session| session.browser() == Some(browser));
                    assert_eq!(live, None, "a live session's browser is never closed");
                }
                Action::AskRelay => {
                    let asked_for = self.fleet.session(task.session);
                    assert_eq!(asked_for.connected(), Some(true), "only whoever is connected is asked for");
                }
                Action::StartRecorder { run, browser, .. } => {
                    let session = self.fleet.session(task.session);
                    let recording = session.recording().expect("only what is to be recorded has a recorder");
                    assert_eq!(recording.run(), *run, "the recorder that is started is the latest");
                    let is_its = match session.state() {
                        State::Starting { browser: its, .. } => its.as_ref() == Some(browser),
                        State::Live { browser: its, .. } => its == browser,
                        State::Waiting { .. } | State::Ended { .. } => false,
                    };
                    assert!(is_its, "no recorder without a session and its browser");
                }
                Action::PrepareWindow { .. } | Action::KeepAlive { .. } => {}
            }
        }
        self.tasks.extend(tasks);
    }

    /// Checks that no earlier session still waits.
    fn leaves_the_queue(&mut self, id: SessionId) {
        let Some(place) = self.line.iter().position(|waiting| *waiting == id) else { return };
        let now = self.fleet.now();
        for earlier in &self.line[..place] {
            let found = self.fleet.find_record(*earlier).map(|record| record.session);
            assert!(!found.is_some_and(|session| is_queued(&session, now)), "{earlier} came before {id}");
        }
        self.line.remove(place);
    }

    fn release_all(&mut self, owner: Option<u8>, dry_run: bool) {
        let owner = owner.map(|owner| OWNERS[usize::from(owner)]);
        let before = dump(self.fleet.fleet.store());
        let matching: BTreeSet<SessionId> = self
            .sessions()
            .into_iter()
            .filter(|session| !session.status().is_ended() && owner.is_none_or(|o| session.owner() == Some(o)))
            .map(|session| session.id())
            .collect();
        let filter = owner.map(|owner| format!("&owner={owner}")).unwrap_or_default();
        let released = self.fleet.release_all(&format!("dryRun={dry_run}{filter}"));
        assert_eq!(released.sessions.iter().copied().collect::<BTreeSet<_>>(), matching);
        if dry_run {
            assert_eq!(dump(self.fleet.fleet.store()), before);
        } else {
            assert!(matching.iter().all(|id| self.fleet.session(*id).status().is_ended()));
        }
        self.begin(released.tasks);
    }

    fn check(&mut self) {
        let Some(listed) = self.listed.take() else { return };
        self.fleet.fleet.begin_check(self.fleet.now()).unwrap();
        for (id, browser) in self.fleet.fleet.suspects(&listed).unwrap() {
            assert!(!listed.browsers.contains(&browser));
            assert_eq!(self.fleet.session(id).browser(), Some(&browser));
            // A suspect is lost only if the provider confirms it.
            if !self.running.contains(&browser) {
                let was_closed = self.fleet.session(id).is_closed_by_client();
                let how = how_it_went(&browser);
                self.tell(id, Input::BrowserGone { browser, how });
                let closed = reason(&self.fleet.session(id)) == Some(Reason::BrowserClosed);
                assert_eq!(closed, was_closed || how == BrowserExit::Closed);
            }
        }
        self.fleet.fleet.end_check(listed.asked_at).unwrap();
    }

    fn alarm(&mut self) {
        loop {
            let due = self.fleet.ring();
            self.begin(due.tasks);
            if due.is_over {
                break;
            }
        }
        let now = self.fleet.now();
        for session in self.sessions() {
            let limit = match session.state() {
                State::Waiting { .. } => session.wait_until().unwrap(),
                State::Starting { since, .. } => since.plus(STARTUP_LIMIT),
                State::Live { .. } => session.expires_at(),
                State::Ended { .. } => continue,
            };
            assert!(limit > now, "a session ends by its deadline: {session:?}");
        }
    }

    fn purge(&mut self) {
        let now = self.fleet.now();
        // A backward clock step does not restore removed rows.
        let expired: Vec<String> =
            self.keys.iter().filter(|(_, told)| !self.stands(told)).map(|(k, _)| k.clone()).collect();
        self.fleet.purge();
        for key in expired {
            self.keys.remove(&key);
        }
        for session in self.sessions() {
            if let State::Ended { at, .. } = session.state() {
                assert!(at.plus(LIMITS.retention) > now || !session.closing().is_empty(), "what is over is removed");
            }
        }
    }

    /// Checks the invariants between two steps.
    fn hold(&mut self) {
        let sessions = self.sessions();
        // 1. A running browser with a known id is owned or being closed.
        let held: BTreeSet<&BrowserId> = sessions.iter().flat_map(held).collect();
        for browser in self.known.intersection(&self.running) {
            assert!(held.contains(browser), "{browser:?} runs, and nobody knows");
        }
        // 2. Ended is final and has exactly one reason. An ended session accepts no connect.
        for session in sessions.iter().filter(|session| session.status().is_ended()) {
            let end = self.ends.entry(session.id()).or_insert_with(|| session.state().clone());
            assert_eq!(session.state(), end);
            assert_eq!(session.browser(), None);
            assert_ne!(session.connected(), Some(true));
            let has_watched = matches!(reason(session), Some(Reason::ClientDisconnected | Reason::InactivityTimeout));
            let may_be_left = session.watch().is_some() || session.is_anonymous();
            assert!(may_be_left || !has_watched, "nobody could see that it was left: {session:?}");
        }
        for id in self.ends.keys() {
            let found = sessions.iter().find(|session| session.id() == *id);
            assert!(found.is_none_or(|session| session.status().is_ended()), "{id} has come back");
        }
        for session in &sessions {
            let status = session.recording().and_then(Recording::status);
            let is_over = matches!(status, Some(RecordingStatus::Complete | RecordingStatus::Incomplete));
            assert!(!is_over || session.status().is_ended(), "a recording is over before its session: {session:?}");
        }
        // 3. The limit is never exceeded.
        assert!(taken(&sessions) <= LIMITS.live_max as usize);
        if taken(&sessions) < LIMITS.live_max as usize {
            let waiting = sessions.iter().find(|session| is_queued(session, self.fleet.now()));
            assert_eq!(waiting, None, "somebody waits for a slot that is free");
        }
        // 7. Without a deadline, nothing is left to do.
        if self.fleet.fleet.next_deadline().unwrap().is_none() {
            assert!(sessions.is_empty(), "rows that nobody will remove");
        }
    }

    /// Stops all faults and requests. Checks that every session ends, every browser is closed and every row is removed.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 300, "it never ends: {:?}", self.sessions());
            while let Some(task) = self.tasks.pop() {
                self.answer(task, Answer::Well);
            }
            self.hold();
            let Some(due) = self.fleet.fleet.next_deadline().unwrap() else { break };
            let now = self.fleet.now();
            self.fleet.wait_until(due.max(now));
            self.run(&Op::Alarm);
            if self.fleet.fleet.next_check().unwrap().is_some_and(|due| due <= self.fleet.now()) {
                self.run(&Op::List);
                self.run(&Op::Check);
            }
            self.run(&Op::Purge);
        }
        let leaked: Vec<_> = self.known.intersection(&self.running).collect();
        assert!(leaked.is_empty(), "these run for ever: {leaked:?}");
        for table in ["sessions", "labels", "counts", "idempotency", "events"] {
            let rows = self.fleet.fleet.store().query(&format!("SELECT * FROM {table}"), &[]).unwrap();
            assert!(rows.is_empty(), "{table} is left with {rows:?}");
        }
    }

    fn sessions(&self) -> Vec<Session> {
        records(self.fleet.fleet.store()).into_iter().map(|record: Record| record.session).collect()
    }

    fn pick(&self, pick: u8) -> Option<SessionId> {
        let sessions = self.sessions();
        picked(pick, sessions.len()).map(|index| sessions[index].id())
    }
}

#[derive(Debug)]
enum Expected {
    Started,
    Queued,
    Existing(SessionId),
    Mismatch(&'static str),
    LimitReached,
}

fn reason(session: &Session) -> Option<Reason> {
    match session.state() {
        State::Ended { reason, .. } => Some(*reason),
        State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
    }
}

/// The provider's exit reason of a dead browser. It is the same for every query.
fn how_it_went(browser: &BrowserId) -> BrowserExit {
    match browser.as_str().bytes().last() {
        Some(b'0' | b'1') => BrowserExit::Closed,
        Some(b'2' | b'3') => BrowserExit::Crashed,
        Some(b'4' | b'5') => BrowserExit::Evicted,
        _ => BrowserExit::Unknown,
    }
}

/// Whether a session waits for a slot. An expired wait is ended by its own deadline.
fn is_queued(session: &Session, now: Timestamp) -> bool {
    session.status() == Status::Waiting && session.wait_until().is_some_and(|until| until > now)
}

/// The number of taken slots.
fn taken(sessions: &[Session]) -> usize {
    sessions.iter().filter(|session| matches!(session.status(), Status::Starting | Status::Live)).count()
}

fn picked(pick: u8, among: usize) -> Option<usize> {
    usize::from(pick).checked_rem(among)
}

fn held(session: &Session) -> Vec<&BrowserId> {
    let own = match session.state() {
        State::Starting { browser, .. } => browser.as_ref(),
        State::Live { browser, .. } => Some(browser),
        State::Waiting { .. } | State::Ended { .. } => None,
    };
    own.into_iter().chain(session.closing().iter().map(|closing| &closing.browser)).collect()
}

fn run(ops: &[Op]) {
    let mut world = World::new();
    for op in ops {
        world.run(op);
    }
    world.settle();
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_run_ends_without_a_leak(ops in proptest::collection::vec(an_op(), 1..60)) {
        run(&ops);
    }
}

/// Runs that failed once, written by hand. They are shorter than a seed's run and do not depend on `an_op`.
mod regressions {
    use super::*;

    #[test]
    fn a_slot_that_frees_when_a_wait_expires_goes_to_the_next_create() {
        let create = |body| Op::Create { body, key: None, own_id: None };
        for pick in 0..5 {
            let full = [create(0), create(0), create(0), create(0), create(5)];
            run(&[&full[..], &[Op::Wait { millis: 20_000 }, Op::Release { pick }, create(0)]].concat());
        }
    }

    #[test]
    fn a_key_that_finds_an_ended_session_by_its_id_is_removed_at_last() {
        let create = |key| Op::Create { body: 0, key, own_id: Some(0) };
        run(&[create(None), Op::Release { pick: 0 }, create(Some(0))]);
        run(&[create(Some(0)), Op::Answer { pick: 0, answer: Answer::Badly }, create(Some(0))]);
    }
}

#[test]
fn the_generated_runs_have_live_sessions() {
    let mut world = World::new();
    world.run(&Op::Create { body: 1, key: Some(0), own_id: None });
    for _ in 0..2 {
        world.run(&Op::Answer { pick: 0, answer: Answer::Well });
    }
    let sessions = world.sessions();
    assert_eq!(sessions.len(), 1);
    assert_eq!((sessions[0].status(), sessions[0].created_at()), (Status::Live, START));
    assert_eq!((world.running.len(), world.known.len()), (1, 1));
    world.settle();
    assert!(world.running.is_empty());
    let body: Value = json!({});
    assert_eq!(request(&body, None).options.timeout, Millis::new(300_000));
}

#[test]
fn the_generated_runs_have_relays() {
    let mut world = World::new();
    world.run(&Op::Create { body: 5, key: None, own_id: None });
    for _ in 0..2 {
        world.run(&Op::Answer { pick: 0, answer: Answer::Well });
    }
    world.run(&Op::Connect { pick: 0, clients: 1, is_lost: false });
    assert_eq!(world.sessions()[0].connected(), Some(true));
    world.run(&Op::Wait { millis: 5_000 });
    world.run(&Op::Alarm);
    assert!(matches!(world.tasks[..], [Task { action: Action::AskRelay, .. }]));
    world.run(&Op::Answer { pick: 0, answer: Answer::Well });
    assert_eq!(reason(&world.sessions()[0]), Some(Reason::InactivityTimeout));

    world.run(&Op::Create { body: 4, key: None, own_id: None });
    for _ in 0..2 {
        world.run(&Op::Answer { pick: 1, answer: Answer::Well });
    }
    let id = world.sessions().iter().find(|session| session.status() == Status::Live).unwrap().id();
    for clients in [1, 0] {
        let report = world.relay(id, Some(clients));
        world.tell(id, Input::ClientsSeen(report));
    }
    world.run(&Op::Wait { millis: 1_000 });
    world.run(&Op::Alarm);
    assert_eq!(reason(&world.fleet.session(id)), Some(Reason::ClientDisconnected));
    world.settle();
}
