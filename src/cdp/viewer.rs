//! One viewer of a session: filters its commands by its right, and limits what may be on its way to it.
//!
//! A viewer has its own socket to the browser. Its attachments and the domains that it enables are its own: it can't
//! reach those of an agent.

use std::fmt;

use serde_json::{Map, Value, json};

use super::viewer_rules::{Recipient, Rule, is_id};
use crate::session::{Millis, Timestamp};
use crate::wire::Right;

/// The most bytes of a message. The largest messages are texts that a person pastes.
pub const COMMAND_BYTES_MAX: u32 = 1 << 20;
/// The most commands of a second. A pointer and a screencast send 60 each.
const COMMANDS_A_SECOND_MAX: u32 = 500;
/// The most attachments of a viewer. Each costs the browser memory, and a person has fewer tabs.
const ATTACHED_MAX: u32 = 100;
/// After this many unread UTF-16 units a viewer must confirm what it has read.
const MARK_EVERY: u64 = 1 << 18;
/// The most unread UTF-16 units. The platform buffers what a client does not read, and does not report how much.
const UNREAD_MAX: u64 = 1 << 25;
/// The method with which a viewer confirms that it has read up to a mark.
const READ: &str = "Viewer.read";
/// The event that sets a mark.
const MARK: &str = "Viewer.mark";

const MALFORMED: Taken = Taken::Close(1008, "a message was not a CDP command");
const TOO_MANY: Taken = Taken::Close(1008, "too many commands");
const TOO_SLOW: Sent = Sent::Close(1008, "the viewer does not read what it is sent");

/// The limits and counters of one viewer. Lengths are in UTF-16 units, counted from the start of the socket.
/// Invariant: `read` is at most the `sent` of the mark, and that is at most `sent`.
#[derive(Debug)]
pub struct Viewer {
    right: Right,
    attached: u32,
    /// The start of the second whose commands are counted.
    second: Timestamp,
    commands: u32,
    sent: u64,
    /// How much of `sent` it has confirmed to have read.
    read: u64,
    /// The mark that it must send back, and the value of `sent` when the mark was set.
    mark: Option<(String, u64)>,
}

/// What to do with a message from a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Send this to the browser. It is written anew from the parsed command, so that the browser can't read it
    /// differently.
    Pass(String),
    /// Send this error to the viewer: it may not send this command.
    Refuse(String),
    /// Nothing: the message was for the service itself.
    Nothing,
    /// Close the socket with this code and reason.
    Close(u16, &'static str),
}

/// What to do after a message was sent to a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Nothing.
    Well,
    /// Send this mark to the viewer.
    Mark(String),
    /// Close the socket with this code and reason.
    Close(u16, &'static str),
}

impl Viewer {
    /// The decision about a message with more than [`COMMAND_BYTES_MAX`] bytes.
    pub const TOO_BIG: Taken = Taken::Close(1009, "a message was too big");

    /// A viewer that connects now, with this right.
    #[must_use]
    pub const fn new(right: Right, now: Timestamp) -> Self {
        Self { right, attached: 0, second: now, commands: 0, sent: 0, read: 0, mark: None }
    }

    /// Decides about a message from the viewer.
    pub fn take(&mut self, message: &str, now: Timestamp) -> Taken {
        if message.len() > COMMAND_BYTES_MAX as usize {
            return Self::TOO_BIG;
        }
        if self.is_flooding(now) {
            return TOO_MANY;
        }
        let Some(command) = Command::read(message) else { return MALFORMED };
        if command.method == READ {
            return self.confirm(command.parameters.get("mark"));
        }
        match self.decide(&command) {
            Ok(()) => Taken::Pass(command.written(json!({"method": command.method, "params": command.parameters}))),
            Err(refusal) => {
                let error = json!({"code": -32000, "message": refusal.to_string()});
                Taken::Refuse(command.written(json!({"error": error})))
            }
        }
    }

    /// Counts a message of this length that is sent to the viewer. `fresh` makes a mark that can't be guessed.
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

    /// Counts an attachment that has ended.
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

    fn confirm(&mut self, confirmed: Option<&Value>) -> Taken {
        match &self.mark {
            Some((mark, sent)) if confirmed.and_then(Value::as_str) == Some(mark) => {
                self.read = *sent;
                self.mark = None;
                Taken::Nothing
            }
            _ => MALFORMED,
        }
    }

    fn decide<'a>(&mut self, command: &'a Command) -> Result<(), Refusal<'a>> {
        let Command { method, parameters, session, .. } = command;
        let refuse = |cause| Err(Refusal { method, cause });
        let Some(rule) = Rule::of(method) else { return refuse(Cause::NotForViewers) };
        if !self.right.includes(rule.right) {
            return refuse(Cause::RightMissing);
        }
        if session.is_some() != (rule.to == Recipient::Tab) {
            return refuse(Cause::WrongRecipient);
        }
        if let Some(name) = rule.refuses(parameters) {
            return refuse(Cause::Parameter(name));
        }
        if method == "Target.attachToTarget" {
            if self.attached >= ATTACHED_MAX {
                return refuse(Cause::TooManyAttachments);
            }
            self.attached += 1;
        }
        Ok(())
    }
}

/// A command that a viewer may not send.
struct Refusal<'a> {
    method: &'a str,
    cause: Cause<'a>,
}

/// Why a viewer may not send a command.
enum Cause<'a> {
    NotForViewers,
    RightMissing,
    WrongRecipient,
    /// This parameter is missing, unknown or has a value that is not allowed.
    Parameter(&'a str),
    TooManyAttachments,
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method;
        match self.cause {
            Cause::NotForViewers => write!(f, "{method} is not for viewers"),
            Cause::RightMissing => write!(f, "{method} is not for viewers that may only look"),
            Cause::WrongRecipient => {
                write!(f, "{method} has a sessionId if it is for a tab, and none if it is for the browser")
            }
            Cause::Parameter(name) => write!(f, "{method}: {name} is missing or not allowed, or has a wrong value"),
            Cause::TooManyAttachments => write!(f, "{method}: a viewer has at most {ATTACHED_MAX} attachments"),
        }
    }
}

/// The parts of a command that the rules look at. A command has no other parts.
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

    /// A message with this command's id and CDP session.
    fn written(&self, mut message: Value) -> String {
        message["id"] = json!(self.id);
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        message.to_string()
    }
}
