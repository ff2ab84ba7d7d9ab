//! Event subscribers. Their sockets outlive the object's memory: each one's attached text holds the id of the last
//! event that was sent to it, and later events are read from the store.

use std::rc::Rc;

use serde_json::Value;

use super::FleetHost;
use crate::fleet::{Resumed, RetainedRange, StoreError, StoredEvent};
use crate::host::internal;
use crate::host::note::Note;
use crate::host::platform::{Platform, PlatformError, Subscriber};
use crate::wire::{CallContext, Code, EventView, PING, PONG, Problem, SessionView, ViewContext};

/// Sockets of one project: each costs every turn a message.
pub const SUBSCRIBERS_MAX: usize = 100;
/// When another try makes sense, for a subscriber that finds no place.
const RETRY_AFTER_SECS: u32 = 30;
/// What subscribers may not do.
const POLICY: (u16, &str) = (1008, "only pings may be sent here");

/// Where a subscriber stands: the last event that it was sent, and the address under which it reached the service.
#[derive(Clone, PartialEq, Eq)]
struct Subscription {
    seen: i64,
    base_url: String,
}

impl Subscription {
    fn of(subscriber: &impl Subscriber) -> Option<Self> {
        let text = subscriber.attachment()?;
        let (seen, base_url) = text.split_once(' ')?;
        Some(Self { seen: seen.parse().ok()?, base_url: base_url.to_owned() })
    }

    fn attach_to(&self, subscriber: &impl Subscriber) {
        subscriber.attach(&format!("{} {}", self.seen, self.base_url));
    }
}

impl<P: Platform> FleetHost<P> {
    /// Takes a subscriber in that has seen all events up to `seen`; `None` for one that wants only what comes. `accept`
    /// accepts its socket, so that it is one of [`Platform::subscribers`] from then on.
    ///
    /// # Errors
    /// `too_many_listeners`, `internal`.
    pub async fn subscribe(
        self: &Rc<Self>,
        context: &CallContext,
        seen: Option<i64>,
        accept: impl FnOnce() -> Result<P::Subscriber, PlatformError>,
    ) -> Result<(), Problem> {
        let broken = |cause: &dyn std::fmt::Display| {
            internal(&*self.platform, "taking a subscriber in", cause, &context.request_id)
        };
        self.open().await.map_err(|error| broken(&error))?;
        if self.platform.subscribers().len() >= SUBSCRIBERS_MAX {
            let detail = format!("a project has {SUBSCRIBERS_MAX} listeners at most");
            return Err(Problem::new(Code::TooManyListeners, detail).over_after(RETRY_AFTER_SECS));
        }
        let kept = self.fleet.retained_events().map_err(|error| broken(&error))?;
        let subscription = Subscription { seen: seen.unwrap_or(kept.latest), base_url: context.base_url.clone() };
        let subscriber = accept().map_err(|error| broken(&error))?;
        subscription.attach_to(&subscriber);
        let ready = serde_json::to_string(&EventView::ready(subscription.seen)).map_err(|error| broken(&error))?;
        subscriber.send(&ready);
        self.subscribers.maybe_any.set(true);
        self.send_missing(&[subscriber], kept).map_err(|error| broken(&error))
    }

    /// Sends all subscribers what they have not been sent. Costs nothing while there is none.
    pub(super) fn publish(&self) {
        if !self.subscribers.maybe_any.get() {
            return;
        }
        if let Err(error) = self.publish_new() {
            self.platform.note(Note::failed("sending events", &error));
        }
    }

    fn publish_new(&self) -> Result<(), StoreError> {
        let latest = self.fleet.latest_event()?;
        if self.subscribers.sent_up_to.get() != Some(latest) {
            let sockets = self.platform.subscribers();
            self.subscribers.maybe_any.set(!sockets.is_empty());
            self.send_missing(&sockets, self.fleet.retained_events()?)?;
            self.subscribers.sent_up_to.set(Some(latest));
        }
        Ok(())
    }

    /// Sends subscribers all up to the latest event. Nearly always all stand at the same event, and one text serves
    /// them all.
    fn send_missing(&self, subscribers: &[P::Subscriber], kept: RetainedRange) -> Result<(), StoreError> {
        let mut last: Option<(Subscription, Vec<String>)> = None;
        for subscriber in subscribers {
            let Some(subscription) = Subscription::of(subscriber) else { continue };
            if subscription.seen == kept.latest {
                continue;
            }
            let texts = match last.take() {
                Some((same, texts)) if same == subscription => texts,
                _ => self.messages(&subscription, kept)?,
            };
            for text in &texts {
                subscriber.send(text);
            }
            last = Some((subscription.clone(), texts));
            Subscription { seen: kept.latest, ..subscription }.attach_to(subscriber);
        }
        Ok(())
    }

    /// All messages that a subscriber at this event is to be sent.
    fn messages(&self, subscription: &Subscription, kept: RetainedRange) -> Result<Vec<String>, StoreError> {
        let checked_at = self.fleet.checked_at()?;
        let context = ViewContext { base_url: &subscription.base_url, now: self.now(), checked_at };
        let views = match kept.resume(Some(subscription.seen)) {
            Resumed::Reset(latest) => vec![EventView::reset(latest)],
            Resumed::After(seen) => {
                self.fleet.events_after(seen)?.into_iter().map(|event| view(event, context)).collect()
            }
        };
        let text = |view| serde_json::to_string(view).map_err(|error| StoreError(format!("an event: {error}")));
        views.iter().map(text).collect()
    }

    /// A subscriber has sent something that the platform did not answer for us; `None` if that was no text.
    pub fn subscriber_sent(&self, subscriber: &P::Subscriber, text: Option<&str>) {
        if text.is_some_and(is_ping) {
            subscriber.send(PONG);
        } else {
            subscriber.close(POLICY.0, POLICY.1);
        }
    }

    /// A subscriber has left. The platform does not answer its close for us, and it would wait for that.
    pub fn subscriber_left(&self, subscriber: &P::Subscriber) {
        subscriber.close(1000, "");
    }
}

/// A ping as another JSON library may write it.
fn is_ping(text: &str) -> bool {
    text.len() < 2 * PING.len() && text.split_ascii_whitespace().collect::<String>() == PING
}

fn view(event: StoredEvent, context: ViewContext<'_>) -> EventView {
    let session = event.record.map(|record| SessionView::new(&record.session, &record.tokens, record.summary, context));
    let text = |name: &str| event.data.get(name).and_then(Value::as_str).map(str::to_owned);
    EventView {
        id: event.id.to_string(),
        kind: event.kind,
        at: Some(event.at.to_iso()),
        session_id: Some(event.session),
        expires_at: text("expiresAt"),
        reason: text("reason"),
        session,
    }
}
