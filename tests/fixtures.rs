//! Compares the wire types with tests/fixtures, which has each answer with all of its fields and each request with all
//! of its options. tests/types compares the client's TypeScript types with the same files. A field or code that one
//! side lacks fails a test on one of the sides.

#![cfg(all(feature = "client", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod serde_schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_schema::{fields_of, variants_of};
use tidewatch::client::{
    Answer, CreateOptions, Error, EventsFilter, ListFilter, OnDisconnect, RecordingChoice, ReleaseAllFilter,
    UpdateOptions, UsageFilter,
};
use tidewatch::session::{
    Adapter, Change, DebugConfig, Dimensions, Failure, FailureCode, Invalid, Millis, Options, OptionsLimits, Reason,
    RecordingStatus, SessionId, Status, Timestamp,
};
use tidewatch::wire::{
    By, Code, CurrentSessions, EventView, EventsQuery, FailureView, Holder, ListQuery, LiveDetails, LiveLimits,
    Outcome, PageView, PeriodView, Problem, ReleaseAllAnswer, ReleaseAllQuery, ReleaseAnswer, ReleaseOutcome,
    SessionList, SessionView, UsageQuery, UsageView,
};

const LIMITS: OptionsLimits = OptionsLimits { timeout_max: Millis::new(86_400_000), recordings: true };

fn fixture(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name).with_extension("json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Reads a fixture as `T`. Fails if the round trip loses or adds a field.
fn round_trip<T: Serialize + DeserializeOwned>(name: &str) -> T {
    let text = fixture(name);
    let read: T = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), text, "{name}");
    read
}

/// Fails unless `value` has exactly the fields of `T`.
fn complete<T: DeserializeOwned>(value: &Value) {
    assert_eq!(names(value), fields_of::<T>(), "{}", std::any::type_name::<T>());
}

#[test]
fn an_answer_survives_a_round_trip() {
    round_trip::<SessionView>("session");
    round_trip::<SessionList>("session_page");
    round_trip::<ReleaseAnswer>("release");
    round_trip::<ReleaseAllAnswer>("release_all");
    round_trip::<LiveDetails>("live_details");
    round_trip::<EventView>("event");
    round_trip::<UsageView>("usage");
}

#[test]
fn an_answer_has_every_field_of_its_type() {
    let session = fixture("session");
    complete::<SessionView>(&session);
    complete::<Dimensions>(&session["dimensions"]);
    complete::<FailureView>(&session["failure"]);
    complete::<SessionList>(&fixture("session_page"));
    complete::<ReleaseAnswer>(&fixture("release"));
    let all = fixture("release_all");
    complete::<ReleaseAllAnswer>(&all);
    complete::<ReleaseOutcome>(&all["results"][0]);
    let details = fixture("live_details");
    complete::<LiveDetails>(&details);
    complete::<PageView>(&details["pages"][0]);
    complete::<EventView>(&fixture("event"));
    let usage = fixture("usage");
    complete::<UsageView>(&usage);
    complete::<PeriodView>(&usage["periods"][0]);
    complete::<LiveLimits>(&usage["limits"]);
    complete::<CurrentSessions>(&usage["now"]);
    complete::<Invalid>(&fixture("problem_of_values")["errors"][0]);
    complete::<Holder>(&fixture("problem_of_limit")["holders"][0]);
}

#[test]
fn a_problem_has_what_the_client_reads() {
    for name in ["problem_of_values", "problem_of_limit"] {
        let text = fixture(name);
        let error = Error::refused(&Answer {
            status: u16::try_from(text["status"].as_u64().unwrap()).unwrap(),
            request_id: text["requestId"].as_str().map(str::to_owned),
            retry_after: None,
            should_retry: None,
            next_cursor: None,
            body: Some(text.clone()),
        });
        let code = *Code::ALL.iter().find(|code| code.name() == error.code).unwrap();
        let problem = match error.errors.into_vec() {
            none if none.is_empty() => Problem::new(code, error.message),
            errors => Problem::invalid(errors),
        };
        let problem = problem.held_by(error.holders.into_vec());
        assert_eq!(problem.to_json(&error.request_id.unwrap()), text, "{name}");
    }
}

#[test]
fn the_codes_are_those_of_the_service() {
    let codes = fixture("codes");
    let listed = |name: &str| codes[name].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    let expect = |name: &str, variants: BTreeSet<&str>| assert_eq!(variants, listed(name), "{name}");
    expect("ServiceErrorCode", variants_of::<Code>());
    expect("ReleaseReason", variants_of::<Reason>());
    expect("FailureCode", variants_of::<FailureCode>());
    // A waiting or starting session is in no list.
    let mut public = variants_of::<Status>();
    public.retain(|status| ListQuery::parse(&format!("status={status}")).is_ok());
    expect("SessionStatus", public);
    expect("Outcome", variants_of::<Outcome>());
    expect("RecordingStatus", variants_of::<RecordingStatus>());
    assert_eq!(names(&codes).len(), 6);
}

#[test]
fn every_failure_has_its_problem() {
    let table = [
        ("provider_error", 502, "provider_error"),
        ("provider_unavailable", 503, "provider_unavailable"),
        ("provider_timeout", 504, "provider_timeout"),
        ("provider_rate_limited", 429, "provider_rate_limited"),
        ("wait_expired", 429, "limit_reached"),
        ("start_interrupted", 503, "start_interrupted"),
        ("start_timeout", 504, "provider_timeout"),
        ("browser_lost", 502, "provider_error"),
        ("browser_crashed", 502, "provider_error"),
        ("browser_evicted", 502, "provider_error"),
        ("internal", 500, "internal"),
    ];
    let failures: BTreeSet<&str> = table.iter().map(|(failure, ..)| *failure).collect();
    assert_eq!(failures, variants_of::<FailureCode>());
    for (failure, status, code) in table {
        let failure: FailureCode = serde_json::from_value(json!(failure)).unwrap();
        let problem = Problem::from_failure(&Failure { retry_after_secs: Some(7), ..Failure::new(failure, "why") });
        assert_eq!((problem.status(), problem.code.name().as_str()), (status, code), "{failure:?}");
        assert_eq!((problem.detail.as_str(), problem.retry_after_secs), ("why", Some(7)), "{failure:?}");
    }
}

#[test]
fn every_usage_option_is_sent_and_parsed() {
    let options = fixture("usage_options");
    let text = |name: &str| options[name].as_str().map(str::to_owned);
    assert_eq!(options["by"], "day");
    let filter = UsageFilter { from: text("from"), to: text("to"), by: Some(By::Day) };
    let query = filter.query();
    let sent: BTreeSet<_> = query[1..].split('&').filter_map(|pair| pair.split('=').next()).collect();
    assert_eq!(sent, names(&options));
    let read = UsageQuery::parse(&query[1..], Timestamp::from_millis(0)).unwrap();
    assert_eq!(
        (read.from.to_iso(), read.to.to_iso()),
        ("2026-11-01T00:00:00.000Z".into(), "2026-11-23T00:00:00.000Z".into())
    );
}

/// An object without some of its fields.
fn without(value: &Value, names: &[&str]) -> Value {
    let mut fields = value.as_object().unwrap().clone();
    for name in names {
        assert!(fields.remove(*name).is_some(), "{name}");
    }
    Value::Object(fields)
}

#[test]
fn the_options_of_a_create_are_those_that_the_service_honours() {
    let honoured = fixture("create_honoured");
    // Two names of one option. A request may send only one of them.
    let parsed = Options::parse(&without(&honoured, &["idleTimeout"]), LIMITS).unwrap();
    assert!(Options::parse(&without(&honoured, &["inactivityTimeout"]), LIMITS).is_ok());
    let stored = serde_json::to_value(&parsed).unwrap();
    // `onDisconnect` is stored as its grace.
    complete::<Options>(&stored);
    assert_eq!(names(&without(&honoured, &["idleTimeout", "onDisconnect"])), names(&stored));
}

#[test]
fn an_unsupported_option_is_refused_by_name() {
    for (name, value) in fixture("create_refused").as_object().unwrap() {
        let mut body = Map::new();
        body.insert(name.clone(), value.clone());
        let refused = Options::parse(&Value::Object(body), LIMITS).unwrap_err();
        let [Invalid { pointer, detail }] = refused.as_slice() else { panic!("{refused:?}") };
        assert_eq!((pointer.as_str(), detail.as_str()), (&*format!("/{name}"), "is not supported here; leave it out"));
    }
}

#[test]
fn create_options_have_every_option_that_the_service_honours() {
    let honoured = without(&fixture("create_honoured"), &["idleTimeout"]);
    // No `..`: a new option has to be added here and to the fixture.
    let options = CreateOptions {
        timeout: Some(Millis::new(600_000)),
        inactivity_timeout: Some(Millis::new(60_000)),
        on_disconnect: Some(OnDisconnect::Release),
        disconnect_grace: Some(Millis::new(5_000)),
        session_id: Some(id()),
        adapter: Some(Adapter::Playwright),
        owner: Some("crawler-7".to_owned()),
        metadata: [("run".to_owned(), "12".to_owned())].into(),
        wait: Some(Millis::new(30_000)),
        dimensions: Some(Dimensions { width: 1280, height: 720 }),
        debug_config: Some(DebugConfig { interactive: false }),
        recording: Some(RecordingChoice::Inputs { mask_inputs: false }),
        lambdatest_options: json!({"build": "nightly"}).as_object().unwrap().clone(),
    };
    assert_eq!(serde_json::to_value(&options).unwrap(), honoured);
}

#[test]
fn update_options_have_every_field_that_the_service_changes() {
    let update = fixture("update");
    let change = Change::parse(&update, LIMITS).unwrap();
    let Change { timeout, inactivity_timeout, metadata } = change;
    assert_eq!(serde_json::to_value(UpdateOptions { timeout, inactivity_timeout, metadata }).unwrap(), update);
}

#[test]
fn the_filters_have_every_parameter_that_the_service_parses() {
    let metadata = vec![("run".to_owned(), "12".to_owned())];
    let owner = Some("crawler-7".to_owned());
    let list = ListFilter {
        status: Some(Status::Live),
        owner: owner.clone(),
        metadata: metadata.clone(),
        limit: Some(100),
        cursor: Some(id()),
    };
    let ListQuery { status, owner: listed, metadata: pairs, limit, cursor } =
        ListQuery::parse(&list.query()[1..]).unwrap();
    let read = json!({"status": status, "owner": listed, "metadata": pairs, "limit": limit, "cursorId": cursor});
    assert_eq!(read, fixture("list"));

    let filter = EventsFilter { limit: Some(100), pointer: Some("1-2.3".to_owned()) };
    let EventsQuery { limit, pointer, as_har } = EventsQuery::parse(&filter.query()[1..]).unwrap();
    assert_eq!(json!({"limit": limit, "pointer": pointer}), fixture("events"));
    assert!(!as_har, "a HAR is another call");

    let created_before = Some("2026-11-22T17:48:23.000Z".to_owned());
    let filter = ReleaseAllFilter { owner, metadata, created_before, key_prefix: Some("a-".to_owned()), dry_run: true };
    let ReleaseAllQuery { owner, metadata, created_before, key_prefix, dry_run } =
        ReleaseAllQuery::parse(&filter.query()[1..]).unwrap();
    let before = created_before.map(tidewatch::session::Timestamp::to_iso);
    let read = json!({"owner": owner, "metadata": metadata, "createdBefore": before, "dryRun": dry_run});
    assert_eq!(read, fixture("release_all_filter"));
    assert_eq!(key_prefix.as_deref(), Some("a-"), "the prefix is set by release_created only");
}

fn id() -> SessionId {
    SessionId::parse("0192f0c1-7b3c-7000-8000-00000000000a").unwrap()
}
