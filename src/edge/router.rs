//! From a request to its answer.

use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Headers, Request, Response, WebSocket};

use super::address::Address;
use super::answer::{self, Answered};
use super::auth::Visitor;
use super::cors::Cors;
use super::directory_stub::DirectoryStub;
use super::hang_up::HangUp;
use super::provider::JsonCall;
use super::settings::{self, Settings};
use super::{auth, body, clock, connect, devtools, fleet_stub, listen, recorded, view};
use crate::cdp;
use crate::session::{BrowserId, Change, OptionsLimits, ProjectName, SessionId, Timestamp};
use crate::wire::{
    Code, CreateRequest, FleetCall, FleetEnvelope, InvalidOrigin, Method, PictureQuery, Problem, RelayOpen, Right,
    Route, RouteError, Secret, TargetId, from_json, parse_no_query,
};

/// Answers a request. Total: what goes wrong is a problem.
///
/// # Errors
/// Only if the platform can't make a response at all.
pub(super) async fn respond(request: Request, env: Env) -> worker::Result<Response> {
    let request_id = clock::new_id().to_string();
    let cors = Cors::of(&request, &env);
    let answered =
        if cors.is_preflight() { answer::nothing(&request_id) } else { answer_to(request, &env, &request_id).await };
    cors.tell(answered.or_else(|problem| answer::problem(&problem, &request_id))?)
}

async fn answer_to(request: Request, env: &Env, request_id: &str) -> Answered {
    let address = Address::new(request.inner().url());
    let path = address.path();
    if !path.starts_with("/v1/") {
        return page(request, env, request_id).await;
    }
    let method = request.inner().method();
    if method == "OPTIONS" {
        return answer::nothing(request_id);
    }
    match Route::parse(Method::parse(&method), path).map_err(route_problem)? {
        Route::Health => health(env, request_id).await,
        route => call(route, request, &address, env, request_id).await,
    }
}

/// Who asks for what, as far as it is known at the front.
pub(super) struct Caller<'a> {
    request: &'a Request,
    env: &'a Env,
    request_id: &'a str,
    address: &'a Address,
    visitor: Visitor,
}

impl Caller<'_> {
    pub(super) fn env(&self) -> &Env {
        self.env
    }

    pub(super) fn project(&self) -> &ProjectName {
        &self.visitor.project
    }

    pub(super) fn request_id(&self) -> &str {
        self.request_id
    }

    pub(super) fn query(&self) -> &str {
        self.address.query()
    }

    pub(super) fn base_url(&self) -> &str {
        self.address.origin()
    }

    pub(super) fn right(&self) -> Right {
        self.visitor.right
    }

    pub(super) fn socket(&self, socket: WebSocket) -> Answered {
        answer::socket(socket, self.request_id)
    }

    /// What another object has answered.
    pub(super) fn passed_on(&self, response: worker::Result<Response>) -> Answered {
        response.map_err(|error| answer::unmade(&error, self.request_id))
    }

    /// What the relay of a watched session needs to know.
    pub(super) fn relay_open(&self, id: SessionId, browser: &BrowserId, target: Option<&TargetId>) -> RelayOpen {
        RelayOpen {
            project: self.visitor.project.clone(),
            session: id,
            browser: browser.clone(),
            target: target.cloned(),
            width: 0,
            request_id: self.request_id.to_owned(),
        }
    }

    pub(super) fn headers(&self) -> &Headers {
        self.request.headers()
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    pub(super) fn takes_gzip(&self) -> bool {
        let accepted = self.header("accept-encoding");
        accepted.is_some_and(|accepted| accepted.contains("gzip"))
    }

    pub(super) fn wants_upgrade(&self) -> bool {
        self.header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
    }

    pub(super) fn json(&self, body: &impl Serialize) -> Answered {
        answer::json(200, body, self.request_id)
    }

    pub(super) fn text(&self, body: &str) -> Answered {
        answer::text(body, self.request_id)
    }

    /// Hands a call to the project's fleet, and its answer to the caller as it is.
    async fn pass_to_fleet(&self, call: FleetCall) -> Answered {
        self.passed_on(match call {
            FleetCall::Create(_) => {
                let caller = HangUp::of(self.request.inner());
                fleet_stub::call_for(self.env, &self.envelope(call), &caller).await
            }
            call => fleet_stub::call(self.env, &self.envelope(call)).await,
        })
    }

    /// Asks the project's fleet something; a problem of its is the caller's.
    pub(super) async fn ask_fleet<T: DeserializeOwned>(&self, call: FleetCall) -> Result<T, Problem> {
        let broken = |error: worker::Error| answer::internal("fleet", &error, self.request_id);
        let mut response = fleet_stub::call(self.env, &self.envelope(call)).await.map_err(broken)?;
        let status = response.status_code();
        let body = response.text().await.map_err(broken)?;
        if status == 200 {
            return from_json(&body).map_err(|error| answer::internal("fleet", &error, self.request_id));
        }
        Err(Problem::from_json(&body)
            .unwrap_or_else(|| answer::internal("fleet", &format!("it answered {status}"), self.request_id)))
    }

    pub(super) fn envelope(&self, call: FleetCall) -> FleetEnvelope {
        FleetEnvelope {
            project: self.visitor.project.clone(),
            base_url: self.base_url().to_owned(),
            request_id: self.request_id.to_owned(),
            call,
        }
    }
}

async fn call(route: Route, mut request: Request, address: &Address, env: &Env, request_id: &str) -> Answered {
    let secret = settings::secret(env).ok_or_else(not_configured)?;
    let visitor = authorize(&route, &request, address, &secret)?;
    let limits = Settings::read(env).map_err(unreadable_setting)?.options;
    settings::allowed_origins(env).map_err(|error| unreadable_origins(&error))?;
    let call = fleet_call(&route, &mut request, address.query(), limits).await?;
    let caller = Caller { request: &request, env, request_id, address, visitor };
    match call {
        Some(call) => caller.pass_to_fleet(call).await,
        None => browser_call(&route, &caller).await,
    }
}

/// Who may call a route, and with what right.
fn authorize(route: &Route, request: &Request, address: &Address, secret: &Secret) -> Result<Visitor, Problem> {
    match route {
        Route::Connect(id)
        | Route::Page(id, _)
        | Route::JsonNew(id)
        | Route::JsonActivate(id, _)
        | Route::JsonClose(id, _) => auth::visitor(request, address, secret, *id, Right::Connect),
        Route::View(id)
        | Route::Picture(id)
        | Route::JsonList(id)
        | Route::JsonVersion(id)
        | Route::JsonProtocol(id) => auth::visitor(request, address, secret, *id, Right::View),
        Route::Events => Ok(Visitor { project: auth::listener(request, secret)?, right: Right::Connect }),
        Route::Health
        | Route::Create
        | Route::List
        | Route::ReleaseAll
        | Route::Usage
        | Route::Get(_)
        | Route::Change(_)
        | Route::Release(_)
        | Route::RecordedEvents(_)
        | Route::LiveDetails(_) => Ok(Visitor { project: auth::project(request, secret)?, right: Right::Connect }),
    }
}

/// The call to the fleet that answers a route, if it is the fleet that answers it.
async fn fleet_call(
    route: &Route,
    request: &mut Request,
    query: &str,
    limits: OptionsLimits,
) -> Result<Option<FleetCall>, Problem> {
    if matches!(route, Route::Create | Route::Get(_) | Route::Change(_) | Route::Release(_) | Route::LiveDetails(_)) {
        parse_no_query(query).map_err(Problem::invalid)?;
    }
    Ok(Some(match route {
        Route::Create => FleetCall::Create(Box::new(create_request(request, limits).await?)),
        Route::List => FleetCall::List(query.to_owned()),
        Route::Get(id) => FleetCall::Get(*id),
        Route::Change(id) => {
            let body = body::read_json(request).await?;
            let change = Change::parse(&body, limits).map_err(Problem::invalid)?;
            FleetCall::Change(*id, change)
        }
        Route::Release(id) => {
            body::read_nothing(request).await?;
            FleetCall::Release(*id)
        }
        Route::ReleaseAll => {
            body::read_nothing(request).await?;
            FleetCall::ReleaseAll(query.to_owned())
        }
        Route::Usage => FleetCall::Usage(query.to_owned()),
        Route::Health
        | Route::Events
        | Route::LiveDetails(_)
        | Route::RecordedEvents(_)
        | Route::Connect(_)
        | Route::Page(..)
        | Route::View(_)
        | Route::Picture(_)
        | Route::JsonVersion(_)
        | Route::JsonList(_)
        | Route::JsonProtocol(_)
        | Route::JsonNew(_)
        | Route::JsonActivate(..)
        | Route::JsonClose(..) => return Ok(None),
    }))
}

/// A route that is answered by the session's browser, or by a socket.
async fn browser_call(route: &Route, caller: &Caller<'_>) -> Answered {
    match route {
        Route::Events => listen::open(caller).await,
        Route::LiveDetails(id) => devtools::live_details(caller, *id).await,
        Route::RecordedEvents(id) => recorded::events(caller, *id).await,
        Route::Connect(id) => connect::socket(caller, *id, None).await,
        Route::Page(id, target) => connect::socket(caller, *id, Some(target)).await,
        Route::View(id) => view::socket(caller, *id).await,
        Route::Picture(id) => {
            let query = PictureQuery::parse(caller.address.query()).map_err(Problem::invalid)?;
            view::picture(caller, *id, query.width).await
        }
        Route::JsonVersion(id) => devtools::json(caller, *id, JsonCall::Version).await,
        Route::JsonList(id) => devtools::json(caller, *id, JsonCall::List).await,
        Route::JsonProtocol(id) => devtools::json(caller, *id, JsonCall::Protocol).await,
        Route::JsonNew(id) => devtools::new_tab(caller, *id, &cdp::new_tab_url(caller.address.query())).await,
        Route::JsonActivate(id, target) => devtools::json(caller, *id, JsonCall::Activate(target.as_str())).await,
        Route::JsonClose(id, target) => devtools::json(caller, *id, JsonCall::Close(target.as_str())).await,
        Route::Health
        | Route::Create
        | Route::List
        | Route::ReleaseAll
        | Route::Usage
        | Route::Get(_)
        | Route::Change(_)
        | Route::Release(_) => Err(route_problem(RouteError::NotFound)),
    }
}

async fn create_request(request: &mut Request, limits: OptionsLimits) -> Result<CreateRequest, Problem> {
    let body = body::read_json(request).await?;
    let key = request.headers().get("idempotency-key").ok().flatten();
    CreateRequest::parse(&body, key.as_deref(), limits).map_err(Problem::invalid)
}

async fn health(env: &Env, request_id: &str) -> Answered {
    let is_readable = Settings::read(env).is_ok() && settings::allowed_origins(env).is_ok();
    let configured = settings::secret(env).is_some() && is_readable;
    let swept = if configured { DirectoryStub::of(env).last_sweep().await.ok() } else { None };
    let body = serde_json::json!({
        "status": if configured && swept.is_none() { "degraded" } else { "ok" },
        "version": env!("CARGO_PKG_VERSION"),
        "configured": configured,
        "closing": swept.map(|swept| swept.closing),
        "sweptAt": swept.and_then(|swept| swept.at).map(Timestamp::to_iso),
    });
    answer::json(200, &body, request_id)
}

/// A file of `www/`, or a problem if there is none.
async fn page(request: Request, env: &Env, request_id: &str) -> Answered {
    if Method::parse(&request.inner().method()) != Method::Get {
        return Err(route_problem(RouteError::MethodNotAllowed { allow: "GET, HEAD".to_owned() }));
    }
    let Ok(assets) = env.assets("ASSETS") else { return Err(route_problem(RouteError::NotFound)) };
    match assets.fetch_request(request).await {
        Ok(file) if file.status_code() == 404 => Err(route_problem(RouteError::NotFound)),
        file => answer::passed_on(file, request_id),
    }
}

fn unreadable_setting(name: &str) -> Problem {
    let must = if name == "BROWSERS_ARE_OURS_ALONE" { "\"true\" or \"false\"" } else { "a whole number" };
    Problem::new(Code::NotConfigured, format!("{name} of this deployment must be {must}"))
}

fn unreadable_origins(error: &InvalidOrigin) -> Problem {
    Problem::new(Code::NotConfigured, format!("ALLOWED_ORIGINS of this deployment: {error}"))
}

fn not_configured() -> Problem {
    let detail = "this deployment has no secret: set TIDEWATCH_SECRET to 32 characters or more";
    Problem::new(Code::NotConfigured, detail)
}

fn route_problem(error: RouteError) -> Problem {
    match error {
        RouteError::NotFound => Problem::new(Code::RouteNotFound, "there is no such call"),
        RouteError::NoSuchSession => no_such_session(),
        RouteError::NoSuchTarget => Problem::new(Code::TargetNotFound, "this session's browser has no such tab"),
        RouteError::MethodNotAllowed { allow } => {
            let detail = format!("this call answers to {allow}");
            Problem::new(Code::MethodNotAllowed, detail).allowing(allow)
        }
    }
}

fn no_such_session() -> Problem {
    Problem::new(Code::SessionNotFound, "there is no such session in this project")
}
