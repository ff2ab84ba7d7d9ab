//! The recorder of one browser: messages of the browser in, commands and segments out.

use serde_json::Value;

use super::input::{RecorderAction, RecorderActions, RecorderInput};
use super::log::Log;
use super::object::Object;
use super::requests::{Requests, address};
use super::script::{BINDING, Command, Script, message};
use super::{Segment, console};
use crate::session::{LEASE, Timestamp};

/// The browser keeps each object that a page prints until its client releases it. We do so after this many.
const PRINTED_KEPT: u32 = 100;
/// Frequent messages that are not recorded. They are recognised by their beginning and not parsed.
const UNHEARD: &[&str] =
    &["Network.dataReceived", "Network.requestWillBeSentExtraInfo", "Network.responseReceivedExtraInfo"];

/// Records one browser, over one socket after another.
#[derive(Debug, Default)]
pub struct Recorder {
    /// `None` before the first socket.
    script: Option<Script>,
    log: Log,
    targets: Vec<Target>,
    requests: Requests,
    last_command: u32,
    actions: Vec<RecorderAction>,
    /// Since when no socket is open. `None` while one is, and before the first one is tried.
    deaf_since: Option<Timestamp>,
    /// Events of the segment that is being stored.
    storing: Option<u32>,
    /// Events that are stored.
    stored: u64,
    /// Whether the session is over.
    is_over: bool,
}

/// A target that was attached to: a tab, or a frame of one that has a process of its own.
#[derive(Debug)]
struct Target {
    /// The CDP session in which it was attached to.
    session: String,
    tab: String,
    is_tab: bool,
    /// The world of the script in the tab's document, once that has said something.
    world: Option<i64>,
    printed: u32,
}

impl Recorder {
    /// A recorder before its first socket.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A recorder in the place of one that is dead: what was stored last is one lease old.
    #[must_use]
    pub fn replacing(now: Timestamp) -> Self {
        let mut recorder = Self { deaf_since: Some(now.before(LEASE)), ..Self::default() };
        recorder.log.mark_gap();
        recorder
    }

    /// Applies an input, and returns what the host must do.
    pub fn handle(&mut self, input: RecorderInput<'_>, now: Timestamp) -> RecorderActions {
        match input {
            RecorderInput::SocketOpened { script } => self.socket_opened(script, now),
            RecorderInput::SocketClosed => self.socket_closed(now),
            RecorderInput::MessageReceived(message) => self.message_received(message, now),
            RecorderInput::SegmentStored => self.stored += u64::from(self.store_over().unwrap_or(0)),
            RecorderInput::SegmentLost => {
                if self.store_over().is_some() {
                    self.log.mark_gap();
                }
            }
            RecorderInput::SessionEnded => {
                self.close_targets(now);
                self.is_over = true;
            }
            RecorderInput::DeadlineReached => {}
        }
        if let Some(segment) = self.next_segment(now) {
            self.storing = Some(segment.count);
            self.actions.push(RecorderAction::StoreSegment(segment));
        }
        RecorderActions(std::mem::take(&mut self.actions))
    }

    /// When the next segment is old enough to be stored; `None` if nothing is held, or another one is being stored.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.storing.is_some() { None } else { self.log.due_at() }
    }

    /// Whether the session is over, and nothing is left to store.
    #[must_use]
    pub const fn has_finished(&self) -> bool {
        self.is_over && self.storing.is_none() && self.log.is_empty()
    }

    /// Events that are stored.
    #[must_use]
    pub const fn stored(&self) -> u64 {
        self.stored
    }

    /// Whether anything is missing, as far as it is known.
    #[must_use]
    pub const fn has_gaps(&self) -> bool {
        self.log.has_gaps()
    }

    /// One segment is stored after the other. Once the session is over, none waits for its age.
    fn next_segment(&mut self, now: Timestamp) -> Option<Segment> {
        let is_wanted = self.storing.is_none() && (self.is_over || self.log.is_due(now));
        if is_wanted { self.log.take() } else { None }
    }

    /// The store of a segment is over. Answers how many events it has, if there was one.
    fn store_over(&mut self) -> Option<u32> {
        let events = self.storing.take()?;
        self.log.settle();
        Some(events)
    }

    fn socket_opened(&mut self, script: Script, now: Timestamp) {
        if self.is_over {
            return;
        }
        if let Some(from) = self.deaf_since.take() {
            self.log.note_gap(from, now, "the recorder had lost its browser");
        }
        self.script = Some(script);
        self.command(None, &Script::attach_to_all());
    }

    fn socket_closed(&mut self, now: Timestamp) {
        self.deaf_since.get_or_insert(now);
        self.close_targets(now);
    }

    /// All tabs count as closed.
    fn close_targets(&mut self, now: Timestamp) {
        for target in std::mem::take(&mut self.targets) {
            self.tell_closed(&target, now);
        }
    }

    fn message_received(&mut self, message: &str, now: Timestamp) {
        if self.is_over {
            return;
        }
        if !is_unheard(message)
            && let Ok(message) = serde_json::from_str::<Value>(message)
        {
            self.take_in(message, now);
        }
        if self.log.wants_pictures() {
            self.ask_for_pictures();
        }
    }

    fn take_in(&mut self, mut message: Value, now: Timestamp) {
        // `get_mut`, because indexing panics on a value that is not an object.
        let params = message.get_mut("params").map(Value::take).unwrap_or_default();
        let session = message["sessionId"].as_str();
        let Some(method) = message["method"].as_str() else { return };
        match method {
            "Target.attachedToTarget" => return self.attached(session, &params, now),
            "Target.detachedFromTarget" => return self.detached(&params, now),
            _ => {}
        }
        let Some(target) = self.targets.iter_mut().find(|target| Some(target.session.as_str()) == session) else {
            return;
        };
        let tab = target.tab.as_str();
        let (at, tag, payload) = match method {
            "Runtime.bindingCalled" if target.is_tab && params["name"] == BINDING => {
                target.world = params["executionContextId"].as_i64();
                for line in params["payload"].as_str().unwrap_or_default().split('\n') {
                    self.log.hear(tab, line, now);
                }
                return;
            }
            "Runtime.consoleAPICalled" => {
                target.printed += 1;
                (time_of(&params, now), "console", console::call(&params))
            }
            "Runtime.exceptionThrown" => (time_of(&params, now), "exception", console::exception(&params)),
            "Log.entryAdded" => (time_of(&params["entry"], now), "console", console::entry(&params)),
            "Page.frameNavigated" if params["frame"]["parentId"].is_null() => {
                let document = params["frame"]["loaderId"].as_str().unwrap_or_default();
                (now, "navigation", navigation(&params["frame"]).text("documentId", document))
            }
            "Page.navigatedWithinDocument" if params["frameId"] == tab => (now, "navigation", navigation(&params)),
            _ => match self.requests.hear(tab, method, &params) {
                Some((at, payload)) => (at, "network", payload),
                None => return,
            },
        };
        self.log.tell(tab, at, tag, payload, now);
        if target.printed >= PRINTED_KEPT {
            target.printed = 0;
            self.command(session, &Script::let_go_of_printed());
        }
    }

    fn attached(&mut self, parent: Option<&str>, params: &Value, now: Timestamp) {
        let info = &params["targetInfo"];
        let (Some(session), Some(id)) = (params["sessionId"].as_str(), info["targetId"].as_str()) else { return };
        let is_tab = info["type"] == "page";
        let around = self.targets.iter().find(|target| Some(target.session.as_str()) == parent);
        let tab = around.filter(|_| !is_tab).map_or(id, |around| &around.tab).to_owned();
        if is_tab {
            let mut payload = navigation(info).raw("opened", "true");
            if let Some(title) = info["title"].as_str() {
                payload = payload.text("title", title);
            }
            if let Some(opener) = info["openerId"].as_str() {
                payload = payload.text("openerTab", opener);
            }
            self.log.tell(&tab, now, "tab", payload, now);
        }
        self.targets.push(Target { session: session.to_owned(), tab, is_tab, world: None, printed: 0 });
        let commands = self.script.as_ref().map(|script| script.commands(is_tab)).unwrap_or_default();
        for command in &commands {
            self.command(Some(session), command);
        }
    }

    fn detached(&mut self, params: &Value, now: Timestamp) {
        if let Some(place) = self.targets.iter().position(|target| params["sessionId"] == *target.session) {
            let target = self.targets.remove(place);
            self.tell_closed(&target, now);
        }
    }

    fn tell_closed(&mut self, target: &Target, now: Timestamp) {
        if target.is_tab {
            for (at, payload) in self.requests.cut_short(&target.tab, now) {
                self.log.tell(&target.tab, at, "network", payload, now);
            }
            self.log.tell(&target.tab, now, "tab", Object::new().raw("opened", "false"), now);
        }
    }

    fn ask_for_pictures(&mut self) {
        for place in 0..self.targets.len() {
            let Target { world: Some(world), session, .. } = &self.targets[place] else { continue };
            let (world, session) = (*world, session.clone());
            self.command(Some(&session), &Script::picture(world));
        }
    }

    fn command(&mut self, session: Option<&str>, command: &Command) {
        self.last_command = self.last_command.wrapping_add(1);
        let text = message(self.last_command, session, command);
        self.actions.push(RecorderAction::SendCommand(text));
    }
}

/// Whether a message is one of those that are never recorded.
fn is_unheard(message: &str) -> bool {
    message.strip_prefix("{\"method\":\"").is_some_and(|rest| UNHEARD.iter().any(|method| rest.starts_with(method)))
}

fn navigation(place: &Value) -> Object {
    Object::new().text("url", &address(place["url"].as_str().unwrap_or_default()))
}

/// When the browser says that something happened; now, if it does not say.
fn time_of(params: &Value, now: Timestamp) -> Timestamp {
    #[allow(clippy::cast_possible_truncation, reason = "it is saturated")]
    params["timestamp"].as_f64().map_or(now, |at| Timestamp::from_millis(at as i64))
}
