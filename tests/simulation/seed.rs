//! Makes the plan of a run from its seed.

use serde_json::{Value, json};
use tidewatch::fleet::FleetLimits;
use tidewatch::session::Millis;

use super::fault::{Fault, Rates};
use super::plan::{Account, Act, Client, Incident, Mishap, Parting, Plan, Subscription};
use super::prng::Prng;

/// Clients of a run. Some get no session; others get a second one after a failed start.
const CLIENTS: usize = 120;
/// Steps between two audits. An audit costs as much as some hundred steps.
const AUDIT_EVERY: u64 = 2_500;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const OWNERS: [&str; 3] = ["ada", "bob", "cyd"];
/// Session ids that clients choose themselves.
const OWN_IDS: [&str; 3] = [
    "0192f0c1-7b3c-7000-8000-00000000000a",
    "0192f0c1-7b3c-7000-8000-00000000000b",
    "0192f0c1-7b3c-7000-8000-00000000000c",
];

/// The plan's streams of random numbers.
enum Stream {
    World = 1,
    Incidents = 2,
    Rates = 3,
    Clients = 4,
    /// Later additions. Their own stream leaves the plans of older seeds as they were.
    Additions = 5,
}

/// The parameters that the parts of a plan share.
struct Shape {
    /// Clients arrive within this time, in milliseconds.
    window: u64,
    /// Whether sessions may live for many minutes. Rare, because each of their periodic checks costs a step.
    is_long: bool,
    projects: usize,
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut prng = Prng::new(seed, Stream::World as u64);
        let shape = Shape {
            window: prng.between(10..=60) * SECOND,
            is_long: prng.chance(60),
            projects: prng.pick(&[1, 1, 2, 2, 3]),
        };
        let heals_at = shape.window + prng.between(5..=60) * SECOND;
        let projects: Vec<FleetLimits> = (0..shape.projects).map(|_| limits(&mut prng)).collect();
        let account = account(&mut prng, heals_at);
        let mut plan = Self {
            seed,
            projects,
            account,
            clients: (0..CLIENTS).map(|number| client(seed, number, &shape)).collect(),
            subscriptions: Vec::new(),
            incidents: incidents(seed, &shape, heals_at),
            rates: rates(seed),
            heals_at,
            audit_every: AUDIT_EVERY,
        };
        plan.apply_additions(&shape);
        plan
    }

    /// Adds an emulated provider, subscribers and viewers. Removes all faults from some runs, so that nothing may be
    /// late in those.
    fn apply_additions(&mut self, shape: &Shape) {
        let mut prng = Prng::new(self.seed, Stream::Additions as u64);
        self.account.is_emulated = prng.chance(60);
        let subscribers = prng.pick(&[0, 0, 0, 1, 3]);
        self.subscriptions = (0..subscribers)
            .map(|_| Subscription { project: prng.index(shape.projects), arrives: prng.below(shape.window) })
            .collect();
        for client in &mut self.clients {
            client.is_viewed = prng.chance(60);
        }
        if prng.chance(80) {
            self.rates = Rates::default();
            self.incidents.clear();
        }
    }
}

fn limits(prng: &mut Prng) -> FleetLimits {
    // RETENTION_DAYS is a whole number and may be zero.
    let retention = prng.pick(&[0, 24 * HOUR, 48 * HOUR, 7 * 24 * HOUR]);
    FleetLimits { live_max: prng.pick(&[4, 8, 15, 30, 60]), retention: Millis::new(retention) }
}

fn account(prng: &mut Prng, heals_at: u64) -> Account {
    let is_exclusive = prng.chance(500);
    let foreign = if is_exclusive { 0 } else { prng.below(3) };
    let mut stay = |_| {
        let begins = prng.below(heals_at);
        (begins, begins + prng.between(10..=300) * SECOND)
    };
    Account {
        is_exclusive,
        is_emulated: false,
        foreign: (0..foreign).map(&mut stay).collect(),
        browsers_max: prng.pick(&[3, 10, 120, 120, 120, 120, 120, 120]),
        start_every: prng.pick(&[0, 0, 0, 0, 0, 0, 100, 1_000]),
    }
}

/// Half of the kinds are absent from a run. Otherwise frequent kinds would hide rare ones.
fn rates(seed: u64) -> Rates {
    let mut prng = Prng::new(seed, Stream::Rates as u64);
    let mut rates = Rates::default();
    for fault in Fault::ALL {
        let usual: &[u16] = match fault {
            // It needs a journal, which costs time.
            Fault::StoreFails => &[0, 0, 0, 0, 0, 0, 0, 0, 0, 10],
            Fault::CallLost | Fault::AnswerLost => &[0, 0, 5, 20, 50],
            Fault::AcquireLimited => &[0, 0, 0, 0, 10, 60],
            _ => &[0, 0, 0, 20, 60, 200],
        };
        rates.set(*fault, prng.pick(usual));
    }
    rates
}

fn incidents(seed: u64, shape: &Shape, heals_at: u64) -> Vec<Incident> {
    let mut prng = Prng::new(seed, Stream::Incidents as u64);
    let many = prng.pick(&[0, 1, 2, 4, 8]);
    let mut incidents: Vec<Incident> = (0..many)
        .map(|_| Incident {
            at: prng.below(heals_at),
            steps_later: u32::try_from(prng.below(40)).unwrap_or(0),
            what: mishap(&mut prng, shape),
        })
        .collect();
    incidents.sort_by_key(|incident| incident.at);
    incidents
}

fn mishap(prng: &mut Prng, shape: &Shape) -> Mishap {
    match prng.below(10) {
        0..=2 => Mishap::ServiceDies { down: prng.pick(&[0, 50, 2 * SECOND, 30 * SECOND]) },
        3..=5 => Mishap::FleetDies { project: prng.index(shape.projects) },
        6 => Mishap::DirectoryDies,
        7 => Mishap::RelaysDie,
        8 if prng.chance(500) => Mishap::ClockSteps { by: prng.pick(&[-60_000, -1_500, -7, 800, 20_000]) },
        8 => Mishap::BrowsersAreEvicted { per_mille: prng.pick(&[200, 500, 1000]) },
        _ => Mishap::ProviderIsDown { down: prng.pick(&[500, 5 * SECOND, 45 * SECOND]) },
    }
}

fn client(seed: u64, number: usize, shape: &Shape) -> Client {
    let mut prng = Prng::new(seed, Stream::Clients as u64 + 16 * number as u64);
    let mut body = body(&mut prng, shape);
    let key = match prng.below(10) {
        0..=3 => None,
        4..=7 => Some(format!("key-{number}")),
        // Shared with other clients. Most send the same body, some another.
        _ => {
            let shared = prng.below(4);
            if prng.chance(900) {
                body = json!({ "timeout": (4 + shared) * SECOND, "owner": "ada" });
            }
            Some(format!("shared-{shared}"))
        }
    };
    if prng.chance(50) {
        let own = prng.index(OWN_IDS.len());
        if prng.chance(800) {
            body = json!({ "timeout": (5 + own as u64) * SECOND });
        }
        body["sessionId"] = json!(OWN_IDS[own]);
    }
    let timeout = body["timeout"].as_u64().unwrap_or(MINUTE);
    Client {
        number,
        project: prng.index(shape.projects),
        arrives: prng.below(shape.window),
        body,
        key,
        is_viewed: false,
        tries: prng.pick(&[1, 2, 4]),
        patience: prng.chance(100).then(|| prng.between(50..=8_000)),
        acts: acts(&mut prng, timeout),
    }
}

fn body(prng: &mut Prng, shape: &Shape) -> Value {
    let timeout = match prng.below(100) {
        0 | 1 if shape.is_long => prng.between(10..=30) * MINUTE,
        0..=9 => prng.between(20..=60) * SECOND,
        10..=29 => SECOND,
        _ => prng.between(1_000..=15_000),
    };
    let mut body = json!({ "timeout": timeout });
    if prng.chance(300) {
        body["owner"] = json!(prng.pick(&OWNERS));
    }
    if prng.chance(300) {
        body["wait"] = json!(prng.pick(&[1, 2_000, 10_000, 60_000]));
    }
    if prng.chance(150) {
        body["metadata"] = json!({ "run": prng.below(3).to_string() });
    }
    if prng.chance(100) {
        body["dimensions"] = json!({ "width": 800, "height": 600 });
    }
    if prng.chance(120) {
        body["inactivityTimeout"] = json!(prng.between(1_000..=8_000));
    }
    if prng.chance(120) {
        body["onDisconnect"] = json!("release");
        body["disconnectGrace"] = json!(prng.pick(&[1, 1_000, 5_000]));
    }
    body
}

/// A client's actions on a session with this timeout.
fn acts(prng: &mut Prng, timeout: u64) -> Vec<Act> {
    let parting = if prng.chance(120) { Parting::CloseBrowser } else { Parting::Leave };
    let hold = prng.between(100..=6_000);
    match prng.below(20) {
        0..=8 => vec![Act::Connect { hold, parting }, Act::Release],
        9 | 10 => vec![Act::Connect { hold, parting }],
        11 | 12 => vec![Act::Wait(prng.below(4_000)), Act::Release],
        13 => vec![],
        // These arrive close to the deadline: the call's latency decides on which side.
        14 => vec![Act::Wait(timeout.saturating_sub(prng.below(40))), Act::Release, Act::Look],
        15 => {
            let change = Act::Change { timeout: timeout + prng.between(1..=9_000) };
            vec![Act::Wait(timeout.saturating_sub(prng.below(40))), change, Act::Look]
        }
        16 => {
            let background = Act::ConnectInBackground { hold: prng.between(100..=9_000), parting: Parting::Leave };
            vec![background, Act::Wait(prng.below(1_000)), Act::Connect { hold, parting }, Act::Look, Act::Release]
        }
        17 => vec![Act::List, Act::ReleaseAll { of_owner: !prng.chance(100), dry_run: prng.chance(300) }],
        _ => (0..prng.between(2..=6)).map(|_| any_act(prng)).collect(),
    }
}

fn any_act(prng: &mut Prng) -> Act {
    let hold = prng.between(1..=5_000);
    match prng.below(8) {
        0 => Act::Wait(prng.below(20_000)),
        1 | 2 => Act::Look,
        3 => Act::Change { timeout: prng.between(1_000..=20_000) },
        4 => Act::ConnectInBackground { hold, parting: Parting::Leave },
        5 => Act::Connect { hold, parting: Parting::CloseBrowser },
        6 => Act::Connect { hold, parting: Parting::Leave },
        _ => Act::Release,
    }
}
