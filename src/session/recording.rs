//! The state of a session's recording.
//!
//! A recorder is not a client, and nothing waits for it. It holds a lease like a relay's. If the lease lapses, a
//! recorder is started again while the session lives; after the session's end the recording is incomplete.

use serde::{Deserialize, Serialize};

use super::watch::LEASE;
use super::{Millis, Timestamp};

/// After the session's end a recorder has this long to store what it holds.
const FLUSH_LIMIT: Millis = Millis::from_secs(30);

/// How a session is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordingOptions {
    /// Whether inputs are masked. Passwords always are.
    pub mask_inputs: bool,
}

/// A session's recording, as its recorder has last reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// How it is recorded.
    #[serde(rename = "wish", alias = "options")]
    pub options: RecordingOptions,
    /// When the first recorder was started; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// How often a recorder was started.
    #[serde(default)]
    run: u32,
    /// Events that earlier runs have stored.
    #[serde(default)]
    earlier: u64,
    /// Events that this run has stored.
    #[serde(default)]
    stored: u64,
    #[serde(default)]
    has_gaps: bool,
    /// Until when the recorder counts as running; `None` before its start and after its last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<Timestamp>,
}

/// A recorder's report. It holds totals, so that a report may be lost or come twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecorderReport {
    /// The number of the recorder's start.
    pub run: u32,
    /// Events that it has stored since then.
    pub events: u64,
    /// Whether events are missing.
    pub has_gaps: bool,
    /// Whether this is its last report.
    pub is_over: bool,
}

/// A recording's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingStatus {
    /// More may come.
    Recording,
    /// It is over, and no event is missing.
    Complete,
    /// It is over, and events are missing.
    Incomplete,
}

impl Recording {
    pub(super) const fn wanted(options: RecordingOptions) -> Self {
        Self { options, since: None, run: 0, earlier: 0, stored: 0, has_gaps: false, lease: None }
    }

    /// When the first recorder was started, if one was. The recording's keys name its day.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// How often a recorder was started.
    #[must_use]
    pub const fn run(&self) -> u32 {
        self.run
    }

    /// Stored events, by the latest reports.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.earlier + self.stored
    }

    /// Its status; `None` if no recorder was ever started.
    #[must_use]
    pub fn status(&self) -> Option<RecordingStatus> {
        self.since?;
        Some(match (self.lease, self.has_gaps) {
            (Some(_), _) => RecordingStatus::Recording,
            (None, false) => RecordingStatus::Complete,
            (None, true) => RecordingStatus::Incomplete,
        })
    }

    /// Notes that a recorder is started, or started again.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.since.get_or_insert(now);
        self.run += 1;
        self.earlier += std::mem::take(&mut self.stored);
        self.lease = Some(now.plus(LEASE));
    }

    /// Applies a report. Reports of a replaced recorder change nothing.
    pub(super) fn hear(&mut self, report: RecorderReport, is_ended: bool, now: Timestamp) {
        if report.run != self.run || self.lease.is_none() {
            return;
        }
        self.stored = self.stored.max(report.events);
        self.has_gaps |= report.has_gaps;
        if report.is_over && is_ended {
            self.lease = None;
        } else if !is_ended {
            self.lease = Some(now.plus(LEASE));
        }
    }

    /// The session has ended.
    pub(super) fn session_ended(&mut self, now: Timestamp) {
        self.lease = self.lease.map(|_| now.plus(FLUSH_LIMIT));
    }

    /// When the recorder counts as dead if it does not report before.
    pub(super) const fn lapses_at(&self) -> Option<Timestamp> {
        self.lease
    }

    /// The session has ended, and its recorder has died before its last report.
    pub(super) fn give_up(&mut self) {
        self.lease = None;
        self.has_gaps = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    const fn report(run: u32, events: u64, is_over: bool) -> RecorderReport {
        RecorderReport { run, events, has_gaps: false, is_over }
    }

    fn begun() -> Recording {
        let mut recording = Recording::wanted(RecordingOptions { mask_inputs: true });
        recording.begin(at(0));
        recording
    }

    #[test]
    fn a_recording_that_never_began_has_no_status() {
        assert_eq!(Recording::wanted(RecordingOptions { mask_inputs: true }).status(), None);
    }

    #[test]
    fn its_options_are_stored_under_a_name_that_persists_and_read_under_both() {
        let recording = Recording::wanted(RecordingOptions { mask_inputs: true });
        let stored = serde_json::to_string(&recording).unwrap();
        assert_eq!(stored, r#"{"wish":true,"run":0,"earlier":0,"stored":0,"has_gaps":false}"#);
        let renamed = stored.replace("wish", "options");
        assert_eq!(serde_json::from_str::<Recording>(&renamed).unwrap(), recording);
        assert_eq!(serde_json::from_str::<Recording>(&stored).unwrap(), recording);
    }

    #[test]
    fn a_last_report_after_the_end_makes_it_complete() {
        let mut recording = begun();
        recording.hear(report(1, 5, false), false, at(3_000));
        assert_eq!(recording.lapses_at(), Some(at(12_000)));
        recording.session_ended(at(4_000));
        recording.hear(report(1, 9, true), true, at(5_000));
        assert_eq!((recording.status(), recording.events()), (Some(RecordingStatus::Complete), 9));
        assert_eq!(recording.lapses_at(), None);
    }

    #[test]
    fn a_report_after_the_end_extends_no_lease() {
        let mut recording = begun();
        recording.session_ended(at(4_000));
        recording.hear(report(1, 9, false), true, at(5_000));
        assert_eq!(recording.lapses_at(), Some(at(34_000)));
        recording.give_up();
        assert_eq!(recording.status(), Some(RecordingStatus::Incomplete));
    }

    #[test]
    fn a_replaced_recorder_is_ignored_and_its_events_stay() {
        let mut recording = begun();
        recording.hear(report(1, 5, false), false, at(3_000));
        recording.begin(at(12_000));
        recording.hear(report(1, 7, true), false, at(12_100));
        recording.hear(report(2, 2, false), false, at(12_200));
        assert_eq!(recording.events(), 7);
        assert_eq!(recording.status(), Some(RecordingStatus::Recording));
    }

    #[test]
    fn a_recording_with_a_gap_stays_incomplete() {
        let mut recording = begun();
        recording.hear(RecorderReport { has_gaps: true, ..report(1, 5, false) }, false, at(3_000));
        recording.session_ended(at(4_000));
        recording.hear(report(1, 5, true), true, at(5_000));
        assert_eq!(recording.status(), Some(RecordingStatus::Incomplete));
    }
}
