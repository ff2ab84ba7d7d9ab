//! One viewer's end of a session: what it sends is let through by right, and what it is sent stays within bounds.
//!
//! A viewer has a socket of its own to the browser, so its attachments, and what it enables, are its own: there is no way
//! from here to those of an agent.

use serde_json::{Map, Value, json};

use super::viewer_rules::{Recipient, Rule, is_id};
use crate::session::{Millis, Timestamp};
use crate::wire::Right;

/// A message has no more bytes than this: a text that somebody pastes.
pub const COMMAND_BYTES_MAX: u32 = 1 << 20;
/// A pointer and a screen tell of themselves 60 times a second, each.
const COMMANDS_A_SECOND_MAX: u32 = 500;
/// Each attachment costs the browser memory. A person's tabs are fewer.
const ATTACHED_MAX: u32 = 100;
/// After so much a viewer is asked how far it has read.
const MARK_EVERY: u64 = 1 << 18;
/// So much may be on its way to a viewer: the platform keeps what a reader does not take, and does not tell.
const UNREAD_MAX: u64 = 1 << 25;
/// With this method a viewer says that it has read up to a mark.
const READ: &str = "Viewer.read";
/// The event that sets a mark.
const MARK: &str = "Viewer.mark";

const MALFORMED: Taken = Taken::Close(1008, "a message was no CDP command");
const TOO_MANY: Taken = Taken::Close(1008, "too many commands");
const TOO_SLOW: Sent = Sent::Close(1008, "the viewer does not read what it is sent");

/// A viewer, as far as the service keeps account of it. Lengths are in UTF-16 units, over the socket's whole life.
/// Invariant: what is read is no more than what was sent when the mark was set, and that no more than what is sent.
#[derive(Debug)]
pub struct Viewer {
    right: Right,
    attached: u32,
    /// When the second began whose commands are counted.
    second: Timestamp,
    commands: u32,
    sent: u64,
    /// How much of that it has read, as far as it has proved that.
    read: u64,
    /// The mark that it is to send back, and how much was sent when it was set.
    mark: Option<(String, u64)>,
}

/// What to do with a viewer's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Send this to the browser. It is written anew, so that the browser can't read in it what was not read here.
    Pass(String),
    /// Send this to the viewer: it may not do that.
    Refuse(String),
    /// It was for the service itself.
    Nothing,
    /// Close the socket with this code and reason.
    Close(u16, &'static str),
}

/// What follows from what was sent to a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Nothing.
    Well,
    /// Send this after it.
    Mark(String),
    /// Close the socket with this code and reason.
    Close(u16, &'static str),
}

impl Viewer {
    /// What becomes of a message with more than [`COMMAND_BYTES_MAX`] bytes.
    pub const TOO_BIG: Taken = Taken::Close(1009, "a message was too big");

    /// A viewer with a right, which connects now.
    #[must_use]
    pub const fn new(right: Right, now: Timestamp) -> Self {
        Self { right, attached: 0, second: now, commands: 0, sent: 0, read: 0, mark: None }
    }

    /// Takes a message of the viewer's.
    pub fn take(&mut self, message: &str, now: Timestamp) -> Taken {
        if message.len() > COMMAND_BYTES_MAX as usize {
            return Self::TOO_BIG;
        }
        if self.is_flooding(now) {
            return TOO_MANY;
        }
        let Some(command) = Command::read(message) else { return MALFORMED };
        if command.method == READ {
            return self.reach(command.parameters.get("mark"));
        }
        match self.decide(&command) {
            Ok(()) => Taken::Pass(command.written(json!({"method": command.method, "params": command.parameters}))),
            Err(why) => Taken::Refuse(command.written(json!({"error": {"code": -32000, "message": why}}))),
        }
    }

    /// Takes note of a message that is sent to the viewer, by its length. `fresh` makes a mark that nobody can guess.
    pub fn note_sent(&mut self, length: u32, fresh: impl FnOnce() -> String) -> Sent {
        self.sent += u64::from(length);
        let unread = self.sent - self.read;
        if unread > UNREAD_MAX {
            return TOO_SLOW;
        }
        if self.mark.is_some() || unread < MARK_EVERY {
            return Sent::Well;
        }
        let mark = fresh();
        let event = json!({"method": MARK, "params": {"mark": mark}}).to_string();
        self.mark = Some((mark, self.sent));
        Sent::Mark(event)
    }

    /// Takes note of an attachment that is over, as the browser says.
    pub fn note_detached(&mut self) {
        self.attached = self.attached.saturating_sub(1);
    }

    fn is_flooding(&mut self, now: Timestamp) -> bool {
        if now.since(self.second) >= Millis::from_secs(1) {
            (self.second, self.commands) = (now, 0);
        }
        self.commands += 1;
        self.commands > COMMANDS_A_SECOND_MAX
    }

    fn reach(&mut self, told: Option<&Value>) -> Taken {
        match &self.mark {
            Some((mark, place)) if told.and_then(Value::as_str) == Some(mark) => {
                self.read = *place;
                self.mark = None;
                Taken::Nothing
            }
            _ => MALFORMED,
        }
    }

    fn decide(&mut self, command: &Command) -> Result<(), String> {
        let Command { method, parameters, session, .. } = command;
        let rule = Rule::of(method).ok_or_else(|| format!("{method} is not for viewers"))?;
        if !self.right.includes(rule.right) {
            return Err(format!("{method} is not for viewers that may only look"));
        }
        if session.is_some() != (rule.to == Recipient::Tab) {
            return Err(format!("{method} has a sessionId if it is for a tab, and none if it is for the browser"));
        }
        if let Some(name) = rule.refuses(parameters) {
            return Err(format!("{method}: {name} is not allowed, or not so"));
        }
        if method == "Target.attachToTarget" {
            if self.attached >= ATTACHED_MAX {
                return Err(format!("{method}: no more than {ATTACHED_MAX} attachments for a viewer"));
            }
            self.attached += 1;
        }
        Ok(())
    }
}

/// A command, read as far as the rules go.
struct Command {
    id: i64,
    method: String,
    parameters: Map<String, Value>,
    session: Option<String>,
}

impl Command {
    fn read(message: &str) -> Option<Self> {
        let mut read = Self { id: -1, method: String::new(), parameters: Map::new(), session: None };
        let Ok(Value::Object(fields)) = serde_json::from_str(message) else { return None };
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("id", id) => read.id = id.as_i64().filter(|id| *id <= i64::from(i32::MAX))?,
                ("method", Value::String(method)) => read.method = method,
                ("params", Value::Object(parameters)) => read.parameters = parameters,
                ("sessionId", Value::String(session)) if is_id(&session) => read.session = Some(session),
                _ => return None,
            }
        }
        (read.id >= 0 && !read.method.is_empty()).then_some(read)
    }

    /// A message about this command, with its id and its session.
    fn written(&self, mut message: Value) -> String {
        message["id"] = json!(self.id);
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        message.to_string()
    }
}
