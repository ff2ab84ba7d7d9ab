//! What must hold in every run, by name (docs/ARCHITECTURE.md: "What must hold in every run").

/// An invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// 1. A browser with a known id is owned by its session or being closed, until the provider says that it is gone.
    Closed,
    /// 2. A session ends by its deadline. Ended is final and has exactly one reason.
    Ends,
    /// 3. The number of sessions that are starting or live never exceeds the limit.
    Limit,
    /// 3. The queue admits sessions in order, as soon as possible, and no create overtakes it.
    Order,
    /// 4. One idempotency key, one session, one browser.
    One,
    /// 5. No connect is authorized once an end is stored.
    Authorized,
    /// 6. Every answer agrees with what is stored.
    Told,
    /// 7. The next deadline is the earliest of all. There is none only if nothing is left to do.
    Deadline,
    /// A session is lost only if its browser is gone. Without faults, that takes at most 10 s.
    Lost,
    /// A browser that a session owns or may own is never closed as unclaimed.
    Unclaimed,
    /// A recorder stops soon after its session ends, and what it reports as recorded is stored.
    Recorded,
    /// Each subscriber gets each event once, in order.
    Events,
    /// At the end of a run, every session has ended, every browser is closed, and every row is removed.
    Settled,
    /// The tables agree with one another, and only turns change them.
    Tables,
    /// Nothing panics.
    Panic,
}

impl Invariant {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Closed,
        Self::Ends,
        Self::Limit,
        Self::Order,
        Self::One,
        Self::Authorized,
        Self::Told,
        Self::Deadline,
        Self::Lost,
        Self::Unclaimed,
        Self::Recorded,
        Self::Events,
        Self::Settled,
        Self::Tables,
        Self::Panic,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Ends => "ends",
            Self::Limit => "limit",
            Self::Order => "order",
            Self::One => "one",
            Self::Authorized => "authorized",
            Self::Told => "told",
            Self::Deadline => "deadline",
            Self::Lost => "lost",
            Self::Unclaimed => "unclaimed",
            Self::Recorded => "recorded",
            Self::Events => "events",
            Self::Settled => "settled",
            Self::Tables => "tables",
            Self::Panic => "panic",
        }
    }
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The invariant.
    pub invariant: Invariant,
    /// What was seen instead.
    pub what: String,
    /// When, in milliseconds since the run began.
    pub elapsed: u64,
}
