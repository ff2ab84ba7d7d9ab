//! Who asks: a project's key, or a session's token.

use worker::{Env, Headers, Request};

use super::address::Address;
use super::subprotocols::offered_protocols;
use crate::edge::platform::settings;
use crate::session::{ProjectName, SessionId};
use crate::wire::{Access, Code, KEY_PROTOCOL, Key, Problem, Right, Secret, Token};

/// Who may use a session, or a project: the project, and what it may do there.
pub(super) struct Visitor {
    pub project: ProjectName,
    pub right: Right,
}

/// Who makes a request, if it may be made.
///
/// # Errors
/// `not_configured`, `missing_key`, `invalid_key`, `invalid_token`, `forbidden`.
pub(super) fn authorize(access: Access, request: &Request, address: &Address, env: &Env) -> Result<Visitor, Problem> {
    let Some(secret) = settings::secret(env) else {
        let detail = "this deployment has no secret: set TIDEWATCH_SECRET to 32 characters or more";
        return Err(Problem::new(Code::NotConfigured, detail));
    };
    match access {
        Access::Public | Access::Project => Ok(Visitor { project: project(request, &secret)?, right: Right::Connect }),
        Access::Subscriber => Ok(Visitor { project: subscriber(request, &secret)?, right: Right::Connect }),
        Access::Session(id, right) => visitor(request, address, &secret, id, right),
    }
}

/// The project whose key came with the request.
///
/// # Errors
/// `missing_key`, `invalid_key`.
fn project(request: &Request, secret: &Secret) -> Result<ProjectName, Problem> {
    project_of(key_text(request.headers()), secret)
}

/// The same for a subscriber, which may offer the key as a subprotocol: a page can send no headers with a socket.
///
/// # Errors
/// `missing_key`, `invalid_key`.
fn subscriber(request: &Request, secret: &Secret) -> Result<ProjectName, Problem> {
    let offered = || {
        offered_protocols(request.headers()).iter().find_map(|text| text.strip_prefix(KEY_PROTOCOL).map(str::to_owned))
    };
    project_of(key_text(request.headers()).or_else(offered), secret)
}

fn project_of(key: Option<String>, secret: &Secret) -> Result<ProjectName, Problem> {
    let Some(text) = key else {
        let detail = "send the key as \"Authorization: Bearer KEY\", or in x-api-key or steel-api-key";
        return Err(Problem::new(Code::MissingKey, detail));
    };
    let refused = |_| Problem::new(Code::InvalidKey, "this key is none of this deployment's");
    Key::verify(secret, &text).map(|key| key.project).map_err(refused)
}

/// Who may use a session for `right`: by the token in its URL, or by the project's key.
///
/// # Errors
/// `invalid_token`, `forbidden`, and as [`project`].
fn visitor(
    request: &Request,
    address: &Address,
    secret: &Secret,
    session: SessionId,
    right: Right,
) -> Result<Visitor, Problem> {
    let Some(text) = address.parameter("token") else {
        return Ok(Visitor { project: project(request, secret)?, right: Right::Connect });
    };
    let refused = |_| Problem::new(Code::InvalidToken, "this token is altered, or another session's");
    let token = Token::verify(secret, session, &text).map_err(refused)?;
    if token.right.includes(right) {
        Ok(Visitor { project: token.project, right: token.right })
    } else {
        Err(Problem::new(Code::Forbidden, "this token is for the session's viewer, and drives no browser"))
    }
}

fn key_text(headers: &Headers) -> Option<String> {
    let header = |name| headers.get(name).ok().flatten().filter(|text: &String| !text.is_empty());
    if let Some(text) = header("authorization") {
        let (scheme, key) = text.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned());
    }
    header("steel-api-key").or_else(|| header("x-api-key"))
}
