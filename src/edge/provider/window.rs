//! A browser's window: the size that was asked for, set over CDP before anybody else connects.

use futures::StreamExt as _;
use serde_json::{Value, json};
use worker::{EventStream, WebSocket, WebsocketEvent};

use super::super::timed::within;
use super::browser_run::BrowserRun;
use crate::cdp;
use crate::session::{BrowserId, Dimensions, Failure, FailureCode, Millis};

/// A browser that has just started answers in milliseconds.
const WINDOW_LIMIT: Millis = Millis::from_secs(10);

/// Gives the window its size, if there is a wish, and answers what the size is.
pub(super) async fn prepare(
    provider: &BrowserRun,
    browser: &BrowserId,
    wish: Option<Dimensions>,
) -> Result<Dimensions, Failure> {
    let socket = provider.connect(browser, None).await?;
    let outcome = within(WINDOW_LIMIT, talk(&socket, wish)).await;
    let _already_closed = socket.close(Some(1000), Some("done"));
    match outcome {
        Some(Ok(dimensions)) => Ok(dimensions),
        Some(Err(cause)) => Err(Failure::new(FailureCode::ProviderError, format!("the browser's window: {cause}"))),
        None => Err(Failure::new(FailureCode::ProviderTimeout, "the browser did not answer about its window in time")),
    }
}

async fn talk(socket: &WebSocket, wish: Option<Dimensions>) -> Result<Dimensions, String> {
    let mut events = socket.events().map_err(|error| error.to_string())?;
    socket.accept().map_err(|error| error.to_string())?;
    let mut conversation = Conversation { socket, events: &mut events, last_id: 0 };

    let targets = conversation.ask("Target.getTargets", json!({})).await?;
    let target = cdp::first_page(&targets).ok_or("it has no tab")?;
    let window = conversation.ask("Browser.getWindowForTarget", json!({ "targetId": target })).await?;
    let (window, dimensions) = cdp::window_of(&window).ok_or("it has no size")?;
    let Some(wish) = wish.filter(|wish| *wish != dimensions) else { return Ok(dimensions) };

    let bounds = json!({ "windowId": window, "bounds": { "width": wish.width, "height": wish.height } });
    conversation.ask("Browser.setWindowBounds", bounds).await?;
    let bounds = conversation.ask("Browser.getWindowBounds", json!({ "windowId": window })).await?;
    let is = cdp::bounds_of(&bounds).ok_or("it has no size")?;
    if is == wish { Ok(is) } else { Err(format!("it would not be {} by {}", wish.width, wish.height)) }
}

/// Commands, one at a time.
struct Conversation<'a, 'ws> {
    socket: &'a WebSocket,
    events: &'a mut EventStream<'ws>,
    last_id: u32,
}

impl Conversation<'_, '_> {
    async fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.last_id += 1;
        self.socket.send_with_str(cdp::command(self.last_id, method, &params)).map_err(|error| error.to_string())?;
        while let Some(event) = self.events.next().await {
            let WebsocketEvent::Message(message) = event.map_err(|error| error.to_string())? else { break };
            if let Some(answer) = message.text().and_then(|text| cdp::answer_to(self.last_id, &text)) {
                return answer;
            }
        }
        Err("it closed the socket".to_owned())
    }
}
