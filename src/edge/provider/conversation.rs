//! Commands to a browser over a socket of the service's own, one at a time.

use futures::StreamExt as _;
use serde_json::Value;
use worker::{EventStream, WebSocket, WebsocketEvent};

use super::browser_run::BrowserRun;
use crate::cdp;
use crate::edge::platform::clock::timeout;
use crate::session::{BrowserId, Failure, FailureCode, Millis};

/// A browser that has just started answers in milliseconds.
const TALK_LIMIT: Millis = Millis::from_secs(10);

/// A socket over which commands are sent.
pub(super) struct Conversation<'a> {
    socket: &'a WebSocket,
    events: EventStream<'a>,
    last_id: u32,
}

/// Opens a socket to a browser, carries out `talk` over it, and closes it. `about` is its subject, for failures.
///
/// # Errors
/// `provider_error` with what `talk` says, `provider_timeout`, and what the provider refuses.
pub(super) async fn converse<T>(
    provider: &BrowserRun,
    browser: &BrowserId,
    about: &str,
    talk: impl AsyncFnOnce(&mut Conversation<'_>) -> Result<T, String>,
) -> Result<T, Failure> {
    let socket = provider.connect(browser, None).await?;
    let outcome = timeout(TALK_LIMIT, async {
        let mut conversation = Conversation::open(&socket).map_err(|error| error.to_string())?;
        talk(&mut conversation).await
    });
    let outcome = outcome.await;
    let _already_closed = socket.close(Some(1000), Some("done"));
    match outcome {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(cause)) => Err(Failure::new(FailureCode::ProviderError, format!("the browser's {about}: {cause}"))),
        None => {
            let text = format!("the browser did not answer about its {about} in time");
            Err(Failure::new(FailureCode::ProviderTimeout, text))
        }
    }
}

impl<'a> Conversation<'a> {
    fn open(socket: &'a WebSocket) -> worker::Result<Self> {
        let events = socket.events()?;
        socket.accept()?;
        Ok(Self { socket, events, last_id: 0 })
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// The browser's words, or how the socket ended.
    pub(super) async fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        let id = self.send(method, &params, None)?;
        loop {
            if let Some(answer) = cdp::answer_to(id, &self.hear().await?) {
                return answer.map_err(|refused| refused.to_string());
            }
        }
    }

    /// Sends a command, to a session if one is named, and answers its id.
    ///
    /// # Errors
    /// How the socket ended.
    pub(super) fn send(&mut self, method: &str, params: &Value, session: Option<&str>) -> Result<u32, String> {
        self.last_id += 1;
        let command = cdp::command(self.last_id, method, params, session);
        self.socket.send_with_str(command).map_err(|error| error.to_string())?;
        Ok(self.last_id)
    }

    /// The next message.
    ///
    /// # Errors
    /// How the socket ended.
    pub(super) async fn hear(&mut self) -> Result<String, String> {
        while let Some(event) = self.events.next().await {
            let WebsocketEvent::Message(message) = event.map_err(|error| error.to_string())? else { break };
            if let Some(text) = message.text() {
                return Ok(text);
            }
        }
        Err("it closed the socket".to_owned())
    }
}
