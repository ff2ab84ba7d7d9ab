//! Cloudflare Browser Run, through its binding.

use std::collections::HashMap;

use serde_json::Value;
use worker::js_sys::{Function, Promise, Reflect};
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, Headers, Method, Response, WebSocket, web_sys};

use crate::edge::platform::{clock::timeout, log};
use crate::host::{CloseAnswer, Existence, Note};
use crate::session::{BrowserExit, BrowserId, Failure, FailureCode, Millis, Timestamp};
use crate::wire::RunningBrowser;

/// The name of the binding.
const BINDING: &str = "BROWSER";
/// Any host will do: the binding leads to one place.
const ORIGIN: &str = "https://browser-run";
/// The host gives up on a start earlier. A later answer is still read, so that its browser can be closed.
const ACQUIRE_LIMIT: Millis = Millis::from_secs(600);
/// A close that is not answered in this time is queued, and the session says `closing`.
const CLOSE_LIMIT: Millis = Millis::from_secs(5);
const QUESTION_LIMIT: Millis = Millis::from_secs(10);
/// A caller that is refused a browser waits for this answer too.
const LIMITS_LIMIT: Millis = Millis::from_secs(2);

/// The binding. In production its class is a wrapper and no `Fetcher`, so what counts is that it has a `fetch`.
pub(in crate::edge) struct BrowserRun {
    binding: JsValue,
    fetch: Function,
}

/// One of DevTools' own HTTP endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edge) enum JsonCall<'a> {
    /// The browser's version.
    Version,
    /// Its targets.
    List,
    /// The protocol's description.
    Protocol,
    /// Bring a tab to the front.
    Activate(&'a str),
    /// Close a tab.
    Close(&'a str),
}

impl JsonCall<'_> {
    fn path(self) -> String {
        match self {
            Self::Version => "json/version".to_owned(),
            Self::List => "json/list".to_owned(),
            Self::Protocol => "json/protocol".to_owned(),
            Self::Activate(target) => format!("json/activate/{target}"),
            Self::Close(target) => format!("json/close/{target}"),
        }
    }
}

impl BrowserRun {
    pub(super) fn of(env: &Env) -> Result<Self, Failure> {
        let missing = || {
            let text = "the deployment has no browser binding named BROWSER; add [browser] to its configuration";
            Failure::new(FailureCode::ProviderUnavailable, text)
        };
        let binding = Reflect::get(env.as_ref(), &JsValue::from_str(BINDING)).map_err(|_| missing())?;
        let fetch = Reflect::get(&binding, &JsValue::from_str("fetch")).map_err(|_| missing())?;
        let fetch = fetch.dyn_into::<Function>().map_err(|_| missing())?;
        Ok(Self { binding, fetch })
    }

    pub(super) async fn acquire(&self, keep_alive: Millis) -> Result<BrowserId, Failure> {
        let path = format!("v1/devtools/browser?keep_alive={}", keep_alive.get());
        let (status, retry_after, body) = self.ask(Method::Post, &path, ACQUIRE_LIMIT).await?;
        if status == 429 {
            let wait = retry_after.max(self.time_until_next_start().await);
            return Err(refusal("start a browser", status, wait));
        }
        if status != 200 && status != 201 {
            return Err(refusal("start a browser", status, retry_after));
        }
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        browser_of(&answer)
            .ok_or_else(|| Failure::new(FailureCode::ProviderError, "the provider's answer names no browser"))
    }

    /// Seconds until the account may start a browser again; `None` if the provider does not say.
    async fn time_until_next_start(&self) -> Option<u32> {
        let (_, _, body) = self.ask(Method::Get, "v1/limits", LIMITS_LIMIT).await.ok()?;
        let limits: Value = serde_json::from_str(&body).ok()?;
        let millis = limits["timeUntilNextAllowedBrowserAcquisition"].as_u64()?;
        u32::try_from(millis.div_ceil(1000)).ok()
    }

    pub(super) async fn close(&self, browser: &BrowserId) -> CloseAnswer {
        let path = format!("v1/devtools/browser/{}", browser.as_str());
        match self.ask(Method::Delete, &path, CLOSE_LIMIT).await {
            Ok((404, ..)) => CloseAnswer::Gone,
            Ok((200..=299, _, body)) => {
                let answer: Value = serde_json::from_str(&body).unwrap_or_default();
                if answer["status"] == "closed" { CloseAnswer::Gone } else { CloseAnswer::Acknowledged }
            }
            Ok(_) | Err(_) => CloseAnswer::Failed,
        }
    }

    pub(super) async fn exists(&self, browser: &BrowserId) -> Existence {
        let path = format!("v1/devtools/session/{}", browser.as_str());
        match self.ask(Method::Get, &path, QUESTION_LIMIT).await {
            Ok((200, ..)) => Existence::Exists,
            Ok((404, ..)) => Existence::Gone,
            Ok(_) | Err(_) => Existence::Unclear,
        }
    }

    /// Whether this is the local emulation. Asked for its list, that forgets every browser whose start is under way:
    /// the start fails, and the Chrome can't be closed any more. It shows itself by its history, a bare array; in
    /// production that is an object.
    pub(super) async fn is_emulated(&self) -> Result<bool, Failure> {
        let (status, _, body) = self.ask(Method::Get, "v1/history", QUESTION_LIMIT).await?;
        Ok(status == 200 && serde_json::from_str::<Value>(&body).is_ok_and(|history| history.is_array()))
    }

    pub(super) async fn list(&self) -> Result<Vec<RunningBrowser>, Failure> {
        let (status, retry_after, body) = self.ask(Method::Get, "v1/devtools/session", QUESTION_LIMIT).await?;
        if status != 200 {
            return Err(refusal("list its browsers", status, retry_after));
        }
        let unreadable = || Failure::new(FailureCode::ProviderError, "the provider's list can't be read");
        let answer: Value = serde_json::from_str(&body).map_err(|_| unreadable())?;
        let entries = answer.as_array().or_else(|| answer["sessions"].as_array()).ok_or_else(unreadable)?;
        // An entry that can't be read makes the whole list worthless: what is missing from it would look lost.
        let read = |entry: &Value| {
            let browser = browser_of(entry)?;
            Some(RunningBrowser { browser, started_at: entry["startTime"].as_i64().map(Timestamp::from_millis) })
        };
        entries.iter().map(|entry| read(entry).ok_or_else(unreadable)).collect()
    }

    /// How browsers ended, from the provider's history; empty if the history can't be read.
    pub(super) async fn history(&self) -> HashMap<BrowserId, BrowserExit> {
        let Ok((200, _, body)) = self.ask(Method::Get, "v1/history", QUESTION_LIMIT).await else {
            return HashMap::new();
        };
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        let entries = answer["history"].as_array().map(Vec::as_slice).unwrap_or_default();
        let told = |entry: &Value| {
            Some((browser_of(entry)?, BrowserExit::told_by(entry["closeReasonText"].as_str().unwrap_or_default())))
        };
        entries.iter().filter_map(told).collect()
    }

    pub(super) async fn connect(&self, browser: &BrowserId, target: Option<&str>) -> Result<WebSocket, Failure> {
        let page = target.map(|target| format!("/page/{target}")).unwrap_or_default();
        let path = format!("v1/devtools/browser/{}{page}", browser.as_str());
        let headers = Headers::new();
        headers.set("upgrade", "websocket").map_err(|error| failed(&error))?;
        let response = timeout(QUESTION_LIMIT, self.send(Method::Get, &path, headers)).await;
        let response = response.ok_or_else(|| silent("open a socket"))??;
        let status = response.status_code();
        response.websocket().ok_or_else(|| refusal("open a socket", status, None))
    }

    pub(super) async fn json(&self, browser: &BrowserId, call: JsonCall<'_>) -> Result<(u16, String), Failure> {
        let path = format!("v1/devtools/browser/{}/{}", browser.as_str(), call.path());
        self.ask(Method::Get, &path, QUESTION_LIMIT).await.map(|(status, _, body)| (status, body))
    }

    /// A call and its whole answer, in time: status, seconds of `Retry-After`, body.
    async fn ask(&self, method: Method, path: &str, limit: Millis) -> Result<(u16, Option<u32>, String), Failure> {
        let call = async {
            let mut response = self.send(method, path, Headers::new()).await?;
            let retry_after = response.headers().get("retry-after").ok().flatten().and_then(|text| text.parse().ok());
            let body = response.text().await.map_err(|error| failed(&error))?;
            Ok((response.status_code(), retry_after, body))
        };
        timeout(limit, call).await.ok_or_else(|| silent("answer"))?
    }

    async fn send(&self, method: Method, path: &str, headers: Headers) -> Result<Response, Failure> {
        let init = web_sys::RequestInit::new();
        init.set_method(method.as_ref());
        init.set_headers(&headers.0);
        let url = JsValue::from_str(&format!("{ORIGIN}/{path}"));
        let unusable = |error: JsValue| failed(&worker::Error::from(error));
        let promise = self.fetch.call2(&self.binding, &url, &init).map_err(unusable)?;
        let response = JsFuture::from(Promise::from(promise)).await.map_err(unusable)?;
        let response = response.dyn_into::<web_sys::Response>().map_err(unusable)?;
        Ok(response.into())
    }
}

fn browser_of(entry: &Value) -> Option<BrowserId> {
    entry["sessionId"].as_str().and_then(|text| BrowserId::parse(text).ok())
}

fn silent(what: &str) -> Failure {
    Failure::new(FailureCode::ProviderTimeout, format!("the provider did not {what} in time"))
}

/// The text of the provider's error stays in the log: it may name what a caller must not see.
fn failed(error: &worker::Error) -> Failure {
    log::write(&Note::failed("calling the provider", error));
    Failure::new(FailureCode::ProviderError, "the provider can't be reached")
}

fn refusal(what: &str, status: u16, retry_after_secs: Option<u32>) -> Failure {
    let code = match status {
        429 => FailureCode::ProviderRateLimited,
        401 | 403 | 503 => FailureCode::ProviderUnavailable,
        408 | 504 => FailureCode::ProviderTimeout,
        _ => FailureCode::ProviderError,
    };
    // Published clients sleep for the whole `Retry-After`.
    let retry_after_secs = (status == 429).then(|| retry_after_secs.unwrap_or(1).clamp(1, 30));
    Failure { retry_after_secs, ..Failure::new(code, format!("the provider would not {what}: it answered {status}")) }
}
