//! Goes through the pages of a list.

use super::transport::Transport;
use super::{Error, ListFilter, Sessions};
use crate::session::SessionId;
use crate::wire::SessionView;

/// All sessions that match a filter, newest first, a page at a time.
#[derive(Debug)]
pub struct Pages<'a, T> {
    sessions: Sessions<'a, T>,
    filter: ListFilter,
    is_over: bool,
}

impl<'a, T: Transport> Sessions<'a, T> {
    /// Goes through all sessions that match, newest first, a page at a time.
    #[must_use]
    pub const fn pages(self, filter: ListFilter) -> Pages<'a, T> {
        Pages { sessions: self, filter, is_over: false }
    }
}

impl<T: Transport> Pages<'_, T> {
    /// The next page; `None` after the last. After an error, the next call asks for the same page again.
    ///
    /// # Errors
    /// Those of [`Sessions::list`].
    pub async fn next_page(&mut self) -> Result<Option<Vec<SessionView>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let page = self.sessions.list(&self.filter).await?;
        self.filter.cursor = page.next_cursor.as_deref().and_then(|id| SessionId::parse(id).ok());
        self.is_over = self.filter.cursor.is_none();
        Ok(Some(page.sessions))
    }
}
