//! The Rust client's calls: the request that each sends, and the value or error that it reads from the answer.

#![cfg(all(feature = "client", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod fake_transport;

use std::collections::BTreeMap;

use fake_transport::{FakeTransport, ID, Step, answer, no_json, session};
use serde_json::{Value, json};
use tidewatch::client::{
    ApiKey, BaseUrl, CreateOptions, Error, ListFilter, OnDisconnect, ReleaseAllFilter, Request, UpdateOptions,
};
use tidewatch::session::{Millis, SessionId, Status};
use tidewatch::wire::{Code, Outcome};

fn id() -> SessionId {
    SessionId::parse(ID).unwrap()
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str())
}

/// The only request, as `METHOD path?query`.
fn line(transport: &FakeTransport) -> String {
    let sent = transport.sent();
    let [(_, request)] = sent.as_slice() else { panic!("one request: {sent:?}") };
    assert_eq!(header(request, "authorization"), Some("Bearer tw_key"));
    format!("{} {}", request.method, request.url.strip_prefix("https://service.test/base").unwrap())
}

fn body(transport: &FakeTransport) -> Value {
    let (_, request) = transport.sent().remove(0);
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    serde_json::from_str(&request.body.unwrap()).unwrap()
}

#[test]
fn a_create_sends_only_the_given_options() {
    let transport = FakeTransport::new([answer(201, session())]);
    let options = CreateOptions {
        timeout: Some(Millis::from_secs(60)),
        on_disconnect: Some(OnDisconnect::Release),
        metadata: BTreeMap::from([("run".to_owned(), "7".to_owned())]),
        ..CreateOptions::default()
    };
    let created = transport.run(transport.client().sessions().create(&options)).unwrap();
    assert_eq!(created.id, ID);
    assert_eq!(created.status, Status::Live);
    assert_eq!(line(&transport), "POST /v1/sessions");
    assert_eq!(body(&transport), json!({"timeout": 60000, "onDisconnect": "release", "metadata": {"run": "7"}}));
}

#[test]
fn a_create_has_the_clients_owner_unless_it_names_another() {
    for (named, expected) in [(None, "crawler"), (Some("other"), "other")] {
        let transport = FakeTransport::new([answer(201, session())]);
        let client = transport.client_with(|settings| settings.owner = Some("crawler".to_owned()));
        let options = CreateOptions { owner: named.map(str::to_owned), ..CreateOptions::default() };
        transport.run(client.sessions().create(&options)).unwrap();
        assert_eq!(body(&transport), json!({"owner": expected}));
    }
}

#[test]
fn each_create_has_its_own_idempotency_key_and_a_retry_repeats_it() {
    let transport = FakeTransport::new([Step::Lost, answer(201, session()), answer(201, session())]).with_random(0xa5);
    let client = transport.client();
    for random in [0x5a, 0x0f] {
        let _same = transport.clone().with_random(random);
        transport.run(client.sessions().create(&CreateOptions::default())).unwrap();
    }
    let sent = transport.sent();
    let keys: Vec<&str> = sent.iter().map(|(_, request)| header(request, "idempotency-key").unwrap()).collect();
    let [client, first, second] = ["a5", "5a", "0f"].map(|byte| byte.repeat(16));
    let (first, second) = (format!("tw-{client}-{first}"), format!("tw-{client}-{second}"));
    assert_eq!(keys, [first.as_str(), &first, &second]);
}

#[test]
fn release_created_releases_by_the_prefix_of_the_clients_keys() {
    let answered = json!({"success": true, "message": "m", "results": []});
    let transport = FakeTransport::new([answer(200, answered)]).with_random(0xa5);
    let client = transport.client_with(|settings| settings.owner = Some("crawler".to_owned()));
    transport.run(client.sessions().release_created()).unwrap();
    let (_, request) = &transport.sent()[0];
    let expected =
        format!("https://service.test/base/v1/sessions/release?idempotencyKeyPrefix=tw-{}-", "a5".repeat(16));
    assert_eq!((request.method, request.url.as_str()), ("POST", expected.as_str()));
}

#[test]
fn a_list_sends_its_filter_in_the_query() {
    let page = json!({"sessions": [session()], "nextCursor": ID, "totalCount": 3});
    let transport = FakeTransport::new([answer(200, page)]);
    let filter = ListFilter {
        status: Some(Status::Live),
        owner: Some("a b&c".to_owned()),
        metadata: vec![("run".to_owned(), "7".to_owned())],
        limit: Some(100),
        cursor: Some(id()),
    };
    let listed = transport.run(transport.client().sessions().list(&filter)).unwrap();
    assert_eq!((listed.sessions.len(), listed.total_count, listed.next_cursor.as_deref()), (1, 3, Some(ID)));
    let query = format!("status=live&owner=a+b%26c&metadata%5Brun%5D=7&limit=100&cursorId={ID}");
    assert_eq!(line(&transport), format!("GET /v1/sessions?{query}"));
    // The service's own parser accepts the query.
    let read = tidewatch::wire::ListQuery::parse(&query).unwrap();
    assert_eq!((read.owner.as_deref(), read.metadata["run"].as_str()), (Some("a b&c"), "7"));
}

#[test]
fn pages_follow_the_cursor_to_the_end() {
    let page = |next: Option<&str>| json!({"sessions": [session()], "nextCursor": next, "totalCount": 2});
    let transport = FakeTransport::new([answer(200, page(Some(ID))), answer(200, page(None))]);
    let client = transport.client();
    let mut pages = client.sessions().pages(ListFilter::default());
    let mut seen = 0;
    while let Some(page) = transport.run(pages.next_page()).unwrap() {
        seen += page.len();
    }
    assert_eq!(seen, 2);
    let urls: Vec<String> = transport.sent().into_iter().map(|(_, request)| request.url).collect();
    assert!(urls[0].ends_with("/v1/sessions"), "{urls:?}");
    assert!(urls[1].ends_with(&format!("/v1/sessions?cursorId={ID}")), "{urls:?}");
}

#[test]
fn each_call_about_one_session_has_its_path() {
    let transport = FakeTransport::new([answer(200, session())]);
    transport.run(transport.client().sessions().retrieve(id())).unwrap();
    assert_eq!(line(&transport), format!("GET /v1/sessions/{ID}"));

    let transport = FakeTransport::new([answer(200, session())]);
    let changes = UpdateOptions { timeout: Some(Millis::new(5000)), ..UpdateOptions::default() };
    transport.run(transport.client().sessions().update(id(), &changes)).unwrap();
    assert_eq!(line(&transport), format!("PATCH /v1/sessions/{ID}"));
    assert_eq!(body(&transport), json!({"timeout": 5000}));

    let transport = FakeTransport::new([answer(200, json!({"success": true, "message": "m", "session": session()}))]);
    let released = transport.run(transport.client().sessions().release(id())).unwrap();
    assert_eq!(released.session.id, ID);
    assert_eq!(line(&transport), format!("POST /v1/sessions/{ID}/release"));

    let details = json!({"pages": [], "wsUrl": "w", "websocketUrl": "w", "sessionViewerUrl": "v",
        "sessionViewerFullscreenUrl": "f", "sessionWatchUrl": "w", "browserState": "live"});
    let transport = FakeTransport::new([answer(200, details)]);
    assert_eq!(transport.run(transport.client().sessions().live_details(id())).unwrap().ws_url, "w");
    assert_eq!(line(&transport), format!("GET /v1/sessions/{ID}/live-details"));

    for (width, query) in [(None, ""), (Some(640), "?width=640")] {
        let transport = FakeTransport::new([answer(200, json!([255, 216]))]);
        assert_eq!(transport.run(transport.client().sessions().picture(id(), width)).unwrap(), [255, 216]);
        assert_eq!(line(&transport), format!("GET /v1/sessions/{ID}/picture{query}"));
    }
}

#[test]
fn a_release_of_all_has_the_clients_owner_unless_it_names_another() {
    let results = json!({"success": true, "message": "m", "results": [{"id": ID, "outcome": "would_release"}]});
    let everything = ReleaseAllFilter {
        metadata: vec![("a[b]".to_owned(), "c d".to_owned())],
        created_before: Some("2026-11-22T17:48:23+01:00".to_owned()),
        dry_run: true,
        ..ReleaseAllFilter::default()
    };
    for (owner, filter, expected) in [
        (None, ReleaseAllFilter::default(), ""),
        (Some("crawler"), ReleaseAllFilter::default(), "?owner=crawler"),
        (None, everything, "?metadata%5Ba%5Bb%5D%5D=c+d&createdBefore=2026-11-22T17%3A48%3A23%2B01%3A00&dryRun=true"),
        (Some("crawler"), ReleaseAllFilter { owner: Some("x".to_owned()), ..ReleaseAllFilter::default() }, "?owner=x"),
    ] {
        let transport = FakeTransport::new([answer(200, results.clone())]);
        let client = transport.client_with(|settings| settings.owner = owner.map(str::to_owned));
        let answer = transport.run(client.sessions().release_all(&filter)).unwrap();
        assert_eq!(answer.results[0].outcome, Outcome::WouldRelease);
        assert_eq!(line(&transport), format!("POST /v1/sessions/release{expected}"));
    }
}

fn failure(step: Step) -> Error {
    let transport = FakeTransport::new(vec![step; 9]);
    transport.run(transport.client().sessions().retrieve(id())).unwrap_err()
}

#[test]
fn every_problem_keeps_its_code_and_is_retryable_by_its_status() {
    for code in Code::ALL {
        let problem = tidewatch::wire::Problem::new(*code, "what is wrong");
        let error = failure(answer(problem.status(), problem.to_json("r-9")));
        assert_eq!(error.code, code.name());
        assert_eq!(&*error.message, "what is wrong");
        assert_eq!(error.status, Some(problem.status()));
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
        let status = problem.status();
        assert_eq!(error.retryable, status == 408 || status == 429 || status >= 500, "{code:?}");
    }
}

#[test]
fn a_problem_has_its_invalid_fields_and_the_holders_of_slots() {
    let problem = json!({"code": "invalid_request", "detail": "d", "errors": [{"pointer": "/timeout", "detail": "x"}]});
    assert_eq!(failure(answer(422, problem)).errors[0].pointer, "/timeout");
    let problem = json!({"code": "limit_reached", "detail": "d",
        "holders": [{"id": ID, "owner": "o", "expiresAt": "2026-11-22T17:48:23.000Z"}]});
    assert_eq!(failure(answer(429, problem)).holders[0].owner.as_deref(), Some("o"));
}

#[test]
fn an_answer_that_is_not_the_services_has_its_own_code() {
    let html = |status| Step::Answer(0, no_json(status));
    for (step, code, status) in [
        (html(200), "invalid_response", Some(200)),
        (answer(200, json!([])), "invalid_response", Some(200)),
        (answer(200, json!({"id": ID})), "invalid_response", Some(200)),
        (html(404), "http_error", Some(404)),
        (html(502), "http_error", Some(502)),
        (answer(400, json!({"error": "other"})), "http_error", Some(400)),
        (html(0), "redirected", None),
        (html(302), "redirected", Some(302)),
        (html(308), "redirected", Some(308)),
        (Step::Lost, "connection_failed", None),
        (Step::Silence, "timeout", None),
    ] {
        let error = failure(step);
        assert_eq!((error.code.as_ref(), error.status), (code, status), "{error:?}");
    }
}

#[test]
fn a_base_url_has_only_scheme_host_port_and_path() {
    for (text, kept) in [
        ("https://a.example", "https://a.example"),
        ("HTTP://127.0.0.1:8787/", "HTTP://127.0.0.1:8787"),
        ("https://a.example/sub/path//", "https://a.example/sub/path"),
        ("http://[::1]:80", "http://[::1]:80"),
    ] {
        assert_eq!(BaseUrl::parse(text).unwrap().as_str(), kept);
    }
    for text in [
        "",
        "a.example",
        "ftp://a",
        "https://",
        "https:///v1",
        "http://:80",
        "https://a:port",
        "https://a:65536",
        "https://key@a",
        "https://a?x=1",
        "https://a/#x",
        "https://a b",
        "https://a\\@b",
        "https://a\n",
        "javascript:x",
    ] {
        assert!(BaseUrl::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_key_is_in_no_error_and_in_no_debug_text() {
    for text in ["", "tw key", "tw\r\nx: y", "ключ"] {
        let message = ApiKey::parse(text).err().expect("it is refused").to_string();
        assert!(text.is_empty() || !message.contains(text), "{message}");
    }
    let client = FakeTransport::default().client();
    assert!(!format!("{:?}", client.settings()).contains("tw_key"));
}
