//! A browser's recorder on scripted CDP messages, and what becomes of what it records.

use serde_json::{Value, json};
use tidewatch::recording::{
    Cursor, EventPage, Har, Recorder, RecorderAction, RecorderInput, Script, Segment, SegmentKey,
};
use tidewatch::session::{LEASE, Millis, Timestamp};

const START: Timestamp = Timestamp::from_millis(1_795_369_703_000);

fn at(millis: u64) -> Timestamp {
    START.plus(Millis::new(millis))
}

/// A recorder, and the browser that talks to it.
struct Talk {
    recorder: Recorder,
    now: Timestamp,
    /// The segment that is to be stored, until it is taken.
    storing: Option<Segment>,
}

fn opened() -> RecorderInput<'static> {
    RecorderInput::SocketOpened { script: Script::new("script(\"'\\n\")", true) }
}

impl Talk {
    fn begin() -> Self {
        let mut talk = Self { recorder: Recorder::new(), now: START, storing: None };
        assert_eq!(talk.handle(opened()).iter().map(method).collect::<Vec<_>>(), ["Target.setAutoAttach"]);
        talk
    }

    /// The same with a tab, which has been attached to as the CDP session `S`.
    fn with_tab() -> Self {
        let mut talk = Self::begin();
        talk.attach(None, "S", &json!({"targetId": "T", "type": "page", "title": "t", "url": "about:blank"}));
        talk
    }

    /// Gives the recorder an input. Answers its commands; a segment that is to be stored is kept.
    fn handle(&mut self, input: RecorderInput<'_>) -> Vec<Value> {
        let mut commands = Vec::new();
        for action in self.recorder.handle(input, self.now) {
            match action {
                RecorderAction::SendCommand(command) => commands.push(serde_json::from_str(&command).unwrap()),
                RecorderAction::StoreSegment(segment) => {
                    assert_eq!(self.storing.replace(segment), None, "one segment is stored after the other");
                }
            }
        }
        if self.storing.is_some() {
            assert_eq!(self.recorder.next_deadline(), None, "nothing is due while a segment is stored");
        }
        commands
    }

    fn hear(&mut self, message: &Value) -> Vec<Value> {
        self.handle(RecorderInput::MessageReceived(&message.to_string()))
    }

    /// Time goes on to the recorder's deadline.
    fn reach_deadline(&mut self) {
        let at = self.recorder.next_deadline().expect("a deadline");
        let now = std::mem::replace(&mut self.now, at);
        assert!(self.handle(RecorderInput::DeadlineReached).is_empty());
        self.now = now;
    }

    /// The segment that is to be stored, if there is one.
    fn due(&mut self) -> Option<Segment> {
        self.storing.take()
    }

    /// The bucket has stored the segment.
    fn stored(&mut self) {
        assert!(self.handle(RecorderInput::SegmentStored).is_empty());
    }

    fn attach(&mut self, parent: Option<&str>, session: &str, info: &Value) -> Vec<Value> {
        let params = json!({"sessionId": session, "targetInfo": info, "waitingForDebugger": true});
        self.hear(&json!({"method": "Target.attachedToTarget", "sessionId": parent, "params": params}))
    }

    fn event(&mut self, method: &str, params: &Value) -> Vec<Value> {
        self.hear(&json!({"method": method, "sessionId": "S", "params": params}))
    }

    /// The script in a tab's document says something.
    fn say(&mut self, line: &str) -> Vec<Value> {
        self.event(
            "Runtime.bindingCalled",
            &json!({"name": "tidewatchRecord", "payload": line, "executionContextId": 7}),
        )
    }

    /// Everything that is not stored yet, as one segment. It is stored then.
    fn take(&mut self) -> Option<Segment> {
        let mut all: Option<Segment> = None;
        while self.storing.is_some() || self.recorder.next_deadline().is_some() {
            if self.storing.is_none() {
                self.reach_deadline();
            }
            let segment = self.due().expect("a segment that is old enough is stored");
            self.stored();
            match &mut all {
                Some(all) => {
                    assert_eq!(segment.first, all.first + u64::from(all.count));
                    all.text.push_str(&segment.text);
                    all.count += segment.count;
                }
                None => all = Some(segment),
            }
        }
        all
    }

    /// Everything that is not stored yet.
    fn events(&mut self) -> Vec<Value> {
        let segment = self.take().expect("something was recorded");
        let events: Vec<Value> = segment.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events.len(), segment.count as usize);
        events
    }

    /// The payloads of one kind of our own events.
    fn payloads(&mut self, tag: &str) -> Vec<Value> {
        let events = self.events();
        events
            .into_iter()
            .filter(|event| event["data"]["tag"] == tag)
            .map(|event| event["data"]["payload"].clone())
            .collect()
    }
}

fn method(command: &Value) -> String {
    command["method"].as_str().unwrap().to_owned()
}

/// An event as the script sends it.
fn line(kind: u8, timestamp: i64, data: &Value) -> String {
    format!("{kind} {timestamp} {{\"type\":{kind},\"timestamp\":{timestamp},\"data\":{data}}}")
}

#[test]
fn a_tab_gets_its_commands_at_once_and_is_let_go_with_the_last_of_them() {
    let mut talk = Talk::begin();
    let commands = talk.attach(None, "S", &json!({"targetId": "T", "type": "page", "url": "about:blank"}));
    assert!(commands.iter().all(|command| command["sessionId"] == "S"));
    let place = |name: &str| commands.iter().position(|command| command["method"] == name).expect(name);
    // The world of the script has the binding only if it is asked for before, and is heard of only if the runtime is.
    assert!(place("Runtime.enable") < place("Runtime.addBinding"));
    assert!(place("Runtime.addBinding") < place("Page.addScriptToEvaluateOnNewDocument"));
    assert_eq!(method(commands.last().unwrap()), "Runtime.runIfWaitingForDebugger");
    let script = &commands[place("Page.addScriptToEvaluateOnNewDocument")]["params"];
    assert_eq!(script["source"], "globalThis.tidewatchOptions={maskInputs:true};script(\"'\\n\")");
    assert_eq!(script["worldName"], commands[place("Runtime.addBinding")]["params"]["executionContextName"]);
    let ids: std::collections::BTreeSet<_> = commands.iter().map(|command| command["id"].as_u64()).collect();
    assert_eq!(ids.len(), commands.len());
}

#[test]
fn a_frame_in_a_process_of_its_own_belongs_to_its_tab_and_has_no_script() {
    let mut talk = Talk::with_tab();
    let commands =
        talk.attach(Some("S"), "F", &json!({"targetId": "FRAME", "type": "iframe", "url": "https://f.example/"}));
    assert!(!commands.iter().any(|command| method(command).contains("addScript")));
    let line = json!({"type": "log", "timestamp": START, "args": [{"type": "string", "value": "from the frame"}]});
    talk.hear(&json!({"method": "Runtime.consoleAPICalled", "sessionId": "F", "params": line}));
    let events = talk.events();
    assert_eq!(events.last().unwrap()["tab"], "T");
    assert_eq!(events.iter().filter(|event| event["data"]["tag"] == "tab").count(), 1, "a frame is no tab");
}

#[test]
fn events_are_stored_as_they_are_with_their_tab_and_in_the_order_of_time() {
    let mut talk = Talk::with_tab();
    talk.now = at(50);
    let base = START.as_millis();
    let data = json!({"source": 0, "text": "\"}, \u{2028} é"});
    talk.say(&[line(3, base + 30, &data), line(3, base + 10, &json!({})), line(2, base + 20, &json!({}))].join("\n"));
    let events = talk.events();
    let times: Vec<_> = events.iter().map(|event| event["timestamp"].as_i64().unwrap() - base).collect();
    assert_eq!(times, [0, 10, 20, 30]);
    assert_eq!(events[3], json!({"type": 3, "timestamp": base + 30, "data": data, "tab": "T"}));
}

#[test]
fn only_the_binding_of_the_recorder_is_heard_and_only_what_is_an_event() {
    let mut talk = Talk::with_tab();
    let _opened = talk.take();
    let good = line(3, 1, &json!({}));
    talk.event("Runtime.bindingCalled", &json!({"name": "another", "payload": good}));
    talk.hear(&json!({"method": "Runtime.bindingCalled", "sessionId": "unknown", "params": {"name": "tidewatchRecord", "payload": good}}));
    for bad in [
        "",
        "3",
        "3 1",
        "3 x {\"a\":1}",
        "3 1 {}",
        "3 1 []",
        "3 1 {\"type\":4,\"a\":1}",
        "6 1 {\"type\":6,\"a\":1}",
        "3 1 {\"type\":3,\"a\":1",
        "3 1 {\"a\":1}}",
        "3 1 {\"a\":1},{\"b\":2}",
    ] {
        talk.say(bad);
    }
    for hostile in ["", "[]", "7", "null", "{\"method\":1}", "{\"method\":\"Target.attachedToTarget\",\"params\":[]}"] {
        assert!(talk.handle(RecorderInput::MessageReceived(hostile)).is_empty());
    }
    assert_eq!(talk.take(), None);
    talk.say(&format!("{{}}\n{good}\n{bad}", bad = "3 1 nothing"));
    assert_eq!(talk.events().len(), 1, "one bad line takes no good one with it");
}

#[test]
fn a_name_that_stands_twice_does_not_hide_the_tab() {
    let mut talk = Talk::with_tab();
    let _opened = talk.take();
    talk.say("3 1 {\"type\":3,\"tab\":\"FORGED\"}");
    assert_eq!(talk.events()[0]["tab"], "T");
}

#[test]
fn a_request_is_told_when_it_is_over_without_what_is_secret() {
    let mut talk = Talk::with_tab();
    let url = "https://user:password@a.example/p?q=1";
    let request = json!({"method": "POST", "url": url, "headers": {"Cookie": "c"}, "postData": "body"});
    let wall = 1_795_369_703.5;
    talk.event(
        "Network.requestWillBeSent",
        &json!({"requestId": "R", "timestamp": 10.0, "wallTime": wall, "type": "XHR", "request": request}),
    );
    let redirect = json!({"status": 302, "mimeType": "", "protocol": "h2", "encodedDataLength": 99.0, "headers": {"set-cookie": "c"}});
    let to = json!({"method": "GET", "url": "https://a.example/next"});
    talk.event("Network.requestWillBeSent", &json!({"requestId": "R", "timestamp": 10.1, "wallTime": wall + 0.1, "type": "XHR", "request": to, "redirectResponse": redirect, "loaderId": "D"}));
    let response = json!({"status": 200, "mimeType": "text/html", "protocol": "h2", "headers": {"set-cookie": "c"}});
    talk.event("Network.responseReceived", &json!({"requestId": "R", "timestamp": 10.25, "response": response}));
    talk.event("Network.loadingFinished", &json!({"requestId": "R", "timestamp": 10.4, "encodedDataLength": 1234.0}));
    talk.event("Network.loadingFailed", &json!({"requestId": "nobody's", "timestamp": 10.4, "errorText": "net::X"}));
    let told = talk.payloads("network");
    assert_eq!(told[0]["url"], "https://a.example/p?q=1");
    assert_eq!((told[0]["status"].as_i64(), told[0]["bytes"].as_i64()), (Some(302), Some(99)));
    let expected = json!({
        "requestId": "R", "documentId": "D", "method": "GET", "url": "https://a.example/next", "status": 200, "type": "XHR",
        "mimeType": "text/html", "protocol": "h2", "startedAt": 1_795_369_703_600_i64, "durationMs": 300,
        "waitMs": 150, "bytes": 1234,
    });
    assert_eq!(told[1], expected);
    assert_eq!(told.len(), 2);
    let all = json!(told).to_string();
    assert!(!["password", "ookie", "body"].iter().any(|secret| all.contains(secret)), "{all}");
}

#[test]
fn a_request_that_fails_says_how() {
    let mut talk = Talk::with_tab();
    let request = json!({"method": "GET", "url": "data:text/html;base64,AAAA"});
    talk.event(
        "Network.requestWillBeSent",
        &json!({"requestId": "R", "timestamp": 1.0, "wallTime": 2.0, "request": request}),
    );
    talk.event("Network.loadingFailed", &json!({"requestId": "R", "timestamp": 1.5, "errorText": "net::ERR_FAILED"}));
    let told = talk.payloads("network");
    assert_eq!(
        (&told[0]["failed"], &told[0]["status"], &told[0]["url"]),
        (&json!("net::ERR_FAILED"), &json!(0), &json!("data:text/html"))
    );
}

#[test]
fn a_browser_that_prints_for_ever_is_cut_short_and_told_to_let_go() {
    let mut talk = Talk::with_tab();
    let text = "x".repeat(10_000);
    let mut let_go = 0;
    for n in 0..1_000 {
        talk.now = at(n);
        let params = json!({"type": "log", "timestamp": talk.now, "args": [{"type": "string", "value": text}]});
        let_go += talk.event("Runtime.consoleAPICalled", &params).len();
    }
    assert_eq!(let_go, 10, "once in 100 lines");
    assert!(talk.recorder.has_gaps());
    let first = talk.take().unwrap();
    assert!(first.text.len() < 2 * 1024 * 1024, "{}", first.text.len());
    talk.now = at(60_000);
    let params = json!({"type": "log", "timestamp": talk.now, "args": [{"type": "string", "value": "later"}]});
    talk.event("Runtime.consoleAPICalled", &params);
    let tags: Vec<_> = talk.events().iter().map(|event| event["data"]["tag"].clone()).collect();
    assert_eq!(tags, ["gap", "console"]);
}

#[test]
fn what_can_not_be_stored_is_held_up_to_a_limit_and_then_pictured_anew() {
    let mut talk = Talk::with_tab();
    let big = line(3, START.as_millis(), &json!({"text": "x".repeat(1_000_000)}));
    let mut asked = Vec::new();
    for _ in 0..30 {
        asked.extend(talk.say(&big));
    }
    assert!(asked.is_empty(), "not before there is room");
    assert!(talk.recorder.has_gaps());
    let first = talk.due().unwrap();
    talk.stored();
    let held = talk.due().unwrap();
    let bytes = first.text.len() + held.text.len();
    assert!((11 * 1024 * 1024..14 * 1024 * 1024).contains(&bytes), "{bytes}");
    // While it is being stored it counts.
    assert!(talk.say(&big).is_empty());
    assert_eq!((talk.due(), talk.recorder.next_deadline()), (None, None));
    talk.stored();
    assert_eq!((talk.due(), talk.recorder.next_deadline()), (None, None), "nothing is held any more");
    talk.now = at(9_000);
    let commands = talk.say("");
    assert_eq!((commands.len(), commands[0]["params"]["contextId"].as_i64()), (1, Some(7)));
    assert_eq!(method(&commands[0]), "Runtime.evaluate");
    talk.say(&line(2, at(9_001).as_millis(), &json!({})));
    let events = talk.events();
    assert_eq!(events[0]["data"]["payload"]["to"], json!(at(9_000)));
    assert_eq!(events[1]["type"], 2);
}

#[test]
fn a_segment_is_due_by_its_age_or_by_its_size() {
    let mut talk = Talk::with_tab();
    assert_eq!(talk.recorder.next_deadline(), Some(at(4_000)), "five seconds at most are lost");
    talk.now = at(3_999);
    talk.handle(RecorderInput::DeadlineReached);
    assert_eq!((talk.due(), talk.recorder.next_deadline()), (None, Some(at(4_000))), "a look that comes early");
    talk.now = at(4_000);
    talk.handle(RecorderInput::DeadlineReached);
    assert_eq!(talk.due().expect("old enough").count, 1);
    talk.stored();
    talk.now = at(100_000);
    talk.handle(RecorderInput::DeadlineReached);
    assert_eq!((talk.due(), talk.recorder.next_deadline()), (None, None), "nothing is there");
    talk.say(&line(3, 1, &json!({"text": "x".repeat(250_000)})));
    assert_eq!((talk.due(), talk.recorder.next_deadline()), (None, Some(at(104_000))));
    talk.say(&line(3, 1, &json!({"text": "x".repeat(50_000)})));
    assert_eq!(talk.due().expect("large enough").count, 2);
}

#[test]
fn one_segment_is_stored_after_the_other() {
    let mut talk = Talk::with_tab();
    let big = line(3, 1, &json!({"text": "x".repeat(300_000)}));
    talk.say(&big);
    let first = talk.due().expect("large enough");
    talk.now = at(60_000);
    talk.say(&big);
    talk.handle(RecorderInput::DeadlineReached);
    assert_eq!(talk.due(), None, "the first is not stored yet");
    talk.stored();
    let second = talk.due().expect("large enough");
    assert_eq!((first.first, first.count, second.first, second.count), (0, 2, 2, 1));
    assert_eq!(talk.recorder.stored(), 2);
    talk.stored();
    talk.stored();
    assert_eq!(talk.recorder.stored(), 3, "an answer that comes twice counts once");
    assert!(!talk.recorder.has_gaps());
}

#[test]
fn a_segment_that_is_lost_is_a_gap_and_the_next_one_follows() {
    let mut talk = Talk::with_tab();
    talk.reach_deadline();
    assert!(talk.due().is_some());
    talk.say(&line(3, 1, &json!({"text": "x".repeat(300_000)})));
    assert!(talk.handle(RecorderInput::SegmentLost).is_empty());
    assert_eq!(talk.due().expect("large enough").first, 1);
    talk.stored();
    assert_eq!((talk.recorder.stored(), talk.recorder.has_gaps()), (1, true));
}

#[test]
fn when_the_session_is_over_the_rest_is_stored_at_once_and_nothing_more_is_recorded() {
    let mut talk = Talk::with_tab();
    talk.reach_deadline();
    assert!(talk.due().is_some());
    let last = line(3, START.as_millis(), &json!({}));
    talk.say(&last);
    talk.now = at(5);
    assert!(talk.handle(RecorderInput::SessionEnded).is_empty());
    assert_eq!((talk.due(), talk.recorder.has_finished()), (None, false), "one segment is stored after the other");
    talk.stored();
    let rest = talk.due().expect("it does not wait for its age");
    assert_eq!(rest.count, 2, "the last event, and the end of the tab: {}", rest.text);
    assert!(talk.say(&last).is_empty());
    assert!(talk.handle(opened()).is_empty());
    talk.handle(RecorderInput::SocketClosed);
    assert!(!talk.recorder.has_finished(), "the rest is not stored yet");
    talk.stored();
    assert_eq!((talk.due(), talk.recorder.next_deadline()), (None, None));
    assert!(talk.recorder.has_finished());
}

#[test]
fn a_socket_that_was_lost_is_a_gap_up_to_the_next_one() {
    let mut talk = Talk::begin();
    let mut gap = |closes: u64, closes_again: u64, opens: u64| {
        for closes in [closes, closes_again] {
            talk.now = at(closes);
            talk.handle(RecorderInput::SocketClosed);
        }
        talk.now = at(opens);
        assert_eq!(talk.handle(opened()).len(), 1);
        assert!(talk.recorder.has_gaps());
        talk.payloads("gap")
    };
    let why = "the recorder had lost its browser";
    assert_eq!(gap(5, 600, 900), [json!({"from": at(5), "to": at(900), "why": why})]);
    assert_eq!(gap(7_000, 7_500, 8_000), [json!({"from": at(7_000), "to": at(8_000), "why": why})]);
}

#[test]
fn a_recorder_in_the_place_of_another_begins_with_a_gap_of_one_lease() {
    let mut talk = Talk { recorder: Recorder::replacing(START), now: START, storing: None };
    assert!(talk.recorder.has_gaps(), "whether or not it finds the browser");
    talk.now = at(300);
    talk.handle(opened());
    let gaps = talk.payloads("gap");
    assert_eq!((&gaps[0]["from"], &gaps[0]["to"]), (&json!(START.before(LEASE)), &json!(at(300))));
    assert_eq!(gaps.len(), 1);
}

#[test]
fn a_socket_that_closes_closes_its_tabs() {
    let mut talk = Talk::with_tab();
    let _opened = talk.take();
    talk.now = at(5);
    talk.handle(RecorderInput::SocketClosed);
    assert_eq!(talk.payloads("tab"), [json!({"opened": false})]);
    talk.now = at(6);
    talk.handle(RecorderInput::SocketClosed);
    assert_eq!(talk.take(), None);
}

#[test]
fn a_request_under_way_is_told_when_its_tab_closes() {
    let mut talk = Talk::with_tab();
    let request = json!({"method": "POST", "url": "https://a.example/slow"});
    talk.event(
        "Network.requestWillBeSent",
        &json!({"requestId": "R", "timestamp": 1.0, "wallTime": 1_795_369_703.0, "type": "Fetch", "request": request}),
    );
    talk.event("Network.responseReceived", &json!({"requestId": "R", "timestamp": 1.25, "response": {"status": 404}}));
    talk.now = at(2_000);
    talk.handle(RecorderInput::SocketClosed);
    let told = talk.payloads("network");
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["method"], &told[0]["status"], &told[0]["waitMs"]),
        (&json!("POST"), &json!(404), &json!(250))
    );
    assert_eq!((&told[0]["durationMs"], &told[0]["bytes"]), (&json!(2_000), &json!(0)));
    assert_eq!(told[0]["failed"], "cut short by the end of its tab");
}

#[test]
fn a_page_ends_where_its_limit_does_and_goes_on_from_there() {
    let keys = [0, 3].map(|first| SegmentKey { run: 1, first, count: 3 });
    let texts = ["1\n2\n3\n", "4\n5\n6\n"];
    let read = |limit, cursor: Cursor| {
        let mut page = EventPage::new(limit, cursor);
        let from = keys.iter().position(|key| Some(*key) == cursor.after).map_or(0, |place| place + 1);
        for place in from..keys.len() {
            let (is_read, has_room) = page.add(keys[place], texts[place]);
            if !is_read || !has_room {
                break;
            }
        }
        page.finish()
    };
    for limit in 1..=7 {
        let (mut all, mut cursor) = (Vec::new(), Cursor::default());
        loop {
            let (body, next) = read(limit, cursor);
            let numbers: Vec<u32> = serde_json::from_str(&body).unwrap();
            assert!(numbers.len() <= limit as usize);
            if numbers.is_empty() {
                break;
            }
            all.extend(numbers);
            cursor = next;
        }
        assert_eq!(all, [1, 2, 3, 4, 5, 6], "by {limit}");
    }
}

#[test]
fn a_page_is_not_larger_than_it_may_be_unless_one_event_is() {
    let event = format!("\"{}\"", "x".repeat(3 * 1024 * 1024));
    let text = format!("{event}\n{event}\n");
    let mut page = EventPage::new(1000, Cursor::default());
    assert_eq!(page.add(SegmentKey { run: 1, first: 0, count: 2 }, &text), (false, false));
    let (body, cursor) = page.finish();
    assert_eq!((body.len(), cursor.skip), (event.len() + 2, 1));
}

#[test]
fn an_archive_has_the_requests_and_the_pages_that_they_are_of() {
    let mut talk = Talk::with_tab();
    let navigate = |talk: &mut Talk, url: &str, document: &str| {
        talk.event("Page.frameNavigated", &json!({"frame": {"id": "T", "url": url, "loaderId": document}}));
    };
    let request = |talk: &mut Talk, id: &str, url: &str, document: &str| {
        let request = json!({"method": "GET", "url": url});
        talk.event(
            "Network.requestWillBeSent",
            &json!({"requestId": id, "timestamp": 1.0, "wallTime": 1_795_369_703.0, "type": "Image", "request": request, "loaderId": document}),
        );
        talk.event("Network.loadingFailed", &json!({"requestId": id, "timestamp": 1.5, "errorText": "net::X"}));
    };
    navigate(&mut talk, "https://a.example/", "A");
    request(&mut talk, "1", "https://a.example/i?a=1&b=%20#f", "A");
    request(&mut talk, "2", "https://b.example/", "B");
    navigate(&mut talk, "https://b.example/", "B");
    talk.event("Page.navigatedWithinDocument", &json!({"frameId": "T", "url": "https://b.example/#there"}));
    request(&mut talk, "3", "https://b.example/in-a-frame", "F");
    // What a page says is no request.
    talk.say(&line(3, 1, &json!({"tag": "network", "payload": {"url": "https://forged.example/"}})));
    let mut har = Har::default();
    har.add(&talk.take().unwrap().text);
    har.add("\"tag\":\"network\" and no JSON\n");
    let archive: Value = serde_json::from_str(&har.finish()).unwrap();
    let (pages, entries) = (&archive["log"]["pages"], archive["log"]["entries"].as_array().unwrap());
    assert_eq!(pages.as_array().unwrap().len(), 2, "a navigation within a document is none");
    let page_of = |url: &str| {
        let entry = entries.iter().find(|entry| entry["request"]["url"] == url).unwrap();
        pages.as_array().unwrap().iter().find(|page| page["id"] == entry["pageref"]).unwrap()["title"].clone()
    };
    assert_eq!(page_of("https://a.example/i?a=1&b=%20#f"), "https://a.example/");
    assert_eq!(page_of("https://b.example/"), "https://b.example/", "told before its document");
    assert_eq!(page_of("https://b.example/in-a-frame"), "https://b.example/");
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0]["request"]["queryString"], json!([{"name": "a", "value": "1"}, {"name": "b", "value": " "}]));
    assert_eq!((&entries[0]["time"], &entries[0]["response"]["_error"]), (&json!(500), &json!("net::X")));
    assert_eq!(entries[0]["startedDateTime"], "2026-11-22T17:48:23.000Z");
}
