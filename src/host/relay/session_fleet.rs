//! The fleet of the session that a relay serves, for the relay's clients and for its viewers.

use std::cell::RefCell;
use std::rc::Rc;

use crate::host::internal;
use crate::host::platform::Platform;
use crate::session::{ProjectName, SessionId};
use crate::wire::{CallContext, CallError, Code, FleetMethod, Problem};

/// Calls to the fleet about one session.
pub(super) struct SessionFleet<P: Platform> {
    platform: Rc<P>,
    /// Who calls, in the ids of requests.
    caller: &'static str,
    session: RefCell<Option<(ProjectName, SessionId)>>,
}

impl<P: Platform> SessionFleet<P> {
    /// No session yet.
    pub(super) const fn new(platform: Rc<P>, caller: &'static str) -> Self {
        Self { platform, caller, session: RefCell::new(None) }
    }

    /// Calls are about this session from now on.
    pub(super) fn set_session(&self, project: ProjectName, session: SessionId) {
        *self.session.borrow_mut() = Some((project, session));
    }

    /// Calls the fleet about the session.
    ///
    /// # Errors
    /// [`CallError`]: also before a session is set.
    pub(super) async fn ask<M: FleetMethod>(&self, call: impl FnOnce(SessionId) -> M) -> Result<M::Answer, CallError> {
        let session = self.session.borrow().clone();
        let Some((project, id)) = session else { return Err(CallError::Lost("it serves no session".to_owned())) };
        let request_id = format!("{}-{id}", self.caller);
        let context = CallContext { project, base_url: String::new(), request_id };
        self.platform.fleet(context, call(id)).await
    }

    /// What a client gets where a call, made while `doing` something, has failed.
    pub(super) fn problem(&self, doing: &'static str, error: CallError) -> Problem {
        match error {
            CallError::Refused(problem) => problem,
            CallError::Lost(cause) => internal(&*self.platform, doing, &cause, self.caller),
        }
    }
}

/// Whether the fleet has said that the session is over.
pub(super) fn is_over(error: &CallError) -> bool {
    matches!(error, CallError::Refused(problem) if matches!(problem.code, Code::SessionGone | Code::SessionNotFound))
}
