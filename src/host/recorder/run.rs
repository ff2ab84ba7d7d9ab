//! One run of a recorder: it listens to the browser until the session is over, over one socket after another.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{join, select};

use crate::host::note::Note;
use crate::host::platform::{CdpSocket, Platform, PlatformError, Provider};
use crate::recording::{Recorder, RecorderAction, RecorderInput, RecordingPrefix, Script, Segment};
use crate::session::{Failure, Millis, SessionId, Timestamp};
use crate::wire::StartRecorder;

/// Waits before a store, or a connect, is tried again: twice as long each time.
pub(super) const RETRY_FIRST: Millis = Millis::new(500);
pub(super) const RETRY_MAX: Millis = Millis::from_secs(8);
/// What is not stored this long after the session's end is lost; the fleet waits a little longer for the last report.
const FLUSH_LIMIT: Millis = Millis::from_secs(25);

/// A recorder from its start to the session's end.
pub(super) struct Run<P: Platform> {
    pub(super) platform: Rc<P>,
    pub(super) start: RefCell<StartRecorder>,
    pub(super) prefix: RecordingPrefix,
    pub(super) recorder: RefCell<Recorder>,
    pub(super) bucket: P::Bucket,
    /// Stored events that belong to an earlier start of this same recorder.
    pub(super) counted: Cell<u64>,
    /// The socket to the browser, while it is open.
    socket: RefCell<Weak<<P::Provider as Provider>::Socket>>,
    /// Wakes the wait for the end of the socket to the browser.
    listening: RefCell<Option<oneshot::Sender<()>>>,
    /// The segment that is to be stored next.
    pub(super) to_store: RefCell<Option<Segment>>,
    /// Wakes the wait for the recorder's next deadline.
    pub(super) storing: RefCell<Option<oneshot::Sender<()>>>,
    /// Once the session is over: until when the rest may be stored.
    pub(super) ends_at: Cell<Option<Timestamp>>,
}

impl<P: Platform> Run<P> {
    /// `None` without a bucket.
    pub(super) fn new(platform: Rc<P>, start: StartRecorder) -> Option<Rc<Self>> {
        let bucket = platform.bucket()?;
        let recorder = if start.run > 1 { Recorder::replacing(platform.now()) } else { Recorder::new() };
        Some(Rc::new(Self {
            platform,
            prefix: RecordingPrefix::new(&start.project, start.session, start.since),
            recorder: RefCell::new(recorder),
            bucket,
            counted: Cell::new(0),
            socket: RefCell::new(Weak::new()),
            listening: RefCell::new(None),
            to_store: RefCell::new(None),
            storing: RefCell::new(None),
            ends_at: Cell::new(None),
            start: RefCell::new(start),
        }))
    }

    /// Goes on under another start: events that are stored belong to the one before.
    pub(super) fn restart(&self, start: StartRecorder) {
        self.counted.set(self.recorder.borrow().stored());
        *self.start.borrow_mut() = start;
    }

    /// Records until the session is over and what there is has been stored.
    pub(super) async fn record(self: &Rc<Self>) {
        let work = join(self.listen(), self.store_segments());
        // Reports go on for as long as there is work, and end with it.
        select(work.boxed_local(), self.report_for_ever().boxed_local()).await;
        self.report_last().await;
    }

    /// Listens to the browser until the session is over, over one socket after another.
    async fn listen(self: &Rc<Self>) {
        let mut wait = RETRY_FIRST;
        while self.ends_at.get().is_none() {
            match self.listen_once().await {
                Ok(()) => wait = RETRY_FIRST,
                Err(error) => self.note("listening to the browser", &error),
            }
            self.handle(RecorderInput::SocketClosed);
            if self.ends_at.get().is_some() || self.is_browser_gone().await {
                break;
            }
            self.platform.sleep(wait).await;
            wait = wait.twice().min(RETRY_MAX);
        }
        self.end();
    }

    /// Listens until the socket has closed, or the session is over.
    async fn listen_once(self: &Rc<Self>) -> Result<(), ListenError> {
        let source = self.platform.recorder_script().await?;
        let script = Script::new(&source, self.start.borrow().options.mask_inputs);
        let browser = self.start.borrow().browser.clone();
        let provider = self.platform.provider()?;
        let socket = Rc::new(provider.connect(&browser).await?);
        let (sender, over) = oneshot::channel();
        *self.listening.borrow_mut() = Some(sender);
        *self.socket.borrow_mut() = Rc::downgrade(&socket);
        let run = Rc::clone(self);
        socket.receive(move |message| run.handle(RecorderInput::MessageReceived(message)))?;
        self.handle(RecorderInput::SocketOpened { script });
        select(over, socket.closed().boxed_local()).await;
        Ok(())
    }

    /// Gives the recorder an input, and starts what it answers.
    pub(super) fn handle(&self, input: RecorderInput<'_>) {
        let (actions, mut is_changed) = {
            let mut recorder = self.recorder.borrow_mut();
            let before = recorder.next_deadline();
            let actions = recorder.handle(input, self.platform.now());
            (actions, recorder.next_deadline() != before)
        };
        for action in actions {
            match action {
                RecorderAction::SendCommand(command) => {
                    if let Some(socket) = self.socket.borrow().upgrade() {
                        socket.send(&command);
                    }
                }
                RecorderAction::StoreSegment(segment) => {
                    *self.to_store.borrow_mut() = Some(segment);
                    is_changed = true;
                }
            }
        }
        if is_changed {
            wake(&self.storing);
        }
    }

    /// The session is over: the rest is stored, and no socket is opened any more.
    pub(super) fn end(&self) {
        if self.ends_at.get().is_none() {
            self.ends_at.set(Some(self.platform.now().plus(FLUSH_LIMIT)));
            self.handle(RecorderInput::SessionEnded);
        }
        wake(&self.listening);
        wake(&self.storing);
    }

    /// When the recording began. It tells apart the sessions of one id.
    pub(super) fn since(&self) -> Timestamp {
        self.start.borrow().since
    }

    pub(super) fn id(&self) -> SessionId {
        self.start.borrow().session
    }

    pub(super) fn note(&self, doing: &'static str, cause: &dyn std::fmt::Display) {
        self.platform.note(Note::failed_for(self.id(), doing, cause));
    }
}

/// Why a recorder could not listen.
enum ListenError {
    /// The platform failed.
    Platform(PlatformError),
    /// The provider refused.
    Provider(Failure),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform(error) => error.fmt(f),
            Self::Provider(failure) => f.write_str(&failure.message),
        }
    }
}

impl From<PlatformError> for ListenError {
    fn from(error: PlatformError) -> Self {
        Self::Platform(error)
    }
}

impl From<Failure> for ListenError {
    fn from(failure: Failure) -> Self {
        Self::Provider(failure)
    }
}

fn wake(waiting: &RefCell<Option<oneshot::Sender<()>>>) {
    if let Some(waiting) = waiting.borrow_mut().take() {
        let _gone = waiting.send(());
    }
}
