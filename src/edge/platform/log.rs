//! The log: one line per failure.

use worker::{console_error, console_log};

use crate::host::Note;
use crate::wire::{Code, Problem};

/// Writes a note of the host, if it belongs in a log.
pub(in crate::edge) fn write(note: &Note<'_>) {
    match note {
        Note::Failed { doing, session, request_id, cause } => {
            let session = session.map(|id| format!("{id} ")).unwrap_or_default();
            let request = request_id.map(|id| format!("{id} ")).unwrap_or_default();
            console_error!("{session}{request}{doing}: {cause}");
        }
        Note::ClosingUnclaimed { .. } => console_log!("closing a browser that no project owns"),
        Note::CreateDecided { .. } | Note::Input { .. } => {}
    }
}

/// A failure of ours: its cause goes into the log, and the caller gets the request's id.
pub(in crate::edge) fn internal(doing: &'static str, cause: &dyn std::fmt::Display, request_id: &str) -> Problem {
    write(&Note::Failed { doing, session: None, request_id: Some(request_id), cause });
    Problem::new(Code::Internal, format!("something went wrong here; the log knows it as {request_id}"))
}
