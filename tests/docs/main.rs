//! The pages under `docs/` against the code: what they list is what there is.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a page that can't be read is a test that has failed")]

mod api;
mod api_names;
mod glossary;
mod limits;
mod markdown;
mod paths;
mod sources;
mod workflows;
