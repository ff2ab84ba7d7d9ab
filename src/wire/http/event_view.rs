//! What a listener is told: that it is heard, what has happened, that it has missed something.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::query::each;
use super::session_view::SessionView;
use crate::session::Invalid;

/// The subprotocol of a listener's socket.
pub const EVENTS_PROTOCOL: &str = "tidewatch.v1";
/// What stands before the key that a page offers as a subprotocol: it can send no headers with a socket, and a key must be in
/// no URL.
pub const KEY_PROTOCOL: &str = "tidewatch.key.";
/// What a listener may send, to hear that the other side is there.
pub const PING: &str = r#"{"type":"ping"}"#;
/// What it hears then.
pub const PONG: &str = r#"{"type":"pong"}"#;

/// The first message of a listener whose next ones follow what it has seen.
const READY: &str = "ready";
/// What follows is not kept any more: the lists are to be loaded again.
const RESET: &str = "reset";

/// A message to a listener.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// The event that it tells of, or up to which the listener has now heard all: a number that grows.
    pub id: String,
    /// `ready`, `reset`, or what has happened: `session.created`, `session.updated`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// To which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When its timeout is reached, if that is near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// As it is now; absent if its row is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionView>,
}

impl EventView {
    /// What follows this event comes as it happens.
    #[must_use]
    pub fn ready(id: i64) -> Self {
        Self::bare(READY, id)
    }

    /// Something is missing before this event.
    #[must_use]
    pub fn reset(id: i64) -> Self {
        Self::bare(RESET, id)
    }

    fn bare(kind: &str, id: i64) -> Self {
        Self {
            id: id.to_string(),
            kind: kind.to_owned(),
            at: None,
            session_id: None,
            expires_at: None,
            reason: None,
            session: None,
        }
    }
}

/// Reads the last event that a listener has seen, from the query without its `?` and from the header `Last-Event-ID`. The header
/// is the later word: a page that reconnects by itself asks for the same address again.
///
/// # Errors
/// All that is wrong with it; parameters that this call does not have are named too.
pub fn parse_listen(query: &str, header: Option<&str>) -> Result<Option<i64>, Vec<Invalid>> {
    let mut seen = None;
    each(query, |name, value| match name {
        "lastEventId" => event_id(value).map(|id| seen = Some(id)),
        _ => Err("is not a parameter of this call"),
    })?;
    let later = header.filter(|text| !text.is_empty()).map(event_id).transpose();
    later.map(|later| later.or(seen)).map_err(|detail| vec![Invalid::new("/lastEventId", detail)])
}

/// Whether a text can be an event's id. 15 digits stay within the numbers that JavaScript can tell apart.
#[must_use]
pub fn is_event_id(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn event_id(text: &str) -> Result<i64, &'static str> {
    text.parse().ok().filter(|_| is_event_id(text)).ok_or("is no event's id")
}

/// A message as a stream of server-sent events carries it. JSON has no line break of its own.
#[must_use]
pub fn server_sent(message: &str) -> String {
    let Ok(read) = serde_json::from_str::<Value>(message) else { return String::new() };
    let text = |name: &str| read.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {message}\n\n", text("id"), text("type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_server_sent_event() {
        let text = serde_json::to_string(&EventView::ready(17)).unwrap();
        assert_eq!(text, r#"{"id":"17","type":"ready"}"#);
        assert_eq!(server_sent(&text), "id: 17\nevent: ready\ndata: {\"id\":\"17\",\"type\":\"ready\"}\n\n");
    }

    #[test]
    fn an_id_is_a_plain_number() {
        assert_eq!(event_id("0"), Ok(0));
        assert_eq!(event_id("017"), Ok(17));
        for other in ["", "-1", "+1", "1.5", "1e3", "abc", " 1", "9007199254740993"] {
            assert!(event_id(other).is_err(), "{other}");
        }
    }

    #[test]
    fn the_last_event_comes_from_the_header_or_else_from_the_query() {
        assert_eq!(parse_listen("", None), Ok(None));
        assert_eq!(parse_listen("lastEventId=17", None), Ok(Some(17)));
        assert_eq!(parse_listen("lastEventId=17", Some("18")), Ok(Some(18)));
        assert_eq!(parse_listen("lastEventId=17", Some("")), Ok(Some(17)));
        for (query, header, pointer) in
            [("lastEventId=x", None, "/lastEventId"), ("", Some("x"), "/lastEventId"), ("owner=a", None, "/owner")]
        {
            assert_eq!(parse_listen(query, header).unwrap_err()[0].pointer, pointer);
        }
    }
}
