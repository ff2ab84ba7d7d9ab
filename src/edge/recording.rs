//! A session's recorder at work: its socket to the browser, its segments into the bucket, its reports to the fleet.
//!
//! Nothing waits for it, and whatever fails here is a gap in the recording and nothing else.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, join_all, select};
use worker::wasm_bindgen::JsValue;
use worker::{Delay, Env, Request, State, console_error, web_sys};

use super::bucket::Bucket;
use super::clock::now;
use super::fleet_stub;
use super::provider::Provider;
use super::raw_socket::{Listener, RawSocket, message_of};
use super::timed::within;
use crate::recording::{Place, Recorder, Script, Segment, SegmentKey};
use crate::session::{LEASE, LEASE_RENEWAL, Millis, RecorderReport, SessionId, Timestamp};
use crate::wire::{Code, EndedAs, FleetCall, Problem, RecorderStart, from_json};

/// Where the script is among the files that the Worker serves.
const SCRIPT: &str = "http://assets/recorder/main.js";
/// How often is looked whether a segment is to be stored.
const LOOK_EVERY: Millis = Millis::new(500);
/// A store that has not answered by then has not stored.
const STORE_LIMIT: Millis = Millis::from_secs(10);
/// Waits before a store, or a connect, is tried again: twice as long each time.
const AGAIN_FIRST: Millis = Millis::new(500);
const AGAIN_MAX: Millis = Millis::from_secs(8);
/// What is not stored by then after the session's end is lost; the fleet waits a little longer for the last word.
const FLUSH_LIMIT: Millis = Millis::from_secs(25);

thread_local! {
    /// The script, once it was read: whatever else a browser's first moment costs is the agent's to wait for.
    static SOURCE: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
}

/// The recording of one session, while it is under way.
pub(super) struct Recording {
    env: Env,
    state: State,
    run: RefCell<Option<Rc<Run>>>,
}

/// A recorder from its start to the session's end.
struct Run {
    env: Env,
    start: RefCell<RecorderStart>,
    place: Place,
    recorder: RefCell<Recorder>,
    bucket: Bucket,
    /// Events that are stored.
    stored: Cell<u64>,
    /// Those of them that belong to an earlier start of this same recorder.
    counted: Cell<u64>,
    /// Whether something is missing that the log does not know of.
    is_lossy: Cell<bool>,
    /// Who waits for the end of the socket to the browser.
    listening: RefCell<Option<oneshot::Sender<()>>>,
    /// Who waits for the next segment.
    storing: RefCell<Option<oneshot::Sender<()>>>,
    /// Once the session is over: until when what is left may be stored.
    ends_at: Cell<Option<Timestamp>>,
}

impl Recording {
    pub(super) fn new(state: State, env: Env) -> Rc<Self> {
        Rc::new(Self { env, state, run: RefCell::new(None) })
    }

    /// Starts a recorder. One that is there goes on under the new start: its reports had been lost.
    pub(super) fn start(self: &Rc<Self>, start: RecorderStart) {
        if let Some(run) = self.run.borrow().as_ref() {
            run.counted.set(run.stored.get());
            *run.start.borrow_mut() = start;
            return;
        }
        let Some(run) = Run::new(self.env.clone(), start) else { return };
        *self.run.borrow_mut() = Some(Rc::clone(&run));
        let recording = Rc::clone(self);
        self.state.wait_until(async move {
            run.record().await;
            *recording.run.borrow_mut() = None;
        });
    }
}

impl Run {
    /// `None` without a bucket: then there is nothing to do, and nothing that a retry could mend.
    fn new(env: Env, start: RecorderStart) -> Option<Rc<Self>> {
        let bucket = Bucket::of(&env)?;
        let place = Place::new(&start.project, start.session, start.since);
        Some(Rc::new(Self {
            env,
            place,
            recorder: RefCell::new(Recorder::new()),
            bucket,
            stored: Cell::new(0),
            counted: Cell::new(0),
            is_lossy: Cell::new(start.run > 1),
            listening: RefCell::new(None),
            storing: RefCell::new(None),
            ends_at: Cell::new(None),
            start: RefCell::new(start),
        }))
    }

    async fn record(self: &Rc<Self>) {
        let work = join_all([self.listen().boxed_local(), self.keep_stored().boxed_local()]);
        select(work, self.keep_told()).await;
        self.say_last_word().await;
    }

    /// Listens to the browser until the session is over, over one socket after another.
    async fn listen(self: &Rc<Self>) {
        let mut again = AGAIN_FIRST;
        // The recorder before this one was last heard of that long ago.
        let is_replacement = self.start.borrow().run > 1;
        let mut deaf_since = is_replacement.then(|| Timestamp::from_millis(now().as_millis() - lease_millis()));
        while self.ends_at.get().is_none() {
            match self.listen_once(deaf_since).await {
                Ok(()) => again = AGAIN_FIRST,
                Err(failure) => self.log(&failure),
            }
            deaf_since.get_or_insert(now());
            self.recorder.borrow_mut().closed(now());
            if self.ends_at.get().is_some() || self.is_browser_gone().await {
                break;
            }
            pause(again).await;
            again = again.twice().min(AGAIN_MAX);
        }
        self.end();
    }

    /// Listens until the socket has closed.
    async fn listen_once(self: &Rc<Self>, deaf_since: Option<Timestamp>) -> Result<(), String> {
        let script = self.script().await?;
        let browser = self.start.borrow().browser.clone();
        let provider = Provider::of(&self.env).map_err(|failure| failure.message)?;
        let socket = provider.connect(&browser, None).await.map_err(|failure| failure.message)?;
        let socket = RawSocket::of(&socket);
        let (sender, closed) = oneshot::channel();
        *self.listening.borrow_mut() = Some(sender);
        let hear = {
            let (run, socket) = (Rc::clone(self), socket.clone());
            move |event: JsValue| {
                let Some(message) = message_of(&event).as_string() else { return };
                let commands = run.recorder.borrow_mut().hear(&message, now());
                send(&socket, commands);
            }
        };
        let hang_up = |run: &Rc<Self>| {
            let run = Rc::clone(run);
            move |_| run.hang_up()
        };
        let _listeners: [Listener; 3] = [
            socket.listen("message", hear),
            socket.listen("close", hang_up(self)),
            socket.listen("error", hang_up(self)),
        ];
        socket.accept().map_err(|error| format!("{error:?}"))?;
        if let Some(from) = deaf_since {
            self.recorder.borrow_mut().log().note_gap(from, now(), "the recorder had lost its browser");
        }
        let commands = self.recorder.borrow_mut().open(script);
        send(&socket, commands);
        let _hung_up = closed.await;
        socket.shut(1000, "done");
        Ok(())
    }

    async fn script(&self) -> Result<Script, String> {
        let kept = SOURCE.with_borrow(Option::clone);
        let source = match kept {
            Some(source) => source,
            None => self.fetch_source().await?,
        };
        Ok(Script::new(&source, self.start.borrow().wish.mask_inputs))
    }

    /// Reads the script, once for each life of the program: another one comes with another program.
    async fn fetch_source(&self) -> Result<Rc<str>, String> {
        let fetched = async {
            let request: Request = web_sys::Request::new_with_str(SCRIPT)?.into();
            let mut file = self.env.assets("ASSETS")?.fetch_request(request).await?;
            if file.status_code() == 200 { file.text().await.map(Some) } else { Ok(None) }
        };
        let source = fetched.await.map_err(|error| error.to_string())?.ok_or("its script is not among the files")?;
        let source: Rc<str> = source.into();
        SOURCE.set(Some(Rc::clone(&source)));
        Ok(source)
    }

    fn hang_up(&self) {
        wake(&self.listening);
    }

    /// The session is over: what is left is stored, and no socket is opened any more.
    fn end(&self) {
        if self.ends_at.get().is_none() {
            self.ends_at.set(Some(now().plus(FLUSH_LIMIT)));
        }
        self.hang_up();
        wake(&self.storing);
    }

    /// Stores segments as they fill, and what is left in the end.
    async fn keep_stored(&self) {
        let (sender, mut over) = oneshot::channel();
        *self.storing.borrow_mut() = Some(sender);
        loop {
            let is_over = self.ends_at.get().is_some();
            let segment = {
                let mut recorder = self.recorder.borrow_mut();
                let log = recorder.log();
                if is_over || log.is_due(now()) { log.take() } else { None }
            };
            match segment {
                Some(segment) => self.store(&segment).await,
                None if is_over => break,
                None => drop(select(pause(LOOK_EVERY), &mut over).await),
            }
        }
    }

    /// Stores a segment, however often that must be tried; what comes meanwhile waits in the log, as far as it has room.
    async fn store(&self, segment: &Segment) {
        let place = SegmentKey { run: self.start.borrow().run, first: segment.first, count: segment.count };
        let key = self.place.key(&place);
        let mut again = AGAIN_FIRST;
        loop {
            match within(STORE_LIMIT, self.bucket.put(&key, &segment.text)).await {
                Some(Ok(())) => {
                    self.stored.set(self.stored.get() + u64::from(segment.count));
                    break;
                }
                Some(Err(error)) => self.log(&error),
                None => self.log(&"the bucket does not answer"),
            }
            if self.ends_at.get().is_some_and(|at| at <= now()) {
                self.is_lossy.set(true);
                break;
            }
            pause(again).await;
            again = again.twice().min(AGAIN_MAX);
        }
        self.recorder.borrow_mut().log().settled(segment);
    }

    /// Renews the lease, for as long as it is asked to.
    fn keep_told(&self) -> LocalBoxFuture<'_, ()> {
        let telling = async {
            loop {
                match self.tell(false).await {
                    Err(problem) if is_gone(&problem) => self.end(),
                    Err(problem) => self.log(&problem.detail),
                    Ok(_) => {}
                }
                pause(LEASE_RENEWAL).await;
            }
        };
        telling.boxed_local()
    }

    async fn say_last_word(&self) {
        for _ in 0..3 {
            match self.tell(true).await {
                Err(problem) if !is_gone(&problem) => pause(AGAIN_FIRST).await,
                _ => return,
            }
        }
    }

    /// The socket has closed: the fleet looks whether the browser is gone.
    async fn is_browser_gone(&self) -> bool {
        match self.ask(FleetCall::SocketLost(self.id())).await {
            Ok(body) => from_json::<EndedAs>(&body).is_ok_and(|ended| ended.reason.is_some()),
            Err(problem) => is_gone(&problem),
        }
    }

    /// Boxed, like [`pause`]: a future that stands in several others is compiled into each of them.
    fn ask(&self, call: FleetCall) -> LocalBoxFuture<'_, Result<String, Problem>> {
        let (project, id) = (self.start.borrow().project.clone(), self.id());
        fleet_stub::ask(&self.env, project, format!("recorder-{id}"), call).boxed_local()
    }

    fn tell(&self, is_over: bool) -> LocalBoxFuture<'_, Result<String, Problem>> {
        let has_gaps = self.is_lossy.get() || self.recorder.borrow_mut().log().has_gaps();
        let events = self.stored.get() - self.counted.get();
        let report = RecorderReport { run: self.start.borrow().run, events, has_gaps, is_over };
        self.ask(FleetCall::RecorderSeen(self.id(), report))
    }

    fn id(&self) -> SessionId {
        self.start.borrow().session
    }

    fn log(&self, what: &dyn std::fmt::Display) {
        console_error!("recorder {}: {what}", self.id());
    }
}

/// Wakes whoever waits there.
fn wake(waiting: &RefCell<Option<oneshot::Sender<()>>>) {
    if let Some(waiting) = waiting.borrow_mut().take() {
        let _gone = waiting.send(());
    }
}

fn send(socket: &RawSocket, commands: Vec<String>) {
    for command in commands {
        // Its end is an event of its own.
        let _closed_meanwhile = socket.send(&JsValue::from_str(&command));
    }
}

fn is_gone(problem: &Problem) -> bool {
    matches!(problem.code, Code::SessionGone | Code::SessionNotFound)
}

fn lease_millis() -> i64 {
    i64::try_from(LEASE.get()).unwrap_or(0)
}

fn pause(length: Millis) -> LocalBoxFuture<'static, ()> {
    Delay::from(Duration::from_millis(length.get())).boxed_local()
}
