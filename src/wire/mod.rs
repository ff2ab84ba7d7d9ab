//! What both ends of the HTTP API share: routes, bodies, problems, keys and tokens.

mod create_request;
mod directory_call;
mod event_view;
mod fleet_call;
mod json;
mod key;
mod live_details;
mod origin;
mod problem;
mod query;
mod recorder_call;
mod relay_call;
mod route;
mod session_view;
mod signature;
mod token;
mod typed;
mod usage;

pub use create_request::{CreateRequest, IDEMPOTENCY_KEY_CHARS_MAX};
pub use directory_call::{DirectoryCall, ListedBrowsers, ProjectPage, RunningBrowser, Swept};
pub use event_view::{EVENTS_PROTOCOL, EventView, KEY_PROTOCOL, PING, PONG, is_event_id, parse_listen, server_sent};
pub use fleet_call::{Claims, Connectable, EndedAs, FleetCall, FleetEnvelope, Listen, Recorded, SweepReport};
pub use json::{BODY_BYTES_MAX, InvalidJson, parse_json};
pub use key::{InvalidKey, Key};
pub use live_details::{LiveDetails, PageView};
pub use origin::{AllowedOrigins, InvalidOrigin, OriginPattern};
pub use problem::{Code, Holder, Problem};
pub use query::{
    EVENTS_LIMIT_MAX, EventsQuery, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, ListQuery, PICTURE_WIDTH_MAX, PICTURE_WIDTH_MIN,
    PictureQuery, ReleaseAllQuery, parse_no_query,
};
pub use recorder_call::RecorderStart;
pub use relay_call::{RelayCall, RelayOpen};
pub use route::{Method, Route, RouteError, TargetId};
pub use session_view::{
    FailureView, Outcome, RecordingView, ReleaseAllAnswer, ReleaseAnswer, ReleaseOutcome, SessionList, SessionUrls,
    SessionView, ViewContext,
};
pub use signature::{SECRET_CHARS_MIN, Secret};
pub use token::{InvalidToken, Right, SessionTokens, Token};
pub use typed::{Unreadable, from_json, from_value};
pub use usage::{By, LiveLimits, PeriodView, Standings, UsageQuery, UsageView, seconds};
