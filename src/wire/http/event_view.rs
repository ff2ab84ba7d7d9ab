//! The messages to a subscriber: events, that it is subscribed, and that it has missed events.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::query::each;
use super::session_view::SessionView;
use crate::session::Invalid;

/// The subprotocol of a subscriber's socket.
pub const EVENTS_PROTOCOL: &str = "tidewatch.v1";
/// The prefix of a key that a page offers as a subprotocol. A page can send no headers with a socket, and a key must
/// not stand in a URL.
pub const KEY_PROTOCOL: &str = "tidewatch.key.";
/// What a subscriber may send to check its connection.
pub const PING: &str = r#"{"type":"ping"}"#;
/// The answer to [`PING`].
pub const PONG: &str = r#"{"type":"pong"}"#;

/// The first message to a subscriber that has missed nothing.
const READY: &str = "ready";
/// The first message to a subscriber that has missed events which are no longer stored. It must reload its lists.
const RESET: &str = "reset";

/// A message to a subscriber.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// The event's id, or the id of the last event before a `ready` or a `reset`. A number that grows.
    pub id: String,
    /// `ready`, `reset`, or the kind of event: `session.created`, `session.updated`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// When the event happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The event's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When the session's timeout is reached, if that is soon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Why the session ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The session as it is now; absent if its row has been deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionView>,
}

impl EventView {
    /// The message that says: every event after this id will be sent.
    #[must_use]
    pub fn ready(id: i64) -> Self {
        Self::bare(READY, id)
    }

    /// The message that says: events before this id are missing.
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

/// Reads the id of the last event that a subscriber has seen, from the query without its `?` and from the header
/// `Last-Event-ID`. The header wins: a page that reconnects by itself repeats the URL with its old query.
///
/// # Errors
/// Every invalid parameter, including unknown ones.
pub fn parse_listen(query: &str, header: Option<&str>) -> Result<Option<i64>, Vec<Invalid>> {
    let mut seen = None;
    each(query, |name, value| match name {
        "lastEventId" => event_id(value).map(|id| seen = Some(id)),
        _ => Err("is not a parameter of this call"),
    })?;
    let in_header = header.filter(|text| !text.is_empty()).map(event_id).transpose();
    in_header.map(|id| id.or(seen)).map_err(|detail| vec![Invalid::new("/lastEventId", detail)])
}

/// Whether a text can be an event's id. JavaScript holds every number of up to 15 digits exactly.
#[must_use]
pub fn is_event_id(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn event_id(text: &str) -> Result<i64, &'static str> {
    text.parse().ok().filter(|_| is_event_id(text)).ok_or("is not an event's id")
}

/// A message as a server-sent event. JSON from `serde_json` has no line breaks.
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
