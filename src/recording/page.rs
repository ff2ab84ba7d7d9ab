//! A page of a recording: events of some segments, as a JSON array.

use super::{Cursor, SegmentKey};

/// A page is complete when the next event would make it larger than this; one event it has in any case.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// A page that is being put together.
#[derive(Debug)]
pub struct EventPage {
    body: String,
    room: u32,
    cursor: Cursor,
}

impl EventPage {
    /// A page of at most this many events, from the reader's position.
    #[must_use]
    pub fn new(events_max: u32, cursor: Cursor) -> Self {
        Self { body: "[".to_owned(), room: events_max, cursor }
    }

    /// Adds what there is room for of the next segment. Answers whether that was all of it, and whether there is room
    /// for more.
    pub fn add(&mut self, key: SegmentKey, text: &str) -> (bool, bool) {
        let skip = usize::try_from(self.cursor.skip).unwrap_or(usize::MAX);
        for line in text.lines().skip(skip) {
            let is_first = self.body.len() == 1;
            if self.room == 0 || (!is_first && self.body.len() + line.len() > BYTES_MAX) {
                return (false, false);
            }
            if !is_first {
                self.body.push(',');
            }
            self.body.push_str(line);
            self.room -= 1;
            self.cursor.skip += 1;
        }
        self.cursor = Cursor { after: Some(key), skip: 0 };
        (true, self.room > 0)
    }

    /// The page's text, and how far it goes.
    #[must_use]
    pub fn finish(mut self) -> (String, Cursor) {
        self.body.push(']');
        (self.body, self.cursor)
    }
}
