//! The part of the Chrome DevTools Protocol that the service speaks itself: tabs, windows, addresses, viewers.

mod viewer;
mod viewer_rules;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::session::{Dimensions, Reason, SessionId};
use crate::wire::{PageView, SessionTokens, SessionUrls, TargetId};

pub use viewer::{COMMAND_BYTES_MAX, Sent, Taken, Viewer};

/// One entry of Chrome's `/json/list`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    favicon_url: Option<String>,
}

/// The tabs in Chrome's `/json/list`; `None` if the value is not such a list.
#[must_use]
pub fn pages(json_list: &Value, urls: &SessionUrls<'_>) -> Option<Vec<PageView>> {
    let targets = Vec::<Target>::deserialize(json_list).ok()?;
    let pages = targets.into_iter().filter(|target| target.kind == "page");
    Some(
        pages
            .map(|target| PageView {
                session_viewer_url: urls.page_viewer(&target.id),
                session_viewer_fullscreen_url: urls.page_viewer_fullscreen(&target.id),
                id: target.id,
                url: target.url,
                title: target.title,
                favicon: target.favicon_url.filter(|url| !url.is_empty()),
            })
            .collect(),
    )
}

/// Whether Chrome's `/json/list` has a target.
#[must_use]
pub fn has_target(json_list: &Value, target: &TargetId) -> bool {
    json_list.as_array().is_some_and(|targets| targets.iter().any(|entry| entry["id"] == target.as_str()))
}

/// The entry of a target in Chrome's `/json/list`.
#[must_use]
pub fn target(json_list: Value, id: &str) -> Option<Value> {
    let Value::Array(targets) = json_list else { return None };
    targets.into_iter().find(|entry| entry["id"] == id)
}

/// The first address of a new tab, from the query of `json/new`. Browser Run's form is `url=…`. In Chrome's own form
/// the query is the address itself, apart from the token. Without an address the tab is blank.
#[must_use]
pub fn new_tab_url(query: &str) -> String {
    let mut parts: Vec<&str> = query.split('&').collect();
    if let Some(token) = parts.iter().position(|part| part.starts_with("token=")) {
        parts.remove(token);
    }
    let rest = parts.join("&");
    if rest.is_empty() {
        return "about:blank".to_owned();
    }
    if rest.starts_with("url=") {
        return form_urlencoded::parse(rest.as_bytes()).map(|(_, url)| url.into_owned()).next().unwrap_or_default();
    }
    // Read as a form, `&` and `=` would split the address, and `+` would become a space.
    let encoded = rest.replace('&', "%26").replace('=', "%3D").replace('+', "%2B");
    form_urlencoded::parse(encoded.as_bytes()).map(|(url, _)| url.into_owned()).next().unwrap_or_default()
}

/// Rewrites the addresses in an answer of Chrome's `/json/…`, so that they lead through this service. Callers can't
/// reach the browser's own address, and it would reveal where the browser runs.
pub fn rewrite_addresses(answer: &mut Value, base_url: &str, id: SessionId, tokens: &SessionTokens) {
    let urls = SessionUrls::new(base_url, id, tokens);
    match answer {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| rewrite_entry(entry, &urls)),
        entry => rewrite_entry(entry, &urls),
    }
}

fn rewrite_entry(entry: &mut Value, urls: &SessionUrls<'_>) {
    let Value::Object(fields) = entry else { return };
    let id = fields.get("id").and_then(Value::as_str).map(str::to_owned);
    let socket = id.as_deref().map_or_else(|| urls.connect(), |id| urls.page(id));
    if fields.contains_key("webSocketDebuggerUrl") {
        fields.insert("webSocketDebuggerUrl".to_owned(), json!(socket));
    }
    if fields.contains_key("devtoolsFrontendUrl") {
        fields.insert("devtoolsFrontendUrl".to_owned(), json!(frontend(&socket)));
    }
}

/// The URL of Chrome's own DevTools for a socket of this service.
fn frontend(socket: &str) -> String {
    let (scheme, address) = socket.split_once("://").unwrap_or(("ws", socket));
    let address: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    format!("devtools://devtools/bundled/inspector.html?{scheme}={address}")
}

/// Whether a client's message asks the browser to close.
#[must_use]
pub fn is_browser_close(message: &str) -> bool {
    // As a `Value`: serde would read a struct from an array too.
    serde_json::from_str::<Value>(message).is_ok_and(|command| command["method"] == "Browser.close")
}

/// A longer message can't be a `Browser.close`, which has only an id and no parameters.
pub const BROWSER_CLOSE_CHARS_MAX: u32 = 256;

/// The code and the reason with which a client's socket is closed. A reason has at most 123 bytes.
#[must_use]
pub const fn close_code(reason: Option<Reason>) -> (u16, &'static str) {
    match reason {
        None => (1011, "the browser's socket closed"),
        Some(Reason::BrowserClosed) => (1000, "browser closed"),
        Some(Reason::Timeout) => (4001, "timeout"),
        Some(Reason::InactivityTimeout) => (4001, "inactivity timeout"),
        Some(Reason::UserRequested) => (4002, "released"),
        Some(Reason::ClientDisconnected) => (4002, "released: its client was gone"),
        Some(Reason::BrowserCrashed) => (4003, "browser crashed"),
        Some(Reason::BrowserLost) => (1011, "browser lost"),
        Some(Reason::StartupFailed | Reason::ProviderError) => (1011, "provider failed"),
    }
}

/// The close code to forward when the other side closed with `code`. Three codes must not be sent.
#[must_use]
pub const fn code_to_pass_on(code: u16) -> u16 {
    match code {
        1005 | 1006 | 1015 => 1001,
        other => other,
    }
}

/// A command to the browser itself, or to one of its CDP sessions.
#[must_use]
pub fn command(id: u32, method: &str, params: &Value, session: Option<&str>) -> String {
    let mut command = json!({"id": id, "method": method, "params": params});
    if let Some(session) = session {
        command["sessionId"] = json!(session);
    }
    command.to_string()
}

/// A command that the browser refused: its error as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRefused(Value);

impl fmt::Display for CommandRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for CommandRefused {}

/// The answer to the command with this id; `None` if the message is another one.
#[must_use]
pub fn answer_to(id: u32, message: &str) -> Option<Result<Value, CommandRefused>> {
    let mut message: Value = serde_json::from_str(message).ok()?;
    if message["id"] != id {
        return None;
    }
    Some(match message["error"].take() {
        Value::Null => Ok(message["result"].take()),
        error => Err(CommandRefused(error)),
    })
}

/// The tabs in the answer to `Target.getTargets`.
pub fn pages_in(targets: &Value) -> impl Iterator<Item = &str> {
    let infos = targets["targetInfos"].as_array().map(Vec::as_slice).unwrap_or_default();
    infos.iter().filter(|info| info["type"] == "page").filter_map(|info| info["targetId"].as_str())
}

/// What a screencast reports about its tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A picture of the tab.
    Jpeg(Vec<u8>),
    /// The tab is behind another one, so there is no picture.
    Hidden,
}

/// The frame of a CDP session's screencast in a message; `None` if the message is another one.
#[must_use]
pub fn frame_in(message: &str, session: &str) -> Option<Frame> {
    let event: Value = serde_json::from_str(message).ok()?;
    if event["sessionId"] != session {
        return None;
    }
    let parameters = &event["params"];
    match event["method"].as_str()? {
        "Page.screencastFrame" => STANDARD.decode(parameters["data"].as_str()?).ok().map(Frame::Jpeg),
        "Page.screencastVisibilityChanged" if parameters["visible"] == false => Some(Frame::Hidden),
        _ => None,
    }
}

/// The window and its size in the answer to `Browser.getWindowForTarget`.
#[must_use]
pub fn window_of(answer: &Value) -> Option<(i64, Dimensions)> {
    Some((answer["windowId"].as_i64()?, bounds_of(answer)?))
}

/// The size in the answer to `Browser.getWindowBounds`.
#[must_use]
pub fn bounds_of(answer: &Value) -> Option<Dimensions> {
    let side = |name: &str| answer["bounds"][name].as_u64().and_then(|pixels| u32::try_from(pixels).ok());
    Some(Dimensions { width: side("width")?, height: side("height")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture() -> (SessionId, SessionTokens) {
        let id = SessionId::parse("0192f0c1-7b3c-7000-8000-00000000000a").unwrap();
        (id, SessionTokens { connect: "c.t".into(), interact: Some("i.t".into()), view: "v.t".into() })
    }

    #[test]
    fn pages_are_the_tabs_and_no_other_targets() {
        let (id, tokens) = fixture();
        let list = json!([
            {"id": "A", "type": "page", "url": "https://a.example/", "title": "<b>a</b>", "faviconUrl": "https://a.example/i"},
            {"id": "B", "type": "service_worker", "url": "https://a.example/sw.js", "title": ""},
            {"id": "C", "type": "page", "url": "about:blank", "title": "", "later": 1}
        ]);
        let pages = pages(&list, &SessionUrls::new("https://t.example", id, &tokens)).unwrap();
        assert_eq!(pages.len(), 2);
        assert_eq!(pages[0].favicon.as_deref(), Some("https://a.example/i"));
        assert_eq!(pages[1].favicon, None);
        assert_eq!(
            pages[0].session_viewer_url,
            "https://t.example/view/?session=0192f0c1-7b3c-7000-8000-00000000000a&token=i.t&page=A"
        );
    }

    #[test]
    fn addresses_lead_through_the_service_and_hide_the_browsers_own() {
        let (id, tokens) = fixture();
        let mut list = json!([{
            "id": "A",
            "webSocketDebuggerUrl": "ws://127.0.0.1:4444/devtools/page/A",
            "devtoolsFrontendUrl": "https://frontend.example/inspector.html?ws=127.0.0.1:4444/devtools/page/A"
        }]);
        rewrite_addresses(&mut list, "https://t.example", id, &tokens);
        let text = list.to_string();
        assert!(!text.contains("4444"), "{text}");
        assert_eq!(
            list[0]["webSocketDebuggerUrl"],
            "wss://t.example/v1/sessions/0192f0c1-7b3c-7000-8000-00000000000a/page/A?token=c.t"
        );
        assert!(text.contains("inspector.html?wss=t.example%2Fv1%2Fsessions%2F"), "{text}");

        let mut version =
            json!({"Browser": "Chrome/1", "webSocketDebuggerUrl": "ws://127.0.0.1:4444/devtools/browser/B"});
        rewrite_addresses(&mut version, "http://t.example", id, &tokens);
        assert_eq!(
            version["webSocketDebuggerUrl"],
            "ws://t.example/v1/sessions/0192f0c1-7b3c-7000-8000-00000000000a/connect?token=c.t"
        );
        assert_eq!(version["Browser"], "Chrome/1");
    }

    #[test]
    fn the_address_of_a_new_tab_is_read_from_every_form() {
        for (query, url) in [
            ("", "about:blank"),
            ("token=t.o=k", "about:blank"),
            ("url=https%3A%2F%2Fa.example%2F%3Fb%3D1%26c&token=t", "https://a.example/?b=1&c"),
            ("token=t&url=about:blank", "about:blank"),
            ("https://a.example/?b=1+2&token=t", "https://a.example/?b=1+2"),
            ("https://a.example/?b=1&c=2&url=3", "https://a.example/?b=1&c=2&url=3"),
            ("token=t&https://a.example/?b&&token=theirs", "https://a.example/?b&&token=theirs"),
            ("url=a%20b+c=d", "a b c=d"),
            ("url=", ""),
            ("token=t&https%3A%2F%2Fa.example%2F%3Fb%3D1%26c%3D%2525", "https://a.example/?b=1&c=%25"),
        ] {
            assert_eq!(new_tab_url(query), url, "{query}");
        }
    }

    #[test]
    fn a_target_is_found_by_its_id() {
        let list = json!([{"id": "A", "type": "page"}, {"id": "B", "type": "page"}]);
        assert_eq!(target(list.clone(), "B").unwrap(), list[1]);
        assert_eq!(target(list, "C"), None);
        assert_eq!(target(json!({}), "A"), None);
    }

    #[test]
    fn only_the_command_itself_counts_as_a_browser_close() {
        assert!(is_browser_close(r#"{"id":7,"method":"Browser.close","params":{}}"#));
        assert!(is_browser_close(r#"{"method":"Browser.close","id":7,"sessionId":"S"}"#));
        for other in
            [r#"{"id":7,"method":"Page.close"}"#, r#"{"id":7,"method":"X","params":"Browser.close"}"#, "Browser.close"]
        {
            assert!(!is_browser_close(other), "{other}");
        }
    }

    #[test]
    fn close_codes_can_be_sent() {
        for code in [1000, 1001, 1005, 1006, 1009, 1011, 1015, 3000, 4002] {
            assert!(!matches!(code_to_pass_on(code), 1005 | 1006 | 1015));
        }
        assert_eq!(close_code(Some(Reason::BrowserCrashed)).0, 4003);
        assert_eq!(close_code(None).0, 1011);
    }

    #[test]
    fn an_answer_is_found_by_its_id() {
        assert_eq!(answer_to(1, r#"{"method":"Target.targetCreated","params":{}}"#), None);
        assert_eq!(answer_to(1, r#"{"id":2,"result":{}}"#), None);
        assert_eq!(answer_to(1, r#"{"id":1,"result":{"a":1}}"#), Some(Ok(json!({"a": 1}))));
        assert!(answer_to(1, r#"{"id":1,"error":{"message":"no"}}"#).unwrap().is_err());
        assert_eq!(answer_to(1, "not json"), None);
    }

    #[test]
    fn a_frame_is_found_by_its_cdp_session() {
        let event = |session: &str, method: &str, parameters: Value| {
            json!({"method": method, "params": parameters, "sessionId": session}).to_string()
        };
        let frame = event("S", "Page.screencastFrame", json!({"data": "/9g=", "sessionId": 1}));
        assert_eq!(frame_in(&frame, "S"), Some(Frame::Jpeg(vec![0xff, 0xd8])));
        assert_eq!(frame_in(&frame, "T"), None);
        let visibility = |visible: bool| event("S", "Page.screencastVisibilityChanged", json!({"visible": visible}));
        assert_eq!(frame_in(&visibility(false), "S"), Some(Frame::Hidden));
        assert_eq!(frame_in(&visibility(true), "S"), None);
        assert_eq!(frame_in(&event("S", "Page.screencastFrame", json!({"data": "!"})), "S"), None);
        assert_eq!(frame_in("not json", "S"), None);
    }

    #[test]
    fn tabs_are_told_from_other_targets() {
        let targets = json!({"targetInfos": [
            {"type": "browser_ui", "targetId": "A"}, {"type": "page", "targetId": "B"}, {"type": "page", "targetId": "C"}
        ]});
        assert_eq!(pages_in(&targets).collect::<Vec<_>>(), ["B", "C"]);
        assert_eq!(pages_in(&json!({})).count(), 0);
    }
}
