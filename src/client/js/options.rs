//! The options of every call, and the shape of each.

use super::check::{Field, NON_NEGATIVE_INTEGER, Shape};
use crate::client::fetch_transport::TIMER_MAX;
use crate::session::{TIMEOUT_MIN, WAIT_MAX};
use crate::wire::{EVENTS_LIMIT_MAX, LIST_LIMIT_MAX, PICTURE_WIDTH_MAX, PICTURE_WIDTH_MIN};

/// At least 1 ms: some would read 0 as "at once", others as "without a limit".
#[allow(clippy::cast_possible_wrap, reason = "31 bits")]
const CALL_LIMIT: Shape = Shape::Integer(1, TIMER_MAX.get() as i64);
/// The deployment sets the maximum.
#[allow(clippy::cast_possible_wrap, reason = "a second")]
const TIMEOUT: Shape = Shape::Integer(TIMEOUT_MIN.get() as i64, 9_007_199_254_740_991);

pub const CLIENT: &[Field] = &[
    ("baseUrl", Shape::Text),
    ("apiKey", Shape::Text),
    ("owner", Shape::Label),
    ("timeoutMs", CALL_LIMIT),
    (
        "retry",
        Shape::Fields(&[
            ("maxRetries", Shape::Integer(0, 100)),
            ("maxElapsedMs", NON_NEGATIVE_INTEGER),
            ("baseDelayMs", NON_NEGATIVE_INTEGER),
            ("maxDelayMs", NON_NEGATIVE_INTEGER),
        ]),
    ),
    ("fetch", Shape::Callable),
];

pub const CALL: &[Field] = &[("signal", Shape::Signal), ("timeoutMs", CALL_LIMIT)];

#[allow(clippy::cast_possible_wrap, reason = "a screen")]
pub const PICTURE: &[Field] = &[
    ("width", Shape::Integer(PICTURE_WIDTH_MIN as i64, PICTURE_WIDTH_MAX as i64)),
    ("signal", Shape::Signal),
    ("timeoutMs", CALL_LIMIT),
];

#[allow(clippy::cast_possible_wrap, reason = "a minute")]
pub const CREATE: &[Field] = &[
    ("timeout", TIMEOUT),
    ("inactivityTimeout", TIMEOUT),
    ("idleTimeout", Shape::Integer(1, 9_007_199_254_740)),
    ("onDisconnect", Shape::OneOf(&["keep", "release"])),
    ("disconnectGrace", NON_NEGATIVE_INTEGER),
    ("sessionId", Shape::Id),
    ("adapter", Shape::OneOf(&["puppeteer", "playwright", "selenium"])),
    ("owner", Shape::Label),
    ("metadata", Shape::Texts),
    ("wait", Shape::Integer(0, WAIT_MAX.get() as i64)),
    ("dimensions", Shape::Fields(&[("width", NON_NEGATIVE_INTEGER), ("height", NON_NEGATIVE_INTEGER)])),
    ("userAgent", Shape::Text),
    ("sessionContext", Shape::Json),
    ("recording", Shape::FlagOr(&[("maskInputs", Shape::Flag)])),
    ("region", Shape::Text),
    ("provider", Shape::OneOf(&["browser-run", "testmu", "cdp"])),
    ("debugConfig", Shape::Fields(&[("interactive", Shape::Flag)])),
    ("lambdatestOptions", Shape::Json),
];

pub const UPDATE: &[Field] = &[("timeout", TIMEOUT), ("inactivityTimeout", TIMEOUT), ("metadata", Shape::Texts)];

pub const LIST: &[Field] = &[
    ("status", Shape::OneOf(&["live", "released", "failed"])),
    ("owner", Shape::Label),
    ("metadata", Shape::Texts),
    ("limit", Shape::Integer(1, LIST_LIMIT_MAX as i64)),
    ("cursorId", Shape::Id),
];

#[allow(clippy::cast_possible_wrap, reason = "a thousand")]
pub const RECORDED: &[Field] = &[("limit", Shape::Integer(1, EVENTS_LIMIT_MAX as i64)), ("pointer", Shape::Text)];

pub const EVENTS: &[Field] = &[("lastEventId", Shape::EventId), ("signal", Shape::Signal)];

pub const USAGE: &[Field] = &[("from", Shape::Time), ("to", Shape::Time), ("by", Shape::OneOf(&["day", "hour"]))];

pub const RELEASE_ALL: &[Field] =
    &[("owner", Shape::Label), ("metadata", Shape::Texts), ("createdBefore", Shape::Time), ("dryRun", Shape::Flag)];
