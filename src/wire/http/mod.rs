//! The HTTP API: routes, queries, bodies, views and problems.

mod create_request;
mod event_view;
mod live_details;
mod problem;
mod query;
mod route;
mod session_view;
mod usage;

pub use create_request::{CreateRequest, IDEMPOTENCY_KEY_CHARS_MAX};
pub use event_view::{EVENTS_PROTOCOL, EventView, KEY_PROTOCOL, PING, PONG, is_event_id, parse_listen, server_sent};
pub use live_details::{LiveDetails, PageView};
pub use problem::{Code, Holder, Problem};
pub use query::{
    EVENTS_LIMIT_MAX, EventsQuery, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, ListQuery, PICTURE_WIDTH_MAX, PICTURE_WIDTH_MIN,
    PictureQuery, ReleaseAllQuery, parse_no_query,
};
pub use route::{Access, Method, ROUTES, Route, RouteError, RouteRow, TargetId};
pub use session_view::{
    FailureView, Outcome, RecordingView, ReleaseAllAnswer, ReleaseAnswer, ReleaseOutcome, SessionList, SessionUrls,
    SessionView, ViewContext,
};
pub use usage::{By, CurrentSessions, LiveLimits, PeriodView, UsageQuery, UsageView, seconds};
