//! Who asks for what: a request and what is known about it once it is authorized.

use serde::Serialize;
use serde_json::Value;
use worker::{Env, Headers, Request};

use super::address::Address;
use super::auth::Visitor;
use super::body;
use super::response::{self, Answered};
use crate::edge::platform::hang_up::HangUp;
use crate::edge::platform::rpc;
use crate::session::{BrowserId, OptionsLimits, ProjectName, SessionId};
use crate::wire::{CallContext, FleetCall, FleetMethod, Problem, RelayOpen, Right, TargetId, parse_no_query};

const ASKING_FLEET: &str = "asking the fleet";

/// An authorized request.
pub(super) struct Caller<'a> {
    request: Request,
    env: &'a Env,
    request_id: &'a str,
    address: Address,
    visitor: Visitor,
    limits: OptionsLimits,
}

impl<'a> Caller<'a> {
    pub(super) const fn new(
        request: Request,
        env: &'a Env,
        request_id: &'a str,
        address: Address,
        visitor: Visitor,
        limits: OptionsLimits,
    ) -> Self {
        Self { request, env, request_id, address, visitor, limits }
    }

    pub(super) const fn env(&self) -> &'a Env {
        self.env
    }

    pub(super) const fn project(&self) -> &ProjectName {
        &self.visitor.project
    }

    /// What the caller may do.
    pub(super) const fn right(&self) -> Right {
        self.visitor.right
    }

    /// What the deployment allows in a session's options.
    pub(super) const fn limits(&self) -> OptionsLimits {
        self.limits
    }

    pub(super) const fn request_id(&self) -> &'a str {
        self.request_id
    }

    pub(super) fn query(&self) -> &str {
        self.address.query()
    }

    pub(super) fn base_url(&self) -> &str {
        self.address.origin()
    }

    pub(super) fn headers(&self) -> &Headers {
        self.request.headers()
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    pub(super) fn accepts_gzip(&self) -> bool {
        let accepted = self.header("accept-encoding");
        accepted.is_some_and(|accepted| accepted.contains("gzip"))
    }

    pub(super) fn wants_upgrade(&self) -> bool {
        self.header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
    }

    /// Refuses a query, for a call that has none.
    ///
    /// # Errors
    /// `invalid_request`, naming each parameter.
    pub(super) fn expect_no_query(&self) -> Result<(), Problem> {
        parse_no_query(self.query()).map_err(Problem::invalid)
    }

    /// The body's JSON.
    ///
    /// # Errors
    /// As [`body::read_json`].
    pub(super) async fn json_body(&mut self) -> Result<Value, Problem> {
        body::read_json(&mut self.request).await
    }

    /// Refuses a body that holds anything, for a call that has no options.
    ///
    /// # Errors
    /// As [`body::read_nothing`].
    pub(super) async fn expect_no_body(&mut self) -> Result<(), Problem> {
        body::read_nothing(&mut self.request).await
    }

    /// Asks the project's fleet.
    ///
    /// # Errors
    /// The fleet's problem; `internal` if it does not answer.
    pub(super) async fn ask_fleet<M: FleetMethod>(&self, call: M) -> Result<M::Answer, Problem> {
        let asked = rpc::fleet(self.env, self.context(), call).await;
        asked.map_err(|error| rpc::problem_of(error, ASKING_FLEET, self.request_id))
    }

    /// Asks the project's fleet; it learns when this caller hangs up.
    ///
    /// # Errors
    /// The fleet's problem; `internal` if it does not answer.
    pub(super) async fn ask_fleet_while_waiting<M: FleetMethod>(&self, call: M) -> Result<M::Answer, Problem> {
        let hang_up = HangUp::of(self.request.inner());
        let asked = rpc::fleet_for(self.env, self.context(), call, &hang_up).await;
        asked.map_err(|error| rpc::problem_of(error, ASKING_FLEET, self.request_id))
    }

    /// Asks the project's fleet, and answers the caller with the fleet's JSON as it is.
    pub(super) async fn forward_to_fleet(&self, call: impl Into<FleetCall>) -> Answered {
        let asked = rpc::fleet_json(self.env, self.context(), call.into()).await;
        let json = asked.map_err(|error| rpc::problem_of(error, ASKING_FLEET, self.request_id))?;
        response::forward_json(json, self.request_id)
    }

    /// For whom a call to the fleet is made.
    pub(super) fn context(&self) -> CallContext {
        CallContext {
            project: self.visitor.project.clone(),
            base_url: self.base_url().to_owned(),
            request_id: self.request_id.to_owned(),
        }
    }

    /// What a session's relay needs to know to open a socket to its browser.
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

    /// Answers with JSON.
    pub(super) fn json(&self, body: &impl Serialize) -> Answered {
        response::json(200, body, self.request_id)
    }
}
