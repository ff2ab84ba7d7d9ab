//! The filters and pages of calls.

use form_urlencoded::Serializer;

use crate::session::{SessionId, Status};
use crate::wire::By;

/// Which sessions to list. All given fields must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only sessions in this state.
    pub status: Option<Status>,
    /// Only sessions of this owner.
    pub owner: Option<String>,
    /// Only sessions that have all these pairs, 10 at most.
    pub metadata: Vec<(String, String)>,
    /// How many in one answer: 1 to 100, or 50 if `None`.
    pub limit: Option<u32>,
    /// Only sessions older than this one.
    pub cursor: Option<SessionId>,
}

/// Which sessions to release. All given fields must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseAllFilter {
    /// Only sessions of this owner; all of the project's if `None`.
    pub owner: Option<String>,
    /// Only sessions that have all these pairs, 10 at most.
    pub metadata: Vec<(String, String)>,
    /// Only sessions created before this time, in ISO 8601 with a time zone.
    pub created_before: Option<String>,
    /// Only sessions whose create had an idempotency key with this prefix.
    pub key_prefix: Option<String>,
    /// Report what would be released, and release nothing.
    pub dry_run: bool,
}

/// Which part of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsFilter {
    /// How many events in one answer: 1 to 1000, or 1000 if `None`.
    pub limit: Option<u32>,
    /// The `next_cursor` of the part before.
    pub pointer: Option<String>,
}

impl EventsFilter {
    /// The query with its `?`, or an empty text without parameters.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = Query::new();
        query.add("limit", self.limit.map(|limit| limit.to_string()).as_deref());
        query.add("pointer", self.pointer.as_deref());
        query.finish()
    }

    /// The query for the same part as an HTTP archive.
    pub(super) fn har_query(&self) -> String {
        let mut query = Query::new();
        query.add("format", Some("har"));
        query.add("pointer", self.pointer.as_deref());
        query.finish()
    }
}

/// Which periods of usage to retrieve: the last 30 days, day by day, unless given otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// The first period: a date like `2026-11-22`, or a time in ISO 8601 with a time zone.
    pub from: Option<String>,
    /// The last period: a date, which includes all of that day, or a time.
    pub to: Option<String>,
    /// The length of each period.
    pub by: Option<By>,
}

impl ListFilter {
    /// The query with its `?`, or an empty text without parameters.
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
    /// The query with its `?`, or an empty text without parameters.
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
    /// The query with its `?`, or an empty text without parameters.
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
