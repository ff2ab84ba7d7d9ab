//! Records network requests from start to end, without their secrets.
//!
//! No body, no header, no cookie, and no credentials in an address.

use serde_json::Value;

use super::object::Object;
use crate::session::Timestamp;

/// The limit on tracked pending requests. Requests above it are not recorded.
const UNDER_WAY_MAX: usize = 1_000;
/// Characters of an address.
const ADDRESS_CHARS_MAX: usize = 4_000;
/// The error of a request whose end was not seen.
const CUT_SHORT: &str = "cut short by the end of its tab";

/// Requests under way.
#[derive(Debug, Default)]
pub(super) struct Requests(Vec<Request>);

#[derive(Debug)]
struct Request {
    id: String,
    tab: String,
    /// The browser's id of the requesting or requested document.
    document: String,
    /// In seconds of the browser's own clock, which counts from anywhere.
    begun: f64,
    /// Milliseconds since 1970.
    started_at: f64,
    method: String,
    url: String,
    kind: String,
    /// 0 without an answer.
    status: i64,
    mime_type: String,
    protocol: String,
    wait: f64,
}

/// A finished request: its time, and the payload of its `network` event.
pub(super) type Ended = (Timestamp, Object);

impl Requests {
    /// What the browser says of a tab's network. Answers the request that this ends.
    pub(super) fn hear(&mut self, tab: &str, method: &str, params: &Value) -> Option<Ended> {
        let id = params["requestId"].as_str()?;
        let at = params["timestamp"].as_f64()?;
        match method {
            "Network.requestWillBeSent" => {
                // A redirect ends the request that it answers.
                let redirect = &params["redirectResponse"];
                self.answer(id, at, redirect);
                let ended = self.end(id, at, &redirect["encodedDataLength"], None);
                self.begin(tab, id, at, params);
                return ended;
            }
            "Network.responseReceived" => self.answer(id, at, &params["response"]),
            "Network.loadingFinished" => return self.end(id, at, &params["encodedDataLength"], None),
            "Network.loadingFailed" => {
                return self.end(id, at, &Value::Null, Some(params["errorText"].as_str().unwrap_or_default()));
            }
            _ => {}
        }
        None
    }

    /// A tab has closed, and what it had under way is over.
    pub(super) fn cut_short(&mut self, tab: &str, now: Timestamp) -> Vec<Ended> {
        let (its, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0).into_iter().partition(|one| one.tab == tab);
        self.0 = others;
        #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
        let at = now.as_millis() as f64;
        let ended = |request: Request| {
            let lasted = (at - request.started_at).max(0.0);
            request.ended(lasted, 0, Some(CUT_SHORT))
        };
        its.into_iter().map(ended).collect()
    }

    fn begin(&mut self, tab: &str, id: &str, begun: f64, params: &Value) {
        if self.0.len() == UNDER_WAY_MAX {
            return;
        }
        self.0.push(Request {
            id: id.to_owned(),
            tab: tab.to_owned(),
            document: text_of(&params["loaderId"]),
            begun,
            started_at: params["wallTime"].as_f64().unwrap_or_default() * 1000.0,
            method: text_of(&params["request"]["method"]),
            url: address(params["request"]["url"].as_str().unwrap_or_default()),
            kind: text_of(&params["type"]),
            status: 0,
            mime_type: String::new(),
            protocol: String::new(),
            wait: 0.0,
        });
    }

    fn answer(&mut self, id: &str, at: f64, response: &Value) {
        let Some(status) = response["status"].as_i64() else { return };
        let Some(request) = self.0.iter_mut().find(|request| request.id == id) else { return };
        request.status = status;
        request.mime_type = text_of(&response["mimeType"]);
        request.protocol = text_of(&response["protocol"]);
        request.wait = at - request.begun;
    }

    fn end(&mut self, id: &str, at: f64, bytes: &Value, failed: Option<&str>) -> Option<Ended> {
        let place = self.0.iter().position(|request| request.id == id)?;
        let request = self.0.swap_remove(place);
        let lasted = (at - request.begun) * 1000.0;
        Some(request.ended(lasted, rounded(bytes.as_f64().unwrap_or_default()), failed))
    }
}

impl Request {
    fn ended(self, lasted: f64, bytes: i64, failed: Option<&str>) -> Ended {
        let mut payload = Object::new()
            .text("requestId", &self.id)
            .text("documentId", &self.document)
            .text("method", &self.method)
            .text("url", &self.url)
            .number("status", self.status)
            .text("type", &self.kind)
            .text("mimeType", &self.mime_type)
            .text("protocol", &self.protocol)
            .number("startedAt", rounded(self.started_at))
            .number("durationMs", rounded(lasted))
            .number("waitMs", rounded(self.wait * 1000.0))
            .number("bytes", bytes);
        if let Some(failed) = failed {
            payload = payload.text("failed", failed);
        }
        (Timestamp::from_millis(rounded(self.started_at + lasted)), payload)
    }
}

/// A URL without credentials, and without the content of a `data:` URL. Long ones are cut off.
pub(super) fn address(url: &str) -> String {
    if let Some(data) = url.strip_prefix("data:") {
        return ["data:", &data[..data.find([',', ';']).unwrap_or(0)]].concat();
    }
    let url = url.char_indices().nth(ADDRESS_CHARS_MAX).map_or(url, |(end, _)| &url[..end]);
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host_at = rest[..host_end].rfind('@').map_or(0, |at| at + 1);
    [scheme, "://", &rest[host_at..]].concat()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Rounds to an integer. Negative values become zero.
#[allow(clippy::cast_possible_truncation, reason = "it is saturated")]
fn rounded(value: f64) -> i64 {
    (value.max(0.0) + 0.5) as i64
}
