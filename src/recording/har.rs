//! The requests of a recording as an HTTP archive: HAR 1.2.

use serde_json::Value;

use super::object::Object;

use crate::session::Timestamp;

/// Requests and navigations of one part of a recording.
#[derive(Debug, Default)]
pub struct Har {
    pages: Vec<Page>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Page {
    document: String,
    tab: String,
    text: String,
}

#[derive(Debug)]
struct Entry {
    /// The requesting document. A document's own request belongs to it and may be recorded before it.
    document: String,
    /// Fallback page for requests from a frame, whose document has no page of its own.
    around: Option<usize>,
    fields: Object,
}

impl Har {
    /// Takes in a segment.
    pub fn add(&mut self, text: &str) {
        // Most lines are rrweb events. These two kinds are recognised by their text, before the line is parsed.
        let ours = |line: &&str| line.contains("\"tag\":\"network\"") || line.contains("\"tag\":\"navigation\"");
        for event in text.lines().filter(ours).filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let payload = &event["data"]["payload"];
            let tab = event["tab"].as_str().unwrap_or_default();
            match event["data"]["tag"].as_str() {
                Some("network") if event["type"] == 5 => self.request(tab, payload),
                Some("navigation") if event["type"] == 5 => self.navigation(tab, payload, &event["timestamp"]),
                _ => {}
            }
        }
    }

    /// The archive.
    #[must_use]
    pub fn finish(self) -> String {
        let creator = Object::new().text("name", "Tidewatch").text("version", env!("CARGO_PKG_VERSION"));
        let documents: Vec<String> = self.pages.iter().map(|page| page.document.clone()).collect();
        let entry =
            |Entry { document, around, fields }| match documents.iter().position(|one| *one == document).or(around) {
                Some(page) => fields.text("pageref", &page_id(page)).end(),
                None => fields.end(),
            };
        let entries: Vec<String> = self.entries.into_iter().map(entry).collect();
        let pages: Vec<String> = self.pages.into_iter().map(|page| page.text).collect();
        let log = Object::new()
            .text("version", "1.2")
            .raw("creator", &creator.end())
            .raw("pages", &list(&pages))
            .raw("entries", &list(&entries));
        Object::new().raw("log", &log.end()).end()
    }

    /// A navigation within a document is no new page.
    fn navigation(&mut self, tab: &str, payload: &Value, at: &Value) {
        let Some(document) = payload["documentId"].as_str() else { return };
        let page = Object::new()
            .text("startedDateTime", &iso(at))
            .text("id", &page_id(self.pages.len()))
            .text("title", payload["url"].as_str().unwrap_or_default())
            .raw("pageTimings", "{}");
        self.pages.push(Page { document: document.to_owned(), tab: tab.to_owned(), text: page.end() });
    }

    fn request(&mut self, tab: &str, payload: &Value) {
        let text = |name: &str| payload[name].as_str().unwrap_or_default();
        let number = |name: &str| payload[name].as_i64().unwrap_or(-1);
        let (lasted, bytes, url) = (number("durationMs"), number("bytes"), text("url"));
        let wait = number("waitMs").min(lasted);
        let request = Object::new()
            .text("method", text("method"))
            .text("url", url)
            .raw("queryString", &query_of(url))
            .number("bodySize", -1);
        let content = Object::new().number("size", bytes).text("mimeType", text("mimeType"));
        let mut response = Object::new()
            .number("status", number("status"))
            .text("statusText", "")
            .raw("content", &content.end())
            .text("redirectURL", "")
            .number("bodySize", bytes);
        if let Some(failed) = payload["failed"].as_str() {
            response = response.text("_error", failed);
        }
        let timings = Object::new().number("send", 0).number("wait", wait).number("receive", lasted - wait);
        let fields = Object::new()
            .text("startedDateTime", &iso(&payload["startedAt"]))
            .number("time", lasted)
            .raw("request", &with_headers(request, text("protocol")))
            .raw("response", &with_headers(response, text("protocol")))
            .raw("cache", "{}")
            .raw("timings", &timings.end())
            .text("_resourceType", text("type"));
        let around = self.pages.iter().rposition(|page| page.tab == tab);
        self.entries.push(Entry { document: text("documentId").to_owned(), around, fields });
    }
}

/// What requests and responses have in common: the archive must have it, and none of it is recorded.
fn with_headers(message: Object, protocol: &str) -> String {
    message.text("httpVersion", protocol).raw("cookies", "[]").raw("headers", "[]").number("headersSize", -1).end()
}

fn page_id(place: usize) -> String {
    format!("page_{}", place + 1)
}

fn query_of(url: &str) -> String {
    let query = url.split('#').next().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs: Vec<String> =
        pairs.map(|(name, value)| Object::new().text("name", &name).text("value", &value).end()).collect();
    list(&pairs)
}

fn list(items: &[String]) -> String {
    ["[", &items.join(","), "]"].concat()
}

fn iso(millis: &Value) -> String {
    Timestamp::from_millis(millis.as_i64().unwrap_or_default()).to_iso()
}
