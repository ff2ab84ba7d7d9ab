//! What was recorded, read from the bucket: events by cursor, or requests as an HTTP archive.

use super::caller::Caller;
use super::response::{self, Answered};
use crate::edge::platform::bucket::RecordingBucket;
use crate::edge::platform::clock::now;
use crate::edge::platform::log::internal;
use crate::edge::platform::settings::Settings;
use crate::host::{Bucket as _, PlatformError};
use crate::recording::{Cursor, EventPage, Har, RecordingPrefix, SegmentKey, is_past};
use crate::session::{Invalid, SessionId};
use crate::wire::{Code, EventsQuery, FindRecording, Problem};

/// Segments that one answer reads. Each costs a subrequest, and the platform limits those per invocation.
const SEGMENTS_MAX: u32 = 40;
/// An archive has few lines of each segment.
const HAR_SEGMENTS_MAX: u32 = 400;

/// Some events of a session's recording, with the cursor to go on from.
///
/// # Errors
/// `recording_not_found`, `session_not_found`, `invalid_request`.
pub(super) async fn events(caller: &Caller<'_>, id: SessionId) -> Answered {
    let query = EventsQuery::parse(caller.query()).map_err(Problem::invalid)?;
    let cursor = match &query.pointer {
        Some(text) => Cursor::parse(text).ok_or_else(no_such_pointer)?,
        None => Cursor::default(),
    };
    // Asked before the segments are: what the fleet calls over has all its segments in the bucket.
    let recorded = caller.ask_fleet(FindRecording { session: id }).await?;
    let prefix = RecordingPrefix::new(caller.project(), id, recorded.since);
    let kept = Settings::read(caller.env()).map_or(true, |kept| !is_past(prefix.as_str(), kept.recordings_kept, now()));
    let Some(bucket) = RecordingBucket::of(caller.env()).filter(|_| kept) else {
        return Err(Problem::new(Code::RecordingNotFound, "this recording is no longer kept"));
    };
    let reader = Reader { bucket, prefix };
    let read = if query.as_har { reader.archive(cursor).await } else { reader.page(query.limit, cursor).await };
    let (body, next, is_cut) = read.map_err(|error| internal("reading a recording", &error, caller.request_id()))?;
    // While the session is recorded, a reader at the end continues from this cursor later.
    let next = (is_cut || !recorded.is_over).then(|| next.to_text());
    response::recorded(body, next.as_deref(), caller.accepts_gzip(), caller.request_id())
}

struct Reader {
    bucket: RecordingBucket,
    prefix: RecordingPrefix,
}

/// A body, how far it goes, and whether there is more.
type Read = Result<(String, Cursor, bool), PlatformError>;

impl Reader {
    async fn page(&self, limit: u32, cursor: Cursor) -> Read {
        let (segments, mut is_cut) = self.segments(cursor, SEGMENTS_MAX).await?;
        let mut page = EventPage::new(limit, cursor);
        for (position, segment) in segments.iter().enumerate() {
            let text = self.bucket.get(&self.prefix.key(segment)).await?.unwrap_or_default();
            let (is_read, has_room) = page.add(*segment, &text);
            if !is_read || !has_room {
                is_cut |= !is_read || position + 1 < segments.len();
                break;
            }
        }
        let (body, cursor) = page.finish();
        Ok((body, cursor, is_cut))
    }

    async fn archive(&self, mut cursor: Cursor) -> Read {
        let (segments, is_cut) = self.segments(cursor, HAR_SEGMENTS_MAX).await?;
        let mut har = Har::default();
        for segment in segments {
            har.add(&self.bucket.get(&self.prefix.key(&segment)).await?.unwrap_or_default());
            cursor = Cursor { after: Some(segment), skip: 0 };
        }
        Ok((har.finish(), cursor, is_cut))
    }

    /// The first segments behind a cursor, and whether there are more.
    async fn segments(&self, cursor: Cursor, limit: u32) -> Result<(Vec<SegmentKey>, bool), PlatformError> {
        let after = cursor.after.map(|segment| self.prefix.key(&segment));
        let keys = self.bucket.list(self.prefix.as_str(), after.as_deref(), limit).await?;
        Ok((keys.keys.iter().filter_map(|key| self.prefix.segment(key)).collect(), keys.is_cut))
    }
}

fn no_such_pointer() -> Problem {
    Problem::invalid(vec![Invalid::new("/pointer", "is no pointer that this call has given")])
}
