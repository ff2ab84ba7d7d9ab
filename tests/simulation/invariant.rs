//! What must hold in every run, by name (docs/ARCHITECTURE.md: "What must hold in every run").

/// Something that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// 1. A browser whose id reached us is owned by its session, or to be closed, until the provider says it is gone.
    Closed,
    /// 2. A session ends by its deadline; ended is final, with exactly one reason.
    Ends,
    /// 3. Never more than the limit are starting or live.
    Limit,
    /// 3. Whoever waits is served in order, as soon as that is possible; nobody passes by.
    Order,
    /// 4. One idempotency key, one session, one browser.
    One,
    /// 5. From the moment when an end is written no connect is authorized.
    Authorized,
    /// 6. What a client is told has been stored.
    Told,
    /// 7. The next deadline is the earliest of all, and there is none only if nothing is left to do.
    Deadline,
    /// A session is lost only if its browser is gone, and in a world without faults within 10 s of that.
    Lost,
    /// A browser that somebody owns, or may own, is never closed as unclaimed.
    Unclaimed,
    /// A recorder is there not much longer than its session, and what is said to be recorded is stored.
    Recorded,
    /// Each subscriber gets each event once, in order.
    Events,
    /// In the end everything has ended, is closed and is removed.
    Settled,
    /// The tables agree with one another, and nothing changes them behind a turn's back.
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

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: Invariant,
    /// What was seen instead.
    pub what: String,
    /// When, in milliseconds after the beginning.
    pub elapsed: u64,
}
