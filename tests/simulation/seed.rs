//! From a seed to the plan of its run.

use serde_json::{Value, json};
use tidewatch::fleet::FleetLimits;
use tidewatch::session::Millis;

use super::dice::Dice;
use super::fault::{Fault, Rates};
use super::plan::{Account, Act, Client, Incident, Mishap, Parting, Plan, Subscription};

/// Clients of a run. A few get no session, others get one more after a failed start.
const CLIENTS: usize = 120;
/// A whole look costs as much as some hundred steps.
const AUDIT_EVERY: u64 = 2_500;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const OWNERS: [&str; 3] = ["ada", "bob", "cyd"];
/// Ids that clients choose themselves.
const OWN_IDS: [&str; 3] = [
    "0192f0c1-7b3c-7000-8000-00000000000a",
    "0192f0c1-7b3c-7000-8000-00000000000b",
    "0192f0c1-7b3c-7000-8000-00000000000c",
];

/// The streams of chance that a plan is drawn from.
enum Stream {
    World = 1,
    Incidents = 2,
    Rates = 3,
    Clients = 4,
    /// What came later: the other streams give what they gave before.
    Beside = 5,
}

/// What the seed of a run decides beside its parts.
struct Shape {
    /// Clients come within this time.
    window: u64,
    /// Sessions may live for many minutes: rare, because each check of such a one costs a step.
    is_long: bool,
    projects: usize,
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, Stream::World as u64);
        let shape = Shape {
            window: dice.between(10..=60) * SECOND,
            is_long: dice.falls(60),
            projects: dice.pick(&[1, 1, 2, 2, 3]),
        };
        let heals_at = shape.window + dice.between(5..=60) * SECOND;
        let projects: Vec<FleetLimits> = (0..shape.projects).map(|_| limits(&mut dice)).collect();
        let account = account(&mut dice, heals_at);
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
        plan.add_beside(&shape);
        plan
    }

    /// What is drawn from a stream of its own: an emulated provider, subscribers, viewers, and runs in which nothing goes
    /// wrong, so that nothing may be late.
    fn add_beside(&mut self, shape: &Shape) {
        let mut dice = Dice::of(self.seed, Stream::Beside as u64);
        self.account.is_emulated = dice.falls(60);
        let subscribers = dice.pick(&[0, 0, 0, 1, 3]);
        self.subscriptions = (0..subscribers)
            .map(|_| Subscription { project: dice.index(shape.projects), arrives: dice.below(shape.window) })
            .collect();
        for client in &mut self.clients {
            client.is_viewed = dice.falls(60);
        }
        if dice.falls(80) {
            self.rates = Rates::default();
            self.incidents.clear();
        }
    }
}

fn limits(dice: &mut Dice) -> FleetLimits {
    // RETENTION_DAYS is a whole number, and may be zero.
    let retention = dice.pick(&[0, 24 * HOUR, 48 * HOUR, 7 * 24 * HOUR]);
    FleetLimits { live_max: dice.pick(&[4, 8, 15, 30, 60]), retention: Millis::new(retention) }
}

fn account(dice: &mut Dice, heals_at: u64) -> Account {
    let is_ours_alone = dice.falls(500);
    let foreign = if is_ours_alone { 0 } else { dice.below(3) };
    let mut stay = |_| {
        let begins = dice.below(heals_at);
        (begins, begins + dice.between(10..=300) * SECOND)
    };
    Account {
        is_ours_alone,
        is_emulated: false,
        foreign: (0..foreign).map(&mut stay).collect(),
        browsers_max: dice.pick(&[3, 10, 120, 120, 120, 120, 120, 120]),
        start_every: dice.pick(&[0, 0, 0, 0, 0, 0, 100, 1_000]),
    }
}

/// Half of the kinds are absent from a run, so that rare ones are not drowned by the others.
fn rates(seed: u64) -> Rates {
    let mut dice = Dice::of(seed, Stream::Rates as u64);
    let mut rates = Rates::default();
    for fault in Fault::ALL {
        let usual: &[u16] = match fault {
            // It costs a journal.
            Fault::StoreFails => &[0, 0, 0, 0, 0, 0, 0, 0, 0, 10],
            Fault::CallLost | Fault::AnswerLost => &[0, 0, 5, 20, 50],
            Fault::AcquireLimited => &[0, 0, 0, 0, 10, 60],
            _ => &[0, 0, 0, 20, 60, 200],
        };
        rates.set(*fault, dice.pick(usual));
    }
    rates
}

fn incidents(seed: u64, shape: &Shape, heals_at: u64) -> Vec<Incident> {
    let mut dice = Dice::of(seed, Stream::Incidents as u64);
    let many = dice.pick(&[0, 1, 2, 4, 8]);
    let mut incidents: Vec<Incident> = (0..many)
        .map(|_| Incident {
            at: dice.below(heals_at),
            steps_later: u32::try_from(dice.below(40)).unwrap_or(0),
            what: mishap(&mut dice, shape),
        })
        .collect();
    incidents.sort_by_key(|incident| incident.at);
    incidents
}

fn mishap(dice: &mut Dice, shape: &Shape) -> Mishap {
    match dice.below(10) {
        0..=2 => Mishap::ServiceDies { down: dice.pick(&[0, 50, 2 * SECOND, 30 * SECOND]) },
        3..=5 => Mishap::FleetDies { project: dice.index(shape.projects) },
        6 => Mishap::DirectoryDies,
        7 => Mishap::RelaysDie,
        8 if dice.falls(500) => Mishap::ClockSteps { by: dice.pick(&[-60_000, -1_500, -7, 800, 20_000]) },
        8 => Mishap::BrowsersAreEvicted { per_mille: dice.pick(&[200, 500, 1000]) },
        _ => Mishap::ProviderIsDown { down: dice.pick(&[500, 5 * SECOND, 45 * SECOND]) },
    }
}

fn client(seed: u64, number: usize, shape: &Shape) -> Client {
    let mut dice = Dice::of(seed, Stream::Clients as u64 + 16 * number as u64);
    let mut body = body(&mut dice, shape);
    let key = match dice.below(10) {
        0..=3 => None,
        4..=7 => Some(format!("key-{number}")),
        // Shared with others, who mean the same by it, or not.
        _ => {
            let shared = dice.below(4);
            if dice.falls(900) {
                body = json!({ "timeout": (4 + shared) * SECOND, "owner": "ada" });
            }
            Some(format!("shared-{shared}"))
        }
    };
    if dice.falls(50) {
        let own = dice.index(OWN_IDS.len());
        if dice.falls(800) {
            body = json!({ "timeout": (5 + own as u64) * SECOND });
        }
        body["sessionId"] = json!(OWN_IDS[own]);
    }
    let timeout = body["timeout"].as_u64().unwrap_or(MINUTE);
    Client {
        number,
        project: dice.index(shape.projects),
        arrives: dice.below(shape.window),
        body,
        key,
        is_viewed: false,
        tries: dice.pick(&[1, 2, 4]),
        patience: dice.falls(100).then(|| dice.between(50..=8_000)),
        acts: acts(&mut dice, timeout),
    }
}

fn body(dice: &mut Dice, shape: &Shape) -> Value {
    let timeout = match dice.below(100) {
        0 | 1 if shape.is_long => dice.between(10..=30) * MINUTE,
        0..=9 => dice.between(20..=60) * SECOND,
        10..=29 => SECOND,
        _ => dice.between(1_000..=15_000),
    };
    let mut body = json!({ "timeout": timeout });
    if dice.falls(300) {
        body["owner"] = json!(dice.pick(&OWNERS));
    }
    if dice.falls(300) {
        body["wait"] = json!(dice.pick(&[1, 2_000, 10_000, 60_000]));
    }
    if dice.falls(150) {
        body["metadata"] = json!({ "run": dice.below(3).to_string() });
    }
    if dice.falls(100) {
        body["dimensions"] = json!({ "width": 800, "height": 600 });
    }
    if dice.falls(120) {
        body["inactivityTimeout"] = json!(dice.between(1_000..=8_000));
    }
    if dice.falls(120) {
        body["onDisconnect"] = json!("release");
        body["disconnectGrace"] = json!(dice.pick(&[1, 1_000, 5_000]));
    }
    body
}

/// What a client does with a session that may live for so long.
fn acts(dice: &mut Dice, timeout: u64) -> Vec<Act> {
    let parting = if dice.falls(120) { Parting::CloseBrowser } else { Parting::Leave };
    let hold = dice.between(100..=6_000);
    match dice.below(20) {
        0..=8 => vec![Act::Connect { hold, parting }, Act::Release],
        9 | 10 => vec![Act::Connect { hold, parting }],
        11 | 12 => vec![Act::Wait(dice.below(4_000)), Act::Release],
        13 => vec![],
        // To the millisecond, as far as the way there allows.
        14 => vec![Act::Wait(timeout.saturating_sub(dice.below(40))), Act::Release, Act::Look],
        15 => {
            let change = Act::Change { timeout: timeout + dice.between(1..=9_000) };
            vec![Act::Wait(timeout.saturating_sub(dice.below(40))), change, Act::Look]
        }
        16 => {
            let beside = Act::ConnectBeside { hold: dice.between(100..=9_000), parting: Parting::Leave };
            vec![beside, Act::Wait(dice.below(1_000)), Act::Connect { hold, parting }, Act::Look, Act::Release]
        }
        17 => vec![Act::List, Act::ReleaseAll { of_owner: !dice.falls(100), dry_run: dice.falls(300) }],
        _ => (0..dice.between(2..=6)).map(|_| any_act(dice)).collect(),
    }
}

fn any_act(dice: &mut Dice) -> Act {
    let hold = dice.between(1..=5_000);
    match dice.below(8) {
        0 => Act::Wait(dice.below(20_000)),
        1 | 2 => Act::Look,
        3 => Act::Change { timeout: dice.between(1_000..=20_000) },
        4 => Act::ConnectBeside { hold, parting: Parting::Leave },
        5 => Act::Connect { hold, parting: Parting::CloseBrowser },
        6 => Act::Connect { hold, parting: Parting::Leave },
        _ => Act::Release,
    }
}
