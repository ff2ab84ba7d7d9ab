//! Where a recording lies in R2, and how a reader says how far it has come.

use crate::session::{Millis, ProjectName, SessionId, Timestamp};

/// All recordings.
const ROOT: &str = "recordings/";
const DAY_CHARS: usize = "2026-11-23".len();
const ENDING: &str = ".ndjson.gz";

/// The prefix of all keys of a session. It begins with the day, so that old recordings are adjacent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingPrefix(String);

impl RecordingPrefix {
    /// The folder of a recording that began at `since`.
    #[must_use]
    pub fn new(project: &ProjectName, session: SessionId, since: Timestamp) -> Self {
        Self(format!("{ROOT}{}/{}/{session}/", day(since), project.as_str()))
    }

    /// The prefix of all its keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full key of a segment.
    #[must_use]
    pub fn key(&self, segment: &SegmentKey) -> String {
        format!("{}{}{ENDING}", self.0, segment.stem())
    }

    /// The segment of a key; `None` if it is none of this folder's.
    #[must_use]
    pub fn segment(&self, key: &str) -> Option<SegmentKey> {
        SegmentKey::parse(key.strip_prefix(&self.0)?.strip_suffix(ENDING)?)
    }
}

/// A segment's position in its recording. Sorted by key, segments are in the order of recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentKey {
    /// Raised each time when the recorder is started.
    pub run: u32,
    /// Events that this run had stored before.
    pub first: u64,
    /// Events in it.
    pub count: u32,
}

impl SegmentKey {
    fn stem(self) -> String {
        format!("{:06}-{:010}-{:06}", self.run, self.first, self.count)
    }

    fn parse(stem: &str) -> Option<Self> {
        let mut parts = stem.split('-');
        let key = Self {
            run: parts.next()?.parse().ok()?,
            first: parts.next()?.parse().ok()?,
            count: parts.next()?.parse().ok()?,
        };
        (key.stem() == stem).then_some(key)
    }
}

/// A reader's position: after this segment, and after this many events of the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last segment that was read to its end.
    pub after: Option<SegmentKey>,
    /// Events of the next one that were read.
    pub skip: u32,
}

impl Cursor {
    /// Reads what [`Self::to_text`] has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (after, skip) = text.split_once('.')?;
        let after = if after.is_empty() { None } else { Some(SegmentKey::parse(after)?) };
        let cursor = Self { after, skip: skip.parse().ok()? };
        (cursor.to_text() == text).then_some(cursor)
    }

    /// The cursor as a reader hands it on.
    #[must_use]
    pub fn to_text(self) -> String {
        format!("{}.{}", self.after.map(SegmentKey::stem).unwrap_or_default(), self.skip)
    }
}

/// The keys of all recordings begin so.
#[must_use]
pub const fn root() -> &'static str {
    ROOT
}

/// Whether a recording of this key began more than `retention` ago, by whole days: it is kept to the end of its last
/// one.
#[must_use]
pub fn is_past(key: &str, retention: Millis, now: Timestamp) -> bool {
    let kept_from = now.since(Timestamp::from_millis(0)).get().saturating_sub(retention.get());
    let first_day = day(Timestamp::from_millis(i64::try_from(kept_from).unwrap_or(i64::MAX)));
    key.strip_prefix(ROOT).and_then(|rest| rest.get(..DAY_CHARS)).is_some_and(|day| day < first_day.as_str())
}

fn day(at: Timestamp) -> String {
    at.to_iso()[..DAY_CHARS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: SegmentKey = SegmentKey { run: 2, first: 1_234, count: 17 };

    fn prefix() -> RecordingPrefix {
        let project = ProjectName::parse("crawlers").unwrap();
        let session = SessionId::parse("0192f0c1-7b3c-7000-8000-00000000000a").unwrap();
        RecordingPrefix::new(&project, session, Timestamp::parse_iso("2026-11-23T23:59:59.999Z").unwrap())
    }

    #[test]
    fn a_key_tells_its_segment_and_no_other_folder_s_does() {
        let key = prefix().key(&SEGMENT);
        assert_eq!(
            key,
            "recordings/2026-11-23/crawlers/0192f0c1-7b3c-7000-8000-00000000000a/000002-0000001234-000017.ndjson.gz"
        );
        assert_eq!(prefix().segment(&key), Some(SEGMENT));
        for other in ["", "recordings/", &key[1..], &key.replace("-000017", ""), &key.replace("-000017", "-17")] {
            assert_eq!(prefix().segment(other), None, "{other}");
        }
    }

    #[test]
    fn keys_sort_as_segments_do() {
        let mut segments = [(2, 0), (1, 999_999), (1, 1_000_000), (10, 0), (1, 0)].map(|(run, first)| SegmentKey {
            run,
            first,
            count: 1,
        });
        let mut keys = segments.map(|segment| prefix().key(&segment));
        segments.sort();
        keys.sort();
        assert_eq!(keys, segments.map(|segment| prefix().key(&segment)));
    }

    #[test]
    fn a_cursor_survives_a_round_trip_and_nothing_else_is_one() {
        for cursor in [Cursor::default(), Cursor { after: Some(SEGMENT), skip: 12 }] {
            assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor));
        }
        for text in ["", "1", ".", ".-1", ".+1", "2-1234-17.0", "../../x.0", ".01"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_recording_is_past_once_its_last_day_is_over() {
        let key = prefix().key(&SEGMENT);
        let days = Millis::from_secs(2 * 24 * 60 * 60);
        let at = |text| Timestamp::parse_iso(text).unwrap();
        assert!(!is_past(&key, days, at("2026-11-25T23:59:59.999Z")));
        assert!(is_past(&key, days, at("2026-11-26T00:00:00.000Z")));
        assert!(!is_past("something/2020-01-01/else", days, at("2026-11-26T00:00:00.000Z")));
        assert!(!is_past("recordings/20", days, at("2026-11-26T00:00:00.000Z")));
        assert!(!is_past(&key, Millis::new(u64::MAX), at("2026-11-26T00:00:00.000Z")));
    }
}
