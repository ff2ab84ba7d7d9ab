//! What is observed of a watched session's connections, and what follows from it.
//!
//! A connection is a lease. The relay renews it, and without renewal it lapses: a relay that dies leaves no session
//! connected for ever.

use serde::{Deserialize, Serialize};

use super::{Millis, Reason, Timestamp};

/// A relay renews its lease this often while a client is connected.
pub const LEASE_RENEWAL: Millis = Millis::from_secs(3);
/// A lease that is not renewed for this long has lapsed: three renewals were missed.
pub const LEASE: Millis = Millis::from_secs(9);
/// Without any client this long after the start, the session counts as left by its client (docs/api.md).
pub const FIRST_CONNECT_LIMIT: Millis = Millis::from_secs(60);
/// A relay that is asked about activity answers in this time, or its clients count as silent.
const QUESTION_LIMIT: Millis = Millis::from_secs(2);

/// How a session reacts to its connections, and their last reported state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// End it after this long without a sign of a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactivity: Option<Millis>,
    /// End it this long after the last client has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Millis>,
    /// The last sign of a client: a connect, a message, a disconnect.
    active_at: Timestamp,
    /// The clients that are connected, as far as a relay has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<Lease>,
    /// Since when no client is connected. Before the first connect it is the time at which waiting for one ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alone_since: Option<Timestamp>,
    /// The last report that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heard: Option<ReportSequence>,
    /// Until when a question about activity is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lease {
    clients: u32,
    until: Timestamp,
}

/// The order of reports: those of a relay that began later are newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReportSequence {
    /// When the relay began.
    pub relay: Timestamp,
    /// Grows with each report of that relay.
    pub number: u64,
}

/// A relay's report about a session's connections. It holds everything, so that a report may be lost or come twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceReport {
    /// Its position in the order of reports.
    #[serde(rename = "word", alias = "sequence")]
    pub sequence: ReportSequence,
    /// Clients that are connected now.
    pub clients: u32,
    /// When a client last connected, sent something, or left.
    pub active_at: Timestamp,
}

/// What a deadline of the watch asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Stay,
    /// Ask the relay for a report before the session ends for inactivity.
    Ask,
    /// The end.
    End(Reason),
}

impl Watch {
    /// The watch that a caller has asked for, if it asked for one.
    pub(super) fn wanted(inactivity: Option<Millis>, grace: Option<Millis>, now: Timestamp) -> Option<Self> {
        (inactivity.is_some() || grace.is_some()).then(|| Self::begin(inactivity, grace, now))
    }

    /// A watch of a session that becomes live now, without clients.
    pub(super) fn begin(inactivity: Option<Millis>, grace: Option<Millis>, now: Timestamp) -> Self {
        Self {
            inactivity,
            grace,
            active_at: now,
            lease: None,
            alone_since: Some(now.plus(FIRST_CONNECT_LIMIT)),
            heard: None,
            asked_until: None,
        }
    }

    /// The watch, restarted when the session becomes live.
    pub(super) fn restart(&mut self, now: Timestamp) {
        *self = Self::begin(self.inactivity, self.grace, now);
    }

    /// Whether a client is connected, by the last report.
    pub(super) fn is_connected(&self) -> bool {
        self.lease.is_some()
    }

    /// Applies a report. An older report than the last one changes nothing.
    pub(super) fn hear(&mut self, report: PresenceReport, now: Timestamp) {
        if self.heard.is_some_and(|heard| report.sequence <= heard) {
            return;
        }
        self.heard = Some(report.sequence);
        let active_at = report.active_at.min(now);
        let came_unheard = active_at > self.active_at;
        self.active_at = self.active_at.max(active_at);
        if report.clients > 0 {
            self.lease = Some(Lease { clients: report.clients, until: now.plus(LEASE) });
            self.alone_since = None;
        } else if self.lease.take().is_some() || came_unheard {
            // The report of the connect may have been lost or overtaken. The client has its grace all the same.
            self.alone_since = Some(now);
        }
        // This answers an open question: decide now.
        self.asked_until = self.asked_until.map(|_| now);
    }

    /// When [`Self::reach`] is due next.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        let lapse = self.lease.as_ref().map(|lease| lease.until);
        [lapse, self.gone_at(), self.asked_until.or_else(|| self.silent_at())].into_iter().flatten().min()
    }

    /// Handles the due deadlines.
    pub(super) fn reach(&mut self, now: Timestamp) -> Verdict {
        if let Some(lease) = self.lease.take_if(|lease| lease.until <= now) {
            self.alone_since = Some(lease.until);
        }
        if self.gone_at().is_some_and(|at| at <= now) {
            return Verdict::End(Reason::ClientDisconnected);
        }
        if self.silent_at().is_none_or(|at| at > now) {
            self.asked_until = None;
            return Verdict::Stay;
        }
        match self.asked_until {
            // No client is connected that could be active.
            _ if self.lease.is_none() => Verdict::End(Reason::InactivityTimeout),
            Some(until) if until <= now => Verdict::End(Reason::InactivityTimeout),
            Some(_) => Verdict::Stay,
            None => {
                self.asked_until = Some(now.plus(QUESTION_LIMIT));
                Verdict::Ask
            }
        }
    }

    fn gone_at(&self) -> Option<Timestamp> {
        Some(self.alone_since?.plus(self.grace?))
    }

    fn silent_at(&self) -> Option<Timestamp> {
        Some(self.active_at.plus(self.inactivity?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn report(number: u64, clients: u32, active_at: i64) -> PresenceReport {
        PresenceReport { sequence: ReportSequence { relay: at(0), number }, clients, active_at: at(active_at) }
    }

    fn grace(millis: u64) -> Watch {
        Watch::begin(None, Some(Millis::new(millis)), at(0))
    }

    fn inactivity(millis: u64) -> Watch {
        Watch::begin(Some(Millis::new(millis)), None, at(0))
    }

    #[test]
    fn a_client_that_leaves_has_its_grace() {
        let mut watch = grace(1_000);
        watch.hear(report(1, 1, 100), at(100));
        watch.hear(report(2, 0, 5_000), at(5_000));
        assert_eq!(watch.next_deadline(), Some(at(6_000)));
        assert_eq!(watch.reach(at(5_999)), Verdict::Stay);
        assert_eq!(watch.reach(at(6_000)), Verdict::End(Reason::ClientDisconnected));
    }

    #[test]
    fn a_client_that_comes_back_in_its_grace_stays() {
        let mut watch = grace(1_000);
        watch.hear(report(1, 1, 100), at(100));
        watch.hear(report(2, 0, 200), at(200));
        watch.hear(report(3, 1, 900), at(900));
        assert_eq!(watch.reach(at(1_500)), Verdict::Stay);
        assert!(watch.is_connected());
    }

    #[test]
    fn the_last_of_several_clients_counts() {
        let mut watch = grace(1_000);
        watch.hear(report(1, 2, 100), at(100));
        watch.hear(report(2, 1, 200), at(200));
        assert_eq!(watch.reach(at(5_000)), Verdict::Stay);
    }

    #[test]
    fn nobody_who_ever_connected_counts_as_gone_after_a_minute() {
        let mut watch = grace(1_000);
        assert_eq!(watch.next_deadline(), Some(at(61_000)));
        assert_eq!(watch.reach(at(60_999)), Verdict::Stay);
        assert_eq!(watch.reach(at(61_000)), Verdict::End(Reason::ClientDisconnected));
    }

    #[test]
    fn a_relay_that_dies_without_a_word_leaves_nobody_connected() {
        let mut watch = grace(1_000);
        watch.hear(report(1, 1, 100), at(100));
        assert_eq!(watch.next_deadline(), Some(at(9_100)));
        assert_eq!(watch.reach(at(9_100)), Verdict::Stay);
        assert!(!watch.is_connected());
        assert_eq!(watch.reach(at(10_100)), Verdict::End(Reason::ClientDisconnected));
    }

    #[test]
    fn words_that_come_late_or_twice_change_nothing() {
        let mut watch = grace(1_000);
        watch.hear(report(2, 1, 200), at(200));
        let before = watch.clone();
        watch.hear(report(1, 0, 100), at(300));
        watch.hear(report(2, 0, 200), at(400));
        assert_eq!(watch, before);
        // A relay that began later is right, whatever its number.
        watch.hear(
            PresenceReport { sequence: ReportSequence { relay: at(250), number: 0 }, clients: 0, active_at: at(250) },
            at(500),
        );
        assert!(!watch.is_connected());
    }

    #[test]
    fn silence_of_a_connected_client_ends_only_after_its_relay_was_asked() {
        let mut watch = inactivity(2_000);
        watch.hear(report(1, 1, 100), at(100));
        assert_eq!(watch.reach(at(2_100)), Verdict::Ask);
        assert_eq!(watch.reach(at(2_101)), Verdict::Stay);
        // It has been active meanwhile.
        watch.hear(report(2, 1, 1_900), at(2_110));
        assert_eq!(watch.reach(at(2_110)), Verdict::Stay);
        assert_eq!(watch.reach(at(3_900)), Verdict::Ask);
        // It has not been active.
        watch.hear(report(3, 1, 1_900), at(3_910));
        assert_eq!(watch.reach(at(3_910)), Verdict::End(Reason::InactivityTimeout));
    }

    #[test]
    fn a_relay_that_does_not_answer_has_silent_clients() {
        let mut watch = inactivity(2_000);
        watch.hear(report(1, 1, 100), at(100));
        assert_eq!(watch.reach(at(2_100)), Verdict::Ask);
        assert_eq!(watch.next_deadline(), Some(at(4_100)));
        assert_eq!(watch.reach(at(4_100)), Verdict::End(Reason::InactivityTimeout));
    }

    #[test]
    fn nobody_connected_is_inactive_without_a_question() {
        let mut watch = inactivity(2_000);
        assert_eq!(watch.reach(at(1_999)), Verdict::Stay);
        assert_eq!(watch.reach(at(2_000)), Verdict::End(Reason::InactivityTimeout));
    }
}
