//! What both ends share: the HTTP API, the calls between objects, keys and tokens, and reading JSON.

pub mod auth;
pub mod http;
pub mod json;
pub mod rpc;

pub use auth::{
    AllowedOrigins, InvalidKey, InvalidOrigin, InvalidToken, Key, OriginPattern, Right, SECRET_CHARS_MIN, Secret,
    SessionTokens, Token,
};
pub use http::{
    Access, By, Code, CreateRequest, CurrentSessions, EVENTS_LIMIT_MAX, EVENTS_PROTOCOL, EventView, EventsQuery,
    FailureView, Holder, IDEMPOTENCY_KEY_CHARS_MAX, KEY_PROTOCOL, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, ListQuery,
    LiveDetails, LiveLimits, Method, Outcome, PICTURE_WIDTH_MAX, PICTURE_WIDTH_MIN, PING, PONG, PageView, PeriodView,
    PictureQuery, Problem, ROUTES, RecordingView, ReleaseAllAnswer, ReleaseAllQuery, ReleaseAnswer, ReleaseOutcome,
    Route, RouteError, RouteRow, SessionList, SessionUrls, SessionView, TargetId, UsageQuery, UsageView, ViewContext,
    is_event_id, parse_listen, parse_no_query, seconds, server_sent,
};
pub use json::{BODY_BYTES_MAX, InvalidJson, UnexpectedJson, from_json, parse_json};
pub use rpc::{
    AskPresence, CallContext, CallError, Change, Claims, CloseUnclaimed, ClosedByClient, Connect, Connectable, Create,
    Created, DirectoryCall, DirectoryMethod, DirectoryService, EndedAs, FindRecording, FleetCall, FleetMethod,
    FleetService, FleetSubscribe, Get, GetUsage, LastSweep, List, ListBrowsers, ListProjects, ListedBrowsers, Look,
    ProjectPage, RecordSweep, Recorded, RecorderCall, RecorderMethod, RecorderSeen, RecorderService, Register,
    RelayCall, RelayMethod, RelayOpen, RelayService, RelaySocket, Release, ReleaseAll, ReportClients, RunningBrowser,
    SocketLost, StartRecorder, Sweep, SweepReport, Swept, Unregister, WhichAreMine,
};
