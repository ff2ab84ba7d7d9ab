//! The calls of the API. [`ROUTES`] lists each once: its method, its path and its [`Route`].

use crate::session::{BrowserId, SessionId};
use crate::wire::auth::Right;

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`, and `HEAD`: the same answer without its body.
    Get,
    /// `POST`.
    Post,
    /// `PATCH`.
    Patch,
    /// `PUT`.
    Put,
    /// A method that no call answers to.
    Other,
}

impl Method {
    /// Reads a request's method.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "GET" | "HEAD" => Self::Get,
            "POST" => Self::Post,
            "PATCH" => Self::Patch,
            "PUT" => Self::Put,
            _ => Self::Other,
        }
    }

    /// As it stands in an `Allow` header.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Other => "",
        }
    }
}

/// A tab's id, as the browser gives it. Its characters can't add a segment to a path.
pub type TargetId = BrowserId;

/// A call of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `GET /v1/health`
    Health,
    /// `POST /v1/sessions`
    Create,
    /// `GET /v1/sessions`
    List,
    /// `POST /v1/sessions/release`
    ReleaseAll,
    /// `GET /v1/events`: a WebSocket, or server-sent events
    Events,
    /// `GET /v1/usage`
    Usage,
    /// `GET /v1/sessions/{id}`
    Get(SessionId),
    /// `PATCH /v1/sessions/{id}`
    Change(SessionId),
    /// `POST /v1/sessions/{id}/release`
    Release(SessionId),
    /// `GET /v1/sessions/{id}/live-details`
    LiveDetails(SessionId),
    /// `GET /v1/sessions/{id}/events`
    RecordedEvents(SessionId),
    /// `GET /v1/sessions/{id}/connect`
    Connect(SessionId),
    /// `GET /v1/sessions/{id}/page/{target}`
    Page(SessionId, TargetId),
    /// `GET /v1/sessions/{id}/view`
    View(SessionId),
    /// `GET /v1/sessions/{id}/picture`
    Picture(SessionId),
    /// `GET /v1/sessions/{id}/json/version`
    JsonVersion(SessionId),
    /// `GET /v1/sessions/{id}/json` and `…/json/list`
    JsonList(SessionId),
    /// `GET /v1/sessions/{id}/json/protocol`
    JsonProtocol(SessionId),
    /// `PUT /v1/sessions/{id}/json/new`
    JsonNew(SessionId),
    /// `GET /v1/sessions/{id}/json/activate/{target}`
    JsonActivate(SessionId, TargetId),
    /// `GET /v1/sessions/{id}/json/close/{target}`
    JsonClose(SessionId, TargetId),
}

/// Who may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone, without a key.
    Public,
    /// A caller with a project's key.
    Project,
    /// A caller with a project's key, or with a token of this session that includes this right.
    Session(SessionId, Right),
    /// A caller with a project's key. A page can send no headers with a socket, so it may offer the key as a
    /// subprotocol.
    Subscriber,
}

/// Why a request has no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No call has this path.
    NotFound,
    /// The session id in the path is malformed.
    NoSuchSession,
    /// The tab id in the path is malformed.
    NoSuchTarget,
    /// The path exists, but not for this method.
    MethodNotAllowed {
        /// The methods that it answers to, for the `Allow` header.
        allow: String,
    },
}

/// One call of the API: its method, its path, and the route that they lead to.
#[derive(Debug)]
pub struct RouteRow {
    /// The method.
    pub method: Method,
    /// The path, with `{id}` for a session's id and `{target}` for a tab's.
    pub path: &'static str,
    to: To,
}

/// Makes a route from the ids in its path.
#[derive(Debug)]
enum To {
    Project(Route),
    Session(fn(SessionId) -> Route),
    Target(fn(SessionId, TargetId) -> Route),
}

const fn row(method: Method, path: &'static str, to: To) -> RouteRow {
    RouteRow { method, path, to }
}

/// Every call of the API. A path without ids stands before the paths with ids that match it too.
pub const ROUTES: &[RouteRow] = &[
    row(Method::Get, "/v1/health", To::Project(Route::Health)),
    row(Method::Get, "/v1/usage", To::Project(Route::Usage)),
    row(Method::Get, "/v1/events", To::Project(Route::Events)),
    row(Method::Get, "/v1/sessions", To::Project(Route::List)),
    row(Method::Post, "/v1/sessions", To::Project(Route::Create)),
    row(Method::Post, "/v1/sessions/release", To::Project(Route::ReleaseAll)),
    row(Method::Get, "/v1/sessions/{id}", To::Session(Route::Get)),
    row(Method::Patch, "/v1/sessions/{id}", To::Session(Route::Change)),
    row(Method::Post, "/v1/sessions/{id}/release", To::Session(Route::Release)),
    row(Method::Get, "/v1/sessions/{id}/live-details", To::Session(Route::LiveDetails)),
    row(Method::Get, "/v1/sessions/{id}/events", To::Session(Route::RecordedEvents)),
    row(Method::Get, "/v1/sessions/{id}/connect", To::Session(Route::Connect)),
    row(Method::Get, "/v1/sessions/{id}/page/{target}", To::Target(Route::Page)),
    row(Method::Get, "/v1/sessions/{id}/view", To::Session(Route::View)),
    row(Method::Get, "/v1/sessions/{id}/picture", To::Session(Route::Picture)),
    row(Method::Get, "/v1/sessions/{id}/json", To::Session(Route::JsonList)),
    row(Method::Get, "/v1/sessions/{id}/json/list", To::Session(Route::JsonList)),
    row(Method::Get, "/v1/sessions/{id}/json/version", To::Session(Route::JsonVersion)),
    row(Method::Get, "/v1/sessions/{id}/json/protocol", To::Session(Route::JsonProtocol)),
    row(Method::Put, "/v1/sessions/{id}/json/new", To::Session(Route::JsonNew)),
    row(Method::Get, "/v1/sessions/{id}/json/activate/{target}", To::Target(Route::JsonActivate)),
    row(Method::Get, "/v1/sessions/{id}/json/close/{target}", To::Target(Route::JsonClose)),
];

impl Route {
    /// Finds the route of a request in [`ROUTES`].
    ///
    /// # Errors
    /// The first of these that is wrong: the path, the session's id, the tab's id, the method.
    pub fn parse(method: Method, path: &str) -> Result<Self, RouteError> {
        let path = without_json_slash(path);
        let found = ROUTES.iter().find_map(|row| Some((row.path, ids_in(row.path, path)?)));
        let (pattern, ids) = found.ok_or(RouteError::NotFound)?;
        let mut methods = Vec::new();
        for row in ROUTES.iter().filter(|row| row.path == pattern) {
            let route = row.to.route(&ids)?;
            if row.method == method {
                return Ok(route);
            }
            methods.push(row.method.as_str());
        }
        Err(RouteError::MethodNotAllowed { allow: format!("{}, OPTIONS", methods.join(", ")) })
    }

    /// Who may make this call.
    #[must_use]
    pub const fn access(&self) -> Access {
        match self {
            Self::Health => Access::Public,
            Self::Create
            | Self::List
            | Self::ReleaseAll
            | Self::Usage
            | Self::Get(_)
            | Self::Change(_)
            | Self::Release(_)
            | Self::LiveDetails(_)
            | Self::RecordedEvents(_) => Access::Project,
            Self::Events => Access::Subscriber,
            Self::View(id)
            | Self::Picture(id)
            | Self::JsonVersion(id)
            | Self::JsonList(id)
            | Self::JsonProtocol(id) => Access::Session(*id, Right::View),
            Self::Connect(id)
            | Self::Page(id, _)
            | Self::JsonNew(id)
            | Self::JsonActivate(id, _)
            | Self::JsonClose(id, _) => Access::Session(*id, Right::Connect),
        }
    }
}

impl To {
    fn route(&self, ids: &[&str]) -> Result<Route, RouteError> {
        let session = |id| SessionId::parse(id).map_err(|_| RouteError::NoSuchSession);
        let target = |id| TargetId::parse(id).map_err(|_| RouteError::NoSuchTarget);
        match (self, ids) {
            (Self::Project(route), []) => Ok(route.clone()),
            (Self::Session(make), [id]) => Ok(make(session(id)?)),
            (Self::Target(make), [id, tab]) => Ok(make(session(id)?, target(tab)?)),
            // A path of the table has the ids that its route takes: a test goes through all rows.
            (Self::Project(_) | Self::Session(_) | Self::Target(_), _) => Err(RouteError::NotFound),
        }
    }
}

/// The texts that stand in `path` where `pattern` has an id; `None` if the path does not match.
fn ids_in<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut ids = Vec::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            ids.push(segment);
        } else if segment != expected {
            return None;
        }
    }
    segments.next().is_none().then_some(ids)
}

/// Published clients end the paths below `json` with a slash. No other path may have one.
fn without_json_slash(path: &str) -> &str {
    // "", "v1", "sessions", the id, "json"
    if path.split('/').nth(4) == Some("json") { path.strip_suffix('/').unwrap_or(path) } else { path }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ID: &str = "0192f0c1-7b3c-7000-8000-00000000000a";

    fn route(method: &str, path: &str) -> Result<Route, RouteError> {
        Route::parse(Method::parse(method), &path.replace("{id}", ID))
    }

    #[test]
    fn every_call_has_one_path_and_one_method() {
        let id = SessionId::parse(ID).unwrap();
        let target = TargetId::parse("ABC123").unwrap();
        let table = [
            ("GET", "/v1/health", Route::Health),
            ("POST", "/v1/sessions", Route::Create),
            ("GET", "/v1/sessions", Route::List),
            ("POST", "/v1/sessions/release", Route::ReleaseAll),
            ("GET", "/v1/events", Route::Events),
            ("GET", "/v1/usage", Route::Usage),
            ("GET", "/v1/sessions/{id}", Route::Get(id)),
            ("PATCH", "/v1/sessions/{id}", Route::Change(id)),
            ("POST", "/v1/sessions/{id}/release", Route::Release(id)),
            ("GET", "/v1/sessions/{id}/live-details", Route::LiveDetails(id)),
            ("GET", "/v1/sessions/{id}/events", Route::RecordedEvents(id)),
            ("GET", "/v1/sessions/{id}/connect", Route::Connect(id)),
            ("GET", "/v1/sessions/{id}/page/ABC123", Route::Page(id, target.clone())),
            ("GET", "/v1/sessions/{id}/view", Route::View(id)),
            ("GET", "/v1/sessions/{id}/picture", Route::Picture(id)),
            ("GET", "/v1/sessions/{id}/json", Route::JsonList(id)),
            ("GET", "/v1/sessions/{id}/json/", Route::JsonList(id)),
            ("GET", "/v1/sessions/{id}/json/list/", Route::JsonList(id)),
            ("GET", "/v1/sessions/{id}/json/version/", Route::JsonVersion(id)),
            ("GET", "/v1/sessions/{id}/json/protocol", Route::JsonProtocol(id)),
            ("PUT", "/v1/sessions/{id}/json/new", Route::JsonNew(id)),
            ("GET", "/v1/sessions/{id}/json/activate/ABC123", Route::JsonActivate(id, target.clone())),
            ("GET", "/v1/sessions/{id}/json/close/ABC123", Route::JsonClose(id, target)),
        ];
        for (method, path, expected) in table {
            assert_eq!(route(method, path), Ok(expected), "{method} {path}");
            let refused = matches!(route("DELETE", path), Err(RouteError::MethodNotAllowed { .. }));
            assert!(refused, "DELETE {path}");
        }
    }

    #[test]
    fn every_row_leads_to_its_own_route() {
        let id = SessionId::parse(ID).unwrap();
        let target = TargetId::parse("ABC123").unwrap();
        for row in ROUTES {
            let made = match &row.to {
                To::Project(route) => route.clone(),
                To::Session(make) => make(id),
                To::Target(make) => make(id, target.clone()),
            };
            let path = row.path.replace("{target}", "ABC123");
            let found = Route::parse(row.method, &path.replace("{id}", ID));
            assert_eq!(found, Ok(made), "{:?} {}", row.method, row.path);
        }
    }

    #[test]
    fn every_route_has_a_row() {
        let (_, source) = include_str!("route.rs").split_once("pub enum Route {").unwrap();
        let (variants, _) = source.split_once("\n}").unwrap();
        let name = |text: &str| text.chars().take_while(char::is_ascii_alphabetic).collect::<String>();
        let declared: BTreeSet<String> = variants.lines().map(|line| name(line.trim())).collect();
        let listed = ROUTES.iter().map(|row| {
            let path = row.path.replace("{id}", ID).replace("{target}", "ABC123");
            name(&format!("{:?}", Route::parse(row.method, &path).unwrap()))
        });
        let mut listed: BTreeSet<String> = listed.collect();
        // The lines with comments have no name.
        listed.insert(String::new());
        assert_eq!(declared, listed);
    }

    #[test]
    fn a_route_knows_who_may_take_it() {
        let id = SessionId::parse(ID).unwrap();
        let mut expected = Vec::new();
        for (access, paths) in [
            (Access::Public, &["GET /v1/health"][..]),
            (
                Access::Project,
                &[
                    "GET /v1/usage",
                    "GET /v1/sessions",
                    "POST /v1/sessions",
                    "POST /v1/sessions/release",
                    "GET /v1/sessions/{id}",
                    "PATCH /v1/sessions/{id}",
                    "POST /v1/sessions/{id}/release",
                    "GET /v1/sessions/{id}/live-details",
                    "GET /v1/sessions/{id}/events",
                ],
            ),
            (Access::Subscriber, &["GET /v1/events"]),
            (
                Access::Session(id, Right::View),
                &[
                    "GET /v1/sessions/{id}/view",
                    "GET /v1/sessions/{id}/picture",
                    "GET /v1/sessions/{id}/json",
                    "GET /v1/sessions/{id}/json/list",
                    "GET /v1/sessions/{id}/json/version",
                    "GET /v1/sessions/{id}/json/protocol",
                ],
            ),
            (
                Access::Session(id, Right::Connect),
                &[
                    "GET /v1/sessions/{id}/connect",
                    "GET /v1/sessions/{id}/page/{target}",
                    "PUT /v1/sessions/{id}/json/new",
                    "GET /v1/sessions/{id}/json/activate/{target}",
                    "GET /v1/sessions/{id}/json/close/{target}",
                ],
            ),
        ] {
            for path in paths {
                let (method, path) = path.split_once(' ').unwrap();
                let found = route(method, &path.replace("{target}", "ABC123")).unwrap();
                assert_eq!(found.access(), access, "{method} {path}");
                expected.push((Method::parse(method), path));
            }
        }
        for row in ROUTES {
            assert!(expected.contains(&(row.method, row.path)), "{:?} {} has no access here", row.method, row.path);
        }
        assert_eq!(expected.len(), ROUTES.len());
    }

    #[test]
    fn what_is_wrong_with_a_request_is_reported_in_order() {
        let allow = |text: &str| Err(RouteError::MethodNotAllowed { allow: text.to_owned() });
        for (method, path, expected) in [
            ("DELETE", "/v1/sessions/not-an-id/nope", Err(RouteError::NotFound)),
            ("DELETE", "/v1/sessions/not-an-id/page/..", Err(RouteError::NoSuchSession)),
            ("DELETE", "/v1/sessions/{id}/page/..", Err(RouteError::NoSuchTarget)),
            ("DELETE", "/v1/sessions/{id}/page/ABC123", allow("GET, HEAD, OPTIONS")),
            ("DELETE", "/v1/sessions/{id}", allow("GET, HEAD, PATCH, OPTIONS")),
            ("DELETE", "/v1/sessions", allow("GET, HEAD, POST, OPTIONS")),
            ("GET", "/v1/sessions/release", allow("POST, OPTIONS")),
            ("GET", "/v1/sessions/{id}/json/new/", allow("PUT, OPTIONS")),
            ("GET", "/v1/health/", Err(RouteError::NotFound)),
            ("GET", "/v1/sessions/{id}/connect/", Err(RouteError::NotFound)),
            ("GET", "/v1/sessions/{id}/json//", Err(RouteError::NotFound)),
        ] {
            assert_eq!(route(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn other_paths_are_no_calls() {
        for path in ["/", "/v1", "/v1/", "/v1/nope", "/v1/sessions/", "/v2/sessions", "/v1/sessions/{id}/nope"] {
            let found = route("GET", path);
            assert!(matches!(found, Err(RouteError::NotFound | RouteError::NoSuchSession)), "{path}: {found:?}");
        }
        assert_eq!(route("GET", "/v1/sessions/not-an-id"), Err(RouteError::NoSuchSession));
        assert_eq!(route("GET", "/v1/sessions/{id}/page/..%2f"), Err(RouteError::NoSuchTarget));
    }
}
