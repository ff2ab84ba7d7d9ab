//! Ways to break the simulated service on purpose: each invariant must be able to fail.

/// One way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Closes are taken for done without being made.
    ForgetsCloses,
    /// Deadlines are not carried out.
    SleepsThroughDeadlines,
    /// One session more than the limit may live.
    IgnoresLimit,
    /// Who came last is served first.
    ServesTheLastFirst,
    /// Creates lose their keys on the way.
    LosesKeys,
    /// A connect is authorized by what was true once.
    RemembersConnects,
    /// A client is told of what is not stored.
    TellsTooEarly,
    /// The alarm is set too late.
    SetsAlarmLate,
    /// A browser that is missing from a list is lost, without a second question.
    TrustsLists,
    /// Every browser that no live session owns is closed as nobody's.
    ClosesHastily,
    /// What was starting when the service died is left as it was.
    KeepsStarting,
    /// Whoever waits for a session is not woken.
    WakesNobody,
    /// Counters are changed behind the fleet's back.
    MiscountsRows,
    /// A turn panics.
    Panics,
}

impl Sabotage {
    /// All ways, with their names in arguments.
    pub const ALL: &[(&str, Self)] = &[
        ("forgets-closes", Self::ForgetsCloses),
        ("sleeps-through-deadlines", Self::SleepsThroughDeadlines),
        ("ignores-limit", Self::IgnoresLimit),
        ("serves-the-last-first", Self::ServesTheLastFirst),
        ("loses-keys", Self::LosesKeys),
        ("remembers-connects", Self::RemembersConnects),
        ("tells-too-early", Self::TellsTooEarly),
        ("sets-alarm-late", Self::SetsAlarmLate),
        ("trusts-lists", Self::TrustsLists),
        ("closes-hastily", Self::ClosesHastily),
        ("keeps-starting", Self::KeepsStarting),
        ("wakes-nobody", Self::WakesNobody),
        ("miscounts-rows", Self::MiscountsRows),
        ("panics", Self::Panics),
    ];
}
