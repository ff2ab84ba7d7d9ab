//! Which sessions a call is about.

use form_urlencoded::Serializer;

use crate::session::{SessionId, Status};
use crate::wire::By;

/// Which sessions to list; all that is named must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only sessions in this state.
    pub status: Option<Status>,
    /// Only this owner's.
    pub owner: Option<String>,
    /// Only those that have all these pairs, 10 at most.
    pub metadata: Vec<(String, String)>,
    /// How many in one answer: 1 to 100, the service's own default of 50 if `None`.
    pub limit: Option<u32>,
    /// Only those older than this session.
    pub cursor: Option<SessionId>,
}

/// Which sessions to release; all that is named must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseAllFilter {
    /// Only this owner's; the whole project's if `None`.
    pub owner: Option<String>,
    /// Only those that have all these pairs, 10 at most.
    pub metadata: Vec<(String, String)>,
    /// Only those created before: ISO 8601 with a time zone.
    pub created_before: Option<String>,
    /// Only those whose create came with an `Idempotency-Key` that begins so.
    pub key_prefix: Option<String>,
    /// Say what would be released, and release nothing.
    pub dry_run: bool,
}

/// Which periods to tell the usage of. `None` is the service's own: the last 30 days, by the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// The first: a date like `2026-11-22`, or ISO 8601 with a time zone.
    pub from: Option<String>,
    /// The last: a date, and then all of that day, or a time.
    pub to: Option<String>,
    /// How long each is.
    pub by: Option<By>,
}

impl ListFilter {
    /// Its query, with the `?` if there is anything to say.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = Query::new();
        query.add("status", self.status.map(Status::as_str));
        query.add("owner", self.owner.as_deref());
        query.add_pairs(&self.metadata);
        query.add("limit", self.limit.map(|limit| limit.to_string()).as_deref());
        query.add("cursorId", self.cursor.map(|id| id.to_string()).as_deref());
        query.finish()
    }
}

impl ReleaseAllFilter {
    /// Its query, with the `?` if there is anything to say.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = Query::new();
        query.add("owner", self.owner.as_deref());
        query.add_pairs(&self.metadata);
        query.add("createdBefore", self.created_before.as_deref());
        query.add("idempotencyKeyPrefix", self.key_prefix.as_deref());
        query.add("dryRun", self.dry_run.then_some("true"));
        query.finish()
    }
}

impl UsageFilter {
    /// Its query, with the `?` if there is anything to say.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = Query::new();
        query.add("from", self.from.as_deref());
        query.add("to", self.to.as_deref());
        query.add("by", self.by.map(By::as_str));
        query.finish()
    }
}

struct Query(Serializer<'static, String>);

impl Query {
    fn new() -> Self {
        Self(Serializer::for_suffix("?".to_owned(), 1))
    }

    fn add(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.append_pair(name, value);
        }
    }

    fn add_pairs(&mut self, pairs: &[(String, String)]) {
        for (key, value) in pairs {
            self.0.append_pair(&format!("metadata[{key}]"), value);
        }
    }

    fn finish(mut self) -> String {
        let query = self.0.finish();
        if query == "?" { String::new() } else { query }
    }
}
