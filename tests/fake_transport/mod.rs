//! A fake `Transport`: prepared answers, and a clock that only the test moves.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::Value;
use tidewatch::client::{Answer, ApiKey, BaseUrl, Client, Lost, Request, Settings, Transport};
use tidewatch::session::Millis;

/// The id of the session in the answers.
pub const ID: &str = "0192f0c1-7b3c-7000-8000-00000000000a";

/// The outcome of one request.
#[derive(Clone, Debug)]
pub enum Step {
    /// An answer after this many milliseconds.
    Answer(u64, Answer<Value>),
    /// The connection is lost.
    Lost,
    /// No answer ever comes.
    Silence,
}

/// An immediate answer.
pub fn answer(status: u16, body: Value) -> Step {
    Step::Answer(0, Answer { body: Some(body), ..no_json(status) })
}

/// An answer whose body is not JSON.
pub fn no_json(status: u16) -> Answer<Value> {
    Answer {
        status,
        request_id: Some("r-1".to_owned()),
        retry_after: None,
        should_retry: None,
        next_cursor: None,
        body: None,
    }
}

/// A session as the service describes it.
pub fn session() -> Value {
    serde_json::json!({
        "id": ID, "status": "live", "createdAt": "2026-11-22T17:48:23.000Z", "timeout": 60000,
        "expiresAt": "2026-11-22T17:49:23.000Z", "duration": 0, "creditsUsed": 0, "websocketUrl": "wss://a/", "debugUrl": "d",
        "sessionViewerUrl": "v", "sessionWatchUrl": "w", "dimensions": {"width": 0, "height": 0}, "eventCount": 0, "optimizeBandwidth": {},
        "proxyBytesUsed": 0, "proxySource": null, "headless": true, "isSelenium": false, "provider": "browser-run",
        "connected": null, "verifiedAt": null, "metadata": {},
    })
}

/// The service, its clock, and the requests that it got.
#[derive(Clone, Default)]
pub struct FakeTransport(Rc<State>);

#[derive(Default)]
struct State {
    steps: RefCell<VecDeque<Step>>,
    sent: RefCell<Vec<(u64, Request)>>,
    now: Cell<u64>,
    timers: RefCell<BTreeSet<(u64, u64)>>,
    next_timer: Cell<u64>,
    pending: Cell<usize>,
    random: Cell<u8>,
}

impl FakeTransport {
    /// A service with these outcomes, in this order. All random bytes are 0, so no wait has jitter.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let transport = Self::default();
        transport.0.steps.borrow_mut().extend(steps);
        transport
    }

    /// Makes all random bytes this one.
    pub fn with_random(self, byte: u8) -> Self {
        self.0.random.set(byte);
        self
    }

    /// A client of this service.
    pub fn client(&self) -> Client<Self> {
        self.client_with(|_| ())
    }

    /// A client of this service, with other settings.
    pub fn client_with(&self, change: impl FnOnce(&mut Settings)) -> Client<Self> {
        let base_url = BaseUrl::parse("https://service.test/base/").unwrap();
        let mut settings = Settings::new(base_url, ApiKey::parse("tw_key").unwrap());
        change(&mut settings);
        Client::new(settings, self.clone())
    }

    /// Runs a future to its end. Moves the clock when nothing else can happen.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.run_until(u64::MAX, future).expect("it ends")
    }

    /// Runs a future up to a time. `None` if it had not ended by then and was dropped.
    pub fn run_until<T>(&self, until: u64, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return Some(done);
            }
            let next = self.0.timers.borrow().first().map(|(due, _)| *due).expect("the future waits for a timer");
            if next > until {
                return None;
            }
            self.0.now.set(next.max(self.0.now.get()));
        }
    }

    /// The requests, and when each was sent.
    pub fn sent(&self) -> Vec<(u64, Request)> {
        self.0.sent.borrow().clone()
    }

    /// When the requests were sent.
    pub fn times(&self) -> Vec<u64> {
        self.sent().into_iter().map(|(at, _)| at).collect()
    }

    /// The numbers of pending requests and of pending timers.
    pub fn left_over(&self) -> (usize, usize) {
        (self.0.pending.get(), self.0.timers.borrow().len())
    }

    fn timer(&self, length: u64) -> Timer {
        let id = self.0.next_timer.replace(self.0.next_timer.get() + 1);
        let due = self.0.now.get().saturating_add(length);
        self.0.timers.borrow_mut().insert((due, id));
        Timer { transport: self.clone(), key: (due, id) }
    }
}

impl Transport for FakeTransport {
    type Body = Value;

    async fn send(&self, request: &Request) -> Result<Answer<Value>, Lost> {
        self.0.sent.borrow_mut().push((self.0.now.get(), request.clone()));
        self.0.pending.set(self.0.pending.get() + 1);
        let _pending = PendingRequest(self.clone());
        let step = self.0.steps.borrow_mut().pop_front().expect("an outcome is prepared");
        match step {
            Step::Answer(after, answer) => {
                self.timer(after).await;
                Ok(answer)
            }
            Step::Lost => Err(Lost("connection reset".into())),
            Step::Silence => std::future::pending().await,
        }
    }

    async fn sleep(&self, length: Millis) {
        self.timer(length.get()).await;
    }

    fn now(&self) -> Millis {
        Millis::new(self.0.now.get())
    }

    fn random(&self) -> [u8; 16] {
        [self.0.random.get(); 16]
    }
}

struct PendingRequest(FakeTransport);

impl Drop for PendingRequest {
    fn drop(&mut self) {
        self.0.0.pending.set(self.0.0.pending.get() - 1);
    }
}

struct Timer {
    transport: FakeTransport,
    key: (u64, u64),
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.transport.0.timers.borrow_mut().remove(&self.key);
    }
}

impl IntoFuture for Timer {
    type Output = ();
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = ()>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(poll_fn(
            move |_| if self.transport.0.now.get() >= self.key.0 { Poll::Ready(()) } else { Poll::Pending },
        ))
    }
}
