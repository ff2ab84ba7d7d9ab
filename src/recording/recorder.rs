//! The recorder of one browser: CDP messages in, commands out, events into the log.

use serde_json::Value;

use super::object::Object;
use super::requests::{Requests, address};
use super::script::{BINDING, Command, Script, message};
use super::{Log, console};
use crate::session::Timestamp;

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
    commands: Vec<String>,
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

    /// What was recorded and is not stored yet.
    pub const fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    /// A socket to the browser is open; this script is put into each document. Returns what to send.
    #[must_use]
    pub fn open(&mut self, script: Script) -> Vec<String> {
        self.script = Some(script);
        self.command(None, &Script::attach_to_all());
        std::mem::take(&mut self.commands)
    }

    /// The socket has closed. All tabs count as closed.
    pub fn closed(&mut self, now: Timestamp) {
        for target in std::mem::take(&mut self.targets) {
            self.tell_closed(&target, now);
        }
    }

    /// Handles a message of the browser. Returns what to send.
    #[must_use]
    pub fn hear(&mut self, message: &str, now: Timestamp) -> Vec<String> {
        if !is_unheard(message)
            && let Ok(message) = serde_json::from_str::<Value>(message)
        {
            self.take_in(message, now);
        }
        if self.log.wants_pictures() {
            self.ask_for_pictures();
        }
        std::mem::take(&mut self.commands)
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
        self.commands.push(message(self.last_command, session, command));
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
