//! Recorded events that are not stored yet.

use serde::de::IgnoredAny;

use super::object::{Object, quoted};
use crate::session::{Millis, Timestamp};

/// A segment is stored when it has this many bytes …
const SEGMENT_BYTES: usize = 256 * 1024;
/// … or is this old: with the time that it takes to store it, a crash loses five seconds at most.
const SEGMENT_AGE: Millis = Millis::from_secs(4);
/// Bytes in memory at most, including segments that are being stored. More is dropped, so that a slow or failing store
/// costs no more memory than this.
const HELD_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Console and network events: bytes a second in the long run, and in a burst.
const OWN_RATE: usize = 32 * 1024;
const OWN_BURST: usize = 1024 * 1024;

/// rrweb's number for events of kinds that it does not know.
const CUSTOM: &str = "5";
/// How far back the position of a late event is searched.
const OUT_OF_ORDER_MAX: usize = 200;

/// Events that are stored together, as one line of JSON each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its lines, in order of time, each with its end.
    pub text: String,
    /// How many they are.
    pub count: u32,
    /// How many were taken before.
    pub first: u64,
}

/// Events on their way into segments.
#[derive(Debug, Default)]
pub(super) struct Log {
    lines: Vec<(i64, String)>,
    bytes: usize,
    /// When the first of these lines came.
    since: Option<Timestamp>,
    taken: u64,
    /// Bytes of the segment that was taken and is not stored.
    in_flight: usize,
    own: TokenBucket,
    /// Since when events are dropped because there is no room.
    lost_since: Option<Timestamp>,
    /// Since when console and network events are dropped.
    own_lost_since: Option<Timestamp>,
    has_gaps: bool,
    /// Whether pages' events were lost, so that what follows makes no sense without a new picture.
    wants_pictures: bool,
}

impl Log {
    /// Takes in an event that a page's script has sent: its kind, its time and its JSON, which is read before it is
    /// believed.
    pub(super) fn hear(&mut self, tab: &str, line: &str, now: Timestamp) {
        let mut parts = line.splitn(3, ' ');
        let (Some(kind), Some(Ok(at)), Some(event)) = (parts.next(), parts.next().map(str::parse), parts.next()) else {
            return;
        };
        let Some(open) = event.strip_suffix('}').filter(|_| is_event(kind, event)) else { return };
        self.has_gaps |= kind == CUSTOM;
        // This field comes last: of a repeated name, the last value counts.
        let event = format!("{open},\"tab\":{}}}", quoted(tab));
        self.wants_pictures |= !self.put(at, event, now);
    }

    /// Takes in what the browser has said of a tab: an event of a kind of our own.
    pub(super) fn tell(&mut self, tab: &str, at: Timestamp, tag: &str, payload: Object, now: Timestamp) {
        let event = own_event(tab, at, tag, payload);
        if !self.own.take(event.len(), now) {
            self.has_gaps = true;
            self.own_lost_since.get_or_insert(now);
            return;
        }
        if let Some(from) = self.own_lost_since.take() {
            self.note_gap(from, now, "there was more on the console and the network than is recorded");
        }
        self.put(at.as_millis(), event, now);
    }

    /// Notes that something is missing.
    pub(super) fn note_gap(&mut self, from: Timestamp, to: Timestamp, why: &str) {
        self.has_gaps = true;
        let payload = Object::new().number("from", from.as_millis()).number("to", to.as_millis()).text("why", why);
        self.append(to.as_millis(), own_event("", to, "gap", payload), to);
    }

    /// Something is missing, at a time that is not known.
    pub(super) const fn mark_gap(&mut self) {
        self.has_gaps = true;
    }

    /// Whether any event is known to be missing.
    pub(super) const fn has_gaps(&self) -> bool {
        self.has_gaps
    }

    /// Whether nothing waits to be stored.
    pub(super) const fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    /// Whether a segment is to be stored now.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.bytes >= SEGMENT_BYTES || self.due_at().is_some_and(|at| at <= now)
    }

    /// When what there is is old enough to be stored.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.since.map(|since| since.plus(SEGMENT_AGE))
    }

    /// Takes what there is as a segment; `None` if there is nothing. To be followed by [`Self::settle`].
    pub(super) fn take(&mut self) -> Option<Segment> {
        self.since.take()?;
        let lines = std::mem::take(&mut self.lines);
        let mut text = String::with_capacity(std::mem::take(&mut self.bytes));
        for (_, line) in &lines {
            text.push_str(line);
            text.push('\n');
        }
        let first = self.taken;
        self.taken += lines.len() as u64;
        self.in_flight = text.len();
        Some(Segment { text, count: u32::try_from(lines.len()).unwrap_or(u32::MAX), first })
    }

    /// The segment that was taken is stored, or lost.
    pub(super) const fn settle(&mut self) {
        self.in_flight = 0;
    }

    /// Whether pages are to be pictured anew now, since events of theirs were lost; once.
    pub(super) fn wants_pictures(&mut self) -> bool {
        self.has_room(true) && std::mem::take(&mut self.wants_pictures)
    }

    /// Adds an event; returns false if there was no room.
    fn put(&mut self, at: i64, line: String, now: Timestamp) -> bool {
        if !self.has_room(self.lost_since.is_some()) || line.len() > HELD_BYTES_MAX {
            self.has_gaps = true;
            self.lost_since.get_or_insert(now);
            return false;
        }
        if let Some(from) = self.lost_since.take() {
            self.note_gap(from, now, "what was recorded could not be stored in time");
        }
        self.append(at, line, now);
        true
    }

    /// A full log has room again when it is half empty. Otherwise it would switch between full and not full.
    const fn has_room(&self, was_full: bool) -> bool {
        self.bytes + self.in_flight <= if was_full { HELD_BYTES_MAX / 2 } else { HELD_BYTES_MAX }
    }

    fn append(&mut self, at: i64, line: String, now: Timestamp) {
        self.bytes += line.len() + 1;
        self.since.get_or_insert(now);
        // Nearly all come in their order. One that is far out of it stays where it came.
        let later = self.lines.iter().rev().take(OUT_OF_ORDER_MAX).take_while(|(other, _)| *other > at).count();
        self.lines.insert(self.lines.len() - later, (at, line));
    }
}

/// A token bucket: limits how many bytes of console and network are recorded.
#[derive(Debug)]
struct TokenBucket {
    left: usize,
    at: Timestamp,
    is_spent: bool,
}

impl Default for TokenBucket {
    fn default() -> Self {
        Self { left: OWN_BURST, at: Timestamp::from_millis(0), is_spent: false }
    }
}

impl TokenBucket {
    /// An empty bucket must be a quarter full before it gives more.
    fn take(&mut self, bytes: usize, now: Timestamp) -> bool {
        let millis = usize::try_from(now.since(self.at).get()).unwrap_or(usize::MAX);
        self.at = now;
        self.left = self.left.saturating_add(millis.saturating_mul(OWN_RATE) / 1000).min(OWN_BURST);
        self.is_spent &= self.left < OWN_BURST / 4;
        self.is_spent |= bytes > self.left;
        if !self.is_spent {
            self.left -= bytes;
        }
        !self.is_spent
    }
}

fn own_event(tab: &str, at: Timestamp, tag: &str, payload: Object) -> String {
    let data = Object::new().text("tag", tag).raw("payload", &payload.end());
    let event = Object::new().raw("type", CUSTOM).number("timestamp", at.as_millis()).raw("data", &data.end());
    event.text("tab", tab).end()
}

/// Whether a text is the JSON of an event of this kind, as the script writes it: rrweb has kinds up to 5.
fn is_event(kind: &str, text: &str) -> bool {
    let rest = text.strip_prefix("{\"type\":").and_then(|rest| rest.strip_prefix(kind));
    matches!(kind, "0" | "1" | "2" | "3" | "4" | CUSTOM)
        && rest.is_some_and(|rest| rest.starts_with(','))
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
}
