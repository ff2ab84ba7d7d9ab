//! The host's [`Platform`], as workerd has it.

use std::cell::RefCell;
use std::rc::Rc;

use worker::js_sys::Date;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::spawn_local;
use worker::{Env, Request, ScheduledTime, State, web_sys};

use super::platform::bucket::RecordingBucket;
use super::platform::settings::{self, Settings};
use super::platform::sqlite::ObjectStore;
use super::platform::subscriber::SubscriberSocket;
use super::platform::{clock, log, rpc};
use super::provider::Provider;
use crate::host::{Note, Platform, PlatformError};
use crate::session::{Failure, Millis, ProjectName, SessionId, Timestamp};
use crate::wire::{CallContext, CallError, DirectoryMethod, FleetMethod, RecorderMethod, RelayMethod, Secret};

/// Where the recorder's script is among the files that the Worker serves.
const SCRIPT: &str = "http://assets/recorder/main.js";

thread_local! {
    /// The recorder's script, once it was read: another one comes with another program.
    static SCRIPT_SOURCE: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
}

/// workerd, as one object sees it, or as the Worker's own invocation does.
pub(super) struct WorkerWorld {
    env: Env,
    /// `None` in the Worker, which has no store, no alarm and no sockets of its own.
    state: Option<State>,
}

impl WorkerWorld {
    /// The world of a Worker's invocation.
    pub(super) const fn new(env: Env) -> Self {
        Self { env, state: None }
    }

    /// The world of an object.
    pub(super) fn of_object(state: State, env: Env) -> Rc<Self> {
        Rc::new(Self { env, state: Some(state) })
    }

    /// The object's own state; `None` in the Worker.
    pub(super) const fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }
}

impl Platform for WorkerWorld {
    type Store = ObjectStore;
    type Provider = Provider;
    type Bucket = RecordingBucket;
    type Subscriber = SubscriberSocket;

    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        clock::fill_random(bytes);
    }

    async fn sleep(&self, length: Millis) {
        clock::sleep(length).await;
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        match &self.state {
            Some(state) => state.wait_until(work),
            None => spawn_local(work),
        }
    }

    async fn set_alarm(&self, at: Option<Timestamp>) -> Result<(), PlatformError> {
        let Some(state) = &self.state else { return Err(PlatformError("the Worker has no alarm".to_owned())) };
        let set = match at {
            #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into 53 bits")]
            Some(at) => {
                let date = Date::new(&JsValue::from_f64(at.as_millis() as f64));
                state.storage().set_alarm(ScheduledTime::new(date)).await
            }
            None => state.storage().delete_alarm().await,
        };
        set.map_err(|error| PlatformError(error.to_string()))
    }

    fn secret(&self) -> Option<Secret> {
        settings::secret(&self.env)
    }

    fn owns_account(&self) -> bool {
        Settings::read(&self.env).is_ok_and(|settings| settings.browsers_are_ours_alone)
    }

    fn recording_retention(&self) -> Option<Millis> {
        Settings::read(&self.env).ok().map(|settings| settings.recordings_kept)
    }

    fn provider(&self) -> Result<Provider, Failure> {
        Provider::of(&self.env)
    }

    fn bucket(&self) -> Option<RecordingBucket> {
        RecordingBucket::of(&self.env)
    }

    async fn recorder_script(&self) -> Result<Rc<str>, PlatformError> {
        if let Some(source) = SCRIPT_SOURCE.with_borrow(Option::clone) {
            return Ok(source);
        }
        let fetched = async {
            let request: Request = web_sys::Request::new_with_str(SCRIPT)?.into();
            let mut file = self.env.assets("ASSETS")?.fetch_request(request).await?;
            if file.status_code() == 200 { file.text().await.map(Some) } else { Ok(None) }
        };
        let source = fetched.await.map_err(|error: worker::Error| PlatformError(error.to_string()))?;
        let source = source.ok_or_else(|| PlatformError("its script is not among the files".to_owned()))?;
        let source: Rc<str> = source.into();
        SCRIPT_SOURCE.set(Some(Rc::clone(&source)));
        Ok(source)
    }

    fn subscribers(&self) -> Vec<SubscriberSocket> {
        let sockets = self.state.as_ref().map(State::get_websockets).unwrap_or_default();
        sockets.iter().map(SubscriberSocket::of).collect()
    }

    async fn fleet<M: FleetMethod>(&self, context: CallContext, call: M) -> Result<M::Answer, CallError> {
        rpc::fleet(&self.env, context, call).await
    }

    async fn directory<M: DirectoryMethod>(&self, call: M) -> Result<M::Answer, CallError> {
        rpc::directory(&self.env, call).await
    }

    async fn relay<M: RelayMethod>(
        &self,
        project: &ProjectName,
        session: SessionId,
        call: M,
    ) -> Result<M::Answer, CallError> {
        rpc::relay(&self.env, project, session, call).await
    }

    async fn recorder<M: RecorderMethod>(
        &self,
        project: &ProjectName,
        session: SessionId,
        call: M,
    ) -> Result<M::Answer, CallError> {
        rpc::recorder(&self.env, project, session, call).await
    }

    fn note(&self, note: Note<'_>) {
        log::write(&note);
    }
}
