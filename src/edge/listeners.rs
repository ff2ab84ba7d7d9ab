//! Whoever listens to a project's events, on sockets that outlive the object's memory: what each has been told stands in its
//! attachment, and what is still to be told in the store.

use std::cell::Cell;

use serde_json::Value;
use worker::wasm_bindgen::JsValue;
use worker::worker_sys::WebSocketRequestResponsePair;
use worker::{Response, WebSocketPair, console_error};

use super::clock::now;
use super::fleet_core::FleetCore;
use super::raw_socket::RawSocket;
use crate::fleet::{Kept, Resumed, StoreError, Told};
use crate::wire::{Code, EVENTS_PROTOCOL, EventView, PING, PONG, Problem, SessionView, ViewContext};

/// Sockets of one project: each costs every turn a message.
const LISTENERS_MAX: usize = 100;
/// When another try makes sense, for one that finds no place.
const RETRY_AFTER_SECS: u32 = 30;
/// What listeners may not do.
const POLICY: (u16, &str) = (1008, "only pings may be sent here");

/// What this instance of the object knows of its listeners.
pub(super) struct Listeners {
    /// Whether there may be any: those of an instance before this one are still there.
    maybe: Cell<bool>,
    /// The event up to which all have been told, as far as this instance knows.
    told: Cell<Option<i64>>,
}

impl Default for Listeners {
    fn default() -> Self {
        Self { maybe: Cell::new(true), told: Cell::new(None) }
    }
}

/// Where a listener stands: what it has been told, and the address under which it reached the service.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    seen: i64,
    base_url: String,
}

impl Place {
    fn of(socket: &RawSocket) -> Option<Self> {
        let text = socket.attachment().ok()?.as_string()?;
        let (seen, base_url) = text.split_once(' ')?;
        Some(Self { seen: seen.parse().ok()?, base_url: base_url.to_owned() })
    }

    fn keep(&self, socket: &RawSocket) -> Result<(), JsValue> {
        socket.attach(&JsValue::from_str(&format!("{} {}", self.seen, self.base_url)))
    }
}

impl FleetCore {
    /// A socket for one more listener, who has seen all events up to one, or wants to hear only what comes.
    ///
    /// # Errors
    /// `too_many_listeners`, `internal`.
    pub(super) fn listen(&self, seen: Option<i64>, base_url: &str, names_protocol: bool) -> Result<Response, Problem> {
        if self.state.get_websockets().len() >= LISTENERS_MAX {
            let detail = format!("a project has {LISTENERS_MAX} listeners at most");
            let problem = Problem::new(Code::TooManyListeners, detail);
            return Err(problem.over_after(RETRY_AFTER_SECS));
        }
        let kept = self.fleet.kept_events().map_err(|error| broken(&error))?;
        let place = Place { seen: seen.unwrap_or(kept.latest), base_url: base_url.to_owned() };
        let opened = || {
            let pair = WebSocketPair::new()?;
            self.state.set_websocket_auto_response(&WebSocketRequestResponsePair::new(PING, PONG)?);
            self.state.accept_web_socket(&pair.server);
            let socket = RawSocket::of(&pair.server);
            place.keep(&socket)?;
            send(&socket, &serde_json::to_string(&EventView::ready(place.seen))?);
            let mut response = Response::from_websocket(pair.client)?;
            if names_protocol {
                response.headers_mut().set("sec-websocket-protocol", EVENTS_PROTOCOL)?;
            }
            Ok::<_, worker::Error>((socket, response))
        };
        let (socket, response) = opened().map_err(|error| broken(&error))?;
        self.listeners.maybe.set(true);
        self.bring_up(&[socket], kept).map_err(|error| broken(&error))?;
        Ok(response)
    }

    /// Tells all listeners what they have not been told. The end of every turn; costs nothing while nobody listens.
    pub(super) fn tell_listeners(&self) {
        if !self.listeners.maybe.get() {
            return;
        }
        let told = || {
            let latest = self.fleet.latest_event()?;
            if self.listeners.told.get() != Some(latest) {
                let sockets: Vec<RawSocket> = self.state.get_websockets().iter().map(RawSocket::of).collect();
                self.listeners.maybe.set(!sockets.is_empty());
                self.bring_up(&sockets, self.fleet.kept_events()?)?;
                self.listeners.told.set(Some(latest));
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = told() {
            console_error!("listeners: {error}");
        }
    }

    /// Brings listeners up to the latest event. Nearly always all stand in the same place, and one text serves them all.
    fn bring_up(&self, sockets: &[RawSocket], kept: Kept) -> Result<(), StoreError> {
        let mut last: Option<(Place, Vec<String>)> = None;
        for socket in sockets {
            let Some(place) = Place::of(socket) else { continue };
            if place.seen == kept.latest {
                continue;
            }
            let texts = match last.take() {
                Some((same, texts)) if same == place => texts,
                _ => self.messages(&place, kept)?,
            };
            for text in &texts {
                send(socket, text);
            }
            last = Some((place.clone(), texts));
            let _closed_meanwhile = Place { seen: kept.latest, ..place }.keep(socket);
        }
        Ok(())
    }

    /// All that a listener in this place is to be told.
    fn messages(&self, place: &Place, kept: Kept) -> Result<Vec<String>, StoreError> {
        let context = ViewContext { base_url: &place.base_url, now: now(), checked_at: self.fleet.checked_at()? };
        let views = match kept.resume(Some(place.seen)) {
            Resumed::Reset(latest) => vec![EventView::reset(latest)],
            Resumed::After(seen) => {
                self.fleet.events_after(seen)?.into_iter().map(|told| view(told, context)).collect()
            }
        };
        let text = |view| serde_json::to_string(view).map_err(|error| StoreError(format!("an event: {error}")));
        views.iter().map(text).collect()
    }
}

/// A listener has sent something that was not answered for us; `None` if that was no text.
pub(super) fn hear(socket: &RawSocket, text: Option<&str>) {
    if text.is_some_and(is_ping) {
        send(socket, PONG);
    } else {
        socket.shut(POLICY.0, POLICY.1);
    }
}

/// A listener has left. The platform does not answer its close for us, and it would wait for that.
pub(super) fn part(socket: &RawSocket) {
    socket.shut(1000, "");
}

/// A ping as a JSON library of another kind writes it.
fn is_ping(text: &str) -> bool {
    text.len() < 2 * PING.len() && text.split_ascii_whitespace().collect::<String>() == PING
}

fn view(told: Told, context: ViewContext<'_>) -> EventView {
    let session = told.record.map(|record| SessionView::new(&record.session, &record.tokens, record.brief, context));
    let text = |name: &str| told.data.get(name).and_then(Value::as_str).map(str::to_owned);
    EventView {
        id: told.id.to_string(),
        kind: told.kind,
        at: Some(told.at.to_iso()),
        session_id: Some(told.session),
        expires_at: text("expiresAt"),
        reason: text("reason"),
        session,
    }
}

/// Sends a text to a listener, unless that one has gone meanwhile.
fn send(socket: &RawSocket, text: &str) {
    let _gone = socket.send(&JsValue::from_str(text));
}

fn broken(cause: &dyn std::fmt::Display) -> Problem {
    super::answer::internal("listeners", cause, "-")
}
