//! The options of every call: what may stand in them.

use super::check::{Field, Shape, WHOLE};
use crate::client::fetch_transport::TIMER_MAX;
use crate::session::{TIMEOUT_MIN, WAIT_MAX};
use crate::wire::{LIST_LIMIT_MAX, PICTURE_WIDTH_MAX, PICTURE_WIDTH_MIN};

/// 1 ms at least: 0 would mean "at once" to one and "for ever" to the other.
#[allow(clippy::cast_possible_wrap, reason = "31 bits")]
const CALL_LIMIT: Shape = Shape::Whole(1, TIMER_MAX.get() as i64);
/// The longest is the deployment's to say.
#[allow(clippy::cast_possible_wrap, reason = "a second")]
const TIMEOUT: Shape = Shape::Whole(TIMEOUT_MIN.get() as i64, 9_007_199_254_740_991);

pub const CLIENT: &[Field] = &[
    ("baseUrl", Shape::Text),
    ("apiKey", Shape::Text),
    ("owner", Shape::Label),
    ("timeoutMs", CALL_LIMIT),
    (
        "retry",
        Shape::Fields(&[
            ("maxRetries", Shape::Whole(0, 100)),
            ("maxElapsedMs", WHOLE),
            ("baseDelayMs", WHOLE),
            ("maxDelayMs", WHOLE),
        ]),
    ),
    ("fetch", Shape::Callable),
];

pub const CALL: &[Field] = &[("signal", Shape::Signal), ("timeoutMs", CALL_LIMIT)];

#[allow(clippy::cast_possible_wrap, reason = "a screen")]
pub const PICTURE: &[Field] = &[
    ("width", Shape::Whole(PICTURE_WIDTH_MIN as i64, PICTURE_WIDTH_MAX as i64)),
    ("signal", Shape::Signal),
    ("timeoutMs", CALL_LIMIT),
];

#[allow(clippy::cast_possible_wrap, reason = "a minute")]
pub const CREATE: &[Field] = &[
    ("timeout", TIMEOUT),
    ("inactivityTimeout", TIMEOUT),
    ("idleTimeout", Shape::Whole(1, 9_007_199_254_740)),
    ("onDisconnect", Shape::OneOf(&["keep", "release"])),
    ("disconnectGrace", WHOLE),
    ("sessionId", Shape::Id),
    ("adapter", Shape::OneOf(&["puppeteer", "playwright", "selenium"])),
    ("owner", Shape::Label),
    ("metadata", Shape::Texts),
    ("wait", Shape::Whole(0, WAIT_MAX.get() as i64)),
    ("dimensions", Shape::Fields(&[("width", WHOLE), ("height", WHOLE)])),
    ("userAgent", Shape::Text),
    ("sessionContext", Shape::Json),
    ("recording", Shape::Flag),
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
    ("limit", Shape::Whole(1, LIST_LIMIT_MAX as i64)),
    ("cursorId", Shape::Id),
];

pub const EVENTS: &[Field] = &[("lastEventId", Shape::EventId), ("signal", Shape::Signal)];

pub const USAGE: &[Field] = &[("from", Shape::Time), ("to", Shape::Time), ("by", Shape::OneOf(&["day", "hour"]))];

pub const RELEASE_ALL: &[Field] =
    &[("owner", Shape::Label), ("metadata", Shape::Texts), ("createdBefore", Shape::Time), ("dryRun", Shape::Flag)];
