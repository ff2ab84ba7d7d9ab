//! The queries of URLs: filters and pages.

use std::collections::BTreeMap;

use super::create_request::parse_key;
use crate::session::{Invalid, SessionId, Status, Timestamp};

/// Sessions of one page, unless the caller sets another number.
pub const LIST_LIMIT_DEFAULT: u32 = 50;
/// The most sessions of one page.
pub const LIST_LIMIT_MAX: u32 = 100;
/// The width of a picture, unless the caller sets another: that of a card in the dashboard.
const PICTURE_WIDTH_DEFAULT: u32 = 320;
/// The smallest width of a picture, in pixels.
pub const PICTURE_WIDTH_MIN: u32 = 16;
/// The largest width of a picture, in pixels: that of an ordinary window.
pub const PICTURE_WIDTH_MAX: u32 = 1280;
/// The most events of one page, and the default.
pub const EVENTS_LIMIT_MAX: u32 = 1000;
/// The most pairs in a filter. Each pair costs one index lookup.
const METADATA_FILTERS_MAX: usize = 10;

/// Which sessions to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Only sessions with this status.
    pub status: Option<Status>,
    /// Only sessions of this owner.
    pub owner: Option<String>,
    /// Only sessions that have all these pairs.
    pub metadata: BTreeMap<String, String>,
    /// How many: 1 to 100.
    pub limit: u32,
    /// The last session that the caller has seen.
    pub cursor: Option<SessionId>,
}

/// Which sessions to release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseAllQuery {
    /// Only sessions of this owner.
    pub owner: Option<String>,
    /// Only sessions that have all these pairs.
    pub metadata: BTreeMap<String, String>,
    /// Only sessions created before this time.
    pub created_before: Option<Timestamp>,
    /// Only sessions whose create had an idempotency key with this prefix.
    pub key_prefix: Option<String>,
    /// Report what would be released, and release nothing.
    pub dry_run: bool,
}

/// Which picture to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureQuery {
    /// The largest width, in pixels.
    pub width: u32,
}

impl PictureQuery {
    /// Reads a query, without its `?`.
    ///
    /// # Errors
    /// Every invalid parameter, including unknown ones.
    pub fn parse(query: &str) -> Result<Self, Vec<Invalid>> {
        let mut read = Self { width: PICTURE_WIDTH_DEFAULT };
        each(query, |name, value| match name {
            "width" => width(value).map(|width| read.width = width),
            // Checked before, with the caller's access.
            "token" => Ok(()),
            _ => Err("is not a parameter of this call"),
        })?;
        Ok(read)
    }
}

/// Which part of a recording, and in what form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsQuery {
    /// How many events: 1 to 1000.
    pub limit: u32,
    /// The cursor that came with the page before.
    pub pointer: Option<String>,
    /// Whether to answer the requests as an HTTP archive instead of the events.
    pub as_har: bool,
}

impl EventsQuery {
    /// Reads a query, without its `?`.
    ///
    /// # Errors
    /// Every invalid parameter, including unknown ones.
    pub fn parse(query: &str) -> Result<Self, Vec<Invalid>> {
        let mut read = Self { limit: EVENTS_LIMIT_MAX, pointer: None, as_har: false };
        each(query, |name, value| match name {
            "limit" => events_limit(value).map(|limit| read.limit = limit),
            "pointer" => {
                read.pointer = Some(value.to_owned());
                Ok(())
            }
            "format" => format(value).map(|as_har| read.as_har = as_har),
            _ => Err("is not a parameter of this call"),
        })?;
        if read.as_har && query.contains("limit=") {
            return Err(vec![Invalid::new("/limit", "is not a parameter of this call with format=har")]);
        }
        Ok(read)
    }
}

impl ListQuery {
    /// Reads a query, without its `?`.
    ///
    /// # Errors
    /// Every invalid parameter, including unknown ones.
    pub fn parse(query: &str) -> Result<Self, Vec<Invalid>> {
        let mut read =
            Self { status: None, owner: None, metadata: BTreeMap::new(), limit: LIST_LIMIT_DEFAULT, cursor: None };
        each(query, |name, value| match name {
            "status" => status(value).map(|status| read.status = Some(status)),
            "owner" => owner(value).map(|owner| read.owner = Some(owner)),
            "limit" => limit(value).map(|limit| read.limit = limit),
            "cursorId" => cursor(value).map(|cursor| read.cursor = Some(cursor)),
            _ => metadata(&mut read.metadata, name, value),
        })?;
        Ok(read)
    }
}

impl ReleaseAllQuery {
    /// Reads a query, without its `?`.
    ///
    /// # Errors
    /// Every invalid parameter, including unknown ones: to ignore a filter would release sessions that it excludes.
    pub fn parse(query: &str) -> Result<Self, Vec<Invalid>> {
        let mut read = Self::default();
        each(query, |name, value| match name {
            "owner" => owner(value).map(|owner| read.owner = Some(owner)),
            "createdBefore" => time(value).map(|time| read.created_before = Some(time)),
            "idempotencyKeyPrefix" => parse_key(value).map(|prefix| read.key_prefix = Some(prefix)),
            "dryRun" => dry_run(value).map(|dry_run| read.dry_run = dry_run),
            _ => metadata(&mut read.metadata, name, value),
        })?;
        Ok(read)
    }
}

/// Refuses every parameter, for a call that has none. An ignored parameter could have been a filter.
///
/// # Errors
/// Every parameter.
pub fn parse_no_query(query: &str) -> Result<(), Vec<Invalid>> {
    each(query, |_, _| Err("is not a parameter of this call"))
}

/// Calls `take` with each parameter, and collects its errors. A repeated parameter is an error.
pub(super) fn each(
    query: &str,
    mut take: impl FnMut(&str, &str) -> Result<(), &'static str>,
) -> Result<(), Vec<Invalid>> {
    let mut seen = Vec::new();
    let mut invalid = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let refused = if seen.contains(&name) { Err("is repeated") } else { take(&name, &value) };
        if let Err(detail) = refused {
            invalid.push(Invalid::new(format!("/{}", name.replace('~', "~0").replace('/', "~1")), detail));
        }
        seen.push(name);
    }
    if invalid.is_empty() { Ok(()) } else { Err(invalid) }
}

fn width(value: &str) -> Result<u32, &'static str> {
    let width = value.parse().ok().filter(|width| (PICTURE_WIDTH_MIN..=PICTURE_WIDTH_MAX).contains(width));
    width.ok_or("must be whole pixels from 16 to 1280")
}

fn status(value: &str) -> Result<Status, &'static str> {
    [Status::Live, Status::Released, Status::Failed]
        .into_iter()
        .find(|status| status.as_str() == value)
        .ok_or("must be live, released or failed")
}

fn owner(value: &str) -> Result<String, &'static str> {
    if value.is_empty() { Err("must not be empty") } else { Ok(value.to_owned()) }
}

fn cursor(value: &str) -> Result<SessionId, &'static str> {
    SessionId::parse(value).map_err(|_| "is not a session's id")
}

fn limit(value: &str) -> Result<u32, &'static str> {
    let limit = value.parse().ok().filter(|limit| (1..=LIST_LIMIT_MAX).contains(limit));
    limit.ok_or("must be a whole number from 1 to 100")
}

fn events_limit(value: &str) -> Result<u32, &'static str> {
    let limit = value.parse().ok().filter(|limit| (1..=EVENTS_LIMIT_MAX).contains(limit));
    limit.ok_or("must be a whole number from 1 to 1000")
}

fn format(value: &str) -> Result<bool, &'static str> {
    match value {
        "rrweb" => Ok(false),
        "har" => Ok(true),
        _ => Err("must be rrweb or har"),
    }
}

fn time(value: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse_iso(value).ok_or("must be a time in ISO 8601 with its zone, like 2026-11-22T17:48:23.000Z")
}

fn dry_run(value: &str) -> Result<bool, &'static str> {
    match value {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("must be true or false"),
    }
}

fn metadata(pairs: &mut BTreeMap<String, String>, name: &str, value: &str) -> Result<(), &'static str> {
    let key = name.strip_prefix("metadata[").and_then(|rest| rest.strip_suffix(']')).filter(|key| !key.is_empty());
    let key = key.ok_or("is not a parameter of this call")?;
    if pairs.len() == METADATA_FILTERS_MAX {
        return Err("is one filter on metadata too many: 10 at most");
    }
    pairs.insert(key.to_owned(), value.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_pages_are_read() {
        let query = "status=live&owner=a%20b&limit=100&metadata%5Brun%5D=7&metadata[x]=&\
                     cursorId=0192f0c1-7b3c-7000-8000-00000000000a";
        let read = ListQuery::parse(query).unwrap();
        assert_eq!(read.status, Some(Status::Live));
        assert_eq!(read.owner.as_deref(), Some("a b"));
        assert_eq!(read.limit, 100);
        assert_eq!(read.metadata["run"], "7");
        assert_eq!(read.metadata["x"], "");
        assert!(read.cursor.is_some());
        assert_eq!(ListQuery::parse("").unwrap().limit, LIST_LIMIT_DEFAULT);
    }

    #[test]
    fn every_invalid_parameter_is_reported() {
        for (query, pointer) in [
            ("limit=0", "/limit"),
            ("limit=101", "/limit"),
            ("limit=1.5", "/limit"),
            ("limit=", "/limit"),
            ("status=starting", "/status"),
            ("status=live&status=live", "/status"),
            ("cursorId=nowhere", "/cursorId"),
            ("owner=", "/owner"),
            ("onwer=a", "/onwer"),
            ("metadata[]=a", "/metadata[]"),
        ] {
            assert_eq!(ListQuery::parse(query).unwrap_err()[0].pointer, pointer, "{query}");
        }
        assert_eq!(ReleaseAllQuery::parse("createdBefore=now&dryRun=maybe&status=live").unwrap_err().len(), 3);
        assert!(ReleaseAllQuery::parse("dryRun=true").unwrap().dry_run);
        assert_eq!(ReleaseAllQuery::parse("idempotencyKeyPrefix=a-").unwrap().key_prefix.as_deref(), Some("a-"));
        assert_eq!(ReleaseAllQuery::parse("idempotencyKeyPrefix=").unwrap_err()[0].pointer, "/idempotencyKeyPrefix");
        assert_eq!(parse_no_query("dryRun=true").unwrap_err()[0].pointer, "/dryRun");
        assert!(parse_no_query("").is_ok());
    }
}
