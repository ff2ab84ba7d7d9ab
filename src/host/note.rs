//! What the host tells about itself: lines for the log, and decisions for the checks of a simulation.

use std::fmt;

use crate::fleet::{CreateError, Created};
use crate::session::{BrowserId, Input, SessionId};
use crate::wire::CreateRequest;

/// Something that has happened in the host.
#[derive(Clone, Copy)]
pub enum Note<'a> {
    /// Something failed. The host goes on.
    Failed {
        /// What was being done.
        doing: &'static str,
        /// For which session, if for one.
        session: Option<SessionId>,
        /// For which request, if for one.
        request_id: Option<&'a str>,
        /// Why.
        cause: &'a dyn fmt::Display,
    },
    /// A create was decided; nothing has been awaited since.
    CreateDecided {
        /// What was asked for.
        request: &'a CreateRequest,
        /// What it led to.
        outcome: &'a Result<Created, CreateError>,
    },
    /// A session is about to take something in.
    Input {
        /// Which session.
        session: SessionId,
        /// What.
        input: &'a Input,
    },
    /// A browser that no project owns is about to be closed.
    ClosingUnclaimed {
        /// Which browser.
        browser: &'a BrowserId,
    },
}

impl<'a> Note<'a> {
    /// Something failed while `doing` this.
    pub fn failed(doing: &'static str, cause: &'a dyn fmt::Display) -> Self {
        Self::Failed { doing, session: None, request_id: None, cause }
    }

    /// Something failed for a session.
    pub fn failed_for(session: SessionId, doing: &'static str, cause: &'a dyn fmt::Display) -> Self {
        Self::Failed { doing, session: Some(session), request_id: None, cause }
    }
}
