//! Commands to a browser over a CDP socket of the service's own, one at a time.

use std::fmt;

use futures::StreamExt as _;
use serde_json::Value;
use worker::{EventStream, WebSocket, WebsocketEvent};

use super::browser_run::BrowserRun;
use crate::cdp::{self, CommandRefused};
use crate::edge::platform::clock::timeout;
use crate::session::{BrowserId, Dimensions, Failure, FailureCode, Millis};

/// A browser that has just started answers in milliseconds.
const TALK_LIMIT: Millis = Millis::from_secs(10);

/// Why a conversation failed.
#[derive(Debug)]
pub(super) enum ConversationError {
    /// The browser refused a command.
    Refused(CommandRefused),
    /// An answer lacks this.
    Lacks(&'static str),
    /// The window did not take the requested size.
    OtherSize(Dimensions),
    /// The socket failed.
    Socket(worker::Error),
    /// The browser closed the socket.
    Closed,
}

impl fmt::Display for ConversationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Lacks(what) => write!(f, "its answer lacks {what}"),
            Self::OtherSize(requested) => write!(f, "it would not be {} by {}", requested.width, requested.height),
            Self::Socket(error) => error.fmt(f),
            Self::Closed => f.write_str("it closed the socket"),
        }
    }
}

impl From<CommandRefused> for ConversationError {
    fn from(refused: CommandRefused) -> Self {
        Self::Refused(refused)
    }
}

impl From<worker::Error> for ConversationError {
    fn from(error: worker::Error) -> Self {
        Self::Socket(error)
    }
}

/// A socket over which commands are sent.
pub(super) struct Conversation<'a> {
    socket: &'a WebSocket,
    events: EventStream<'a>,
    last_id: u32,
}

/// Opens a socket to a browser, carries out `talk` over it, and closes it. `about` is its subject, for failures.
///
/// # Errors
/// `provider_error` with the error of `talk`, `provider_timeout`, and the provider's refusal.
pub(super) async fn converse<T>(
    provider: &BrowserRun,
    browser: &BrowserId,
    about: &str,
    talk: impl AsyncFnOnce(&mut Conversation<'_>) -> Result<T, ConversationError>,
) -> Result<T, Failure> {
    let socket = provider.connect(browser, None).await?;
    let outcome = timeout(TALK_LIMIT, async {
        let mut conversation = Conversation::open(&socket)?;
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
    /// [`ConversationError`].
    pub(super) async fn call(&mut self, method: &str, params: Value) -> Result<Value, ConversationError> {
        let id = self.send(method, &params, None)?;
        loop {
            if let Some(answer) = cdp::answer_to(id, &self.next_message().await?) {
                return Ok(answer?);
            }
        }
    }

    /// Sends a command, to a CDP session if one is named, and returns the command's id.
    ///
    /// # Errors
    /// [`ConversationError::Socket`].
    pub(super) fn send(
        &mut self,
        method: &str,
        params: &Value,
        session: Option<&str>,
    ) -> Result<u32, ConversationError> {
        self.last_id += 1;
        let command = cdp::command(self.last_id, method, params, session);
        self.socket.send_with_str(command)?;
        Ok(self.last_id)
    }

    /// The next message.
    ///
    /// # Errors
    /// [`ConversationError::Socket`], [`ConversationError::Closed`].
    pub(super) async fn next_message(&mut self) -> Result<String, ConversationError> {
        while let Some(event) = self.events.next().await {
            let WebsocketEvent::Message(message) = event? else { break };
            if let Some(text) = message.text() {
                return Ok(text);
            }
        }
        Err(ConversationError::Closed)
    }
}
