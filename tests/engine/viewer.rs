//! What a viewer may send, and how much it may receive.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidewatch::cdp::{COMMAND_BYTES_MAX, Sent, Taken, Viewer};
use tidewatch::session::Timestamp;
use tidewatch::wire::Right;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const SESSION: &str = "C18A3A1441EB91DC3F74538662BF06BB";

/// Commands that every viewer may send, and whether each goes to a page.
fn looking() -> Vec<(bool, &'static str, Value)> {
    vec![
        (false, "Target.setDiscoverTargets", json!({"discover": true})),
        (false, "Target.getTargets", json!({})),
        (false, "Target.attachToTarget", json!({"targetId": "T1", "flatten": true})),
        (false, "Target.detachFromTarget", json!({"sessionId": SESSION})),
        (
            true,
            "Page.startScreencast",
            json!({"format": "jpeg", "quality": 80, "maxWidth": 1280, "maxHeight": 800, "everyNthFrame": 1}),
        ),
        (true, "Page.screencastFrameAck", json!({"sessionId": 1})),
        (true, "Page.stopScreencast", json!({})),
        (true, "Runtime.enable", json!({})),
        (true, "Runtime.disable", json!({})),
        (true, "Log.enable", json!({})),
        (true, "Log.disable", json!({})),
    ]
}

/// Commands that only an interactive viewer may send.
fn using() -> Vec<(bool, &'static str, Value)> {
    let mouse = json!({
        "type": "mousePressed", "x": 1.5, "y": 0, "modifiers": 15, "button": "left", "buttons": 1, "clickCount": 2,
        "deltaX": 0, "deltaY": -1.25, "pointerType": "mouse"
    });
    let key = json!({
        "type": "keyDown", "modifiers": 2, "text": "a", "unmodifiedText": "a", "key": "a", "code": "KeyA",
        "windowsVirtualKeyCode": 65, "autoRepeat": false, "isKeypad": false, "location": 0, "commands": ["selectAll"]
    });
    vec![
        (false, "Target.createTarget", json!({"url": "about:blank"})),
        (false, "Target.activateTarget", json!({"targetId": "T1"})),
        (false, "Target.closeTarget", json!({"targetId": "T1"})),
        (true, "Page.enable", json!({})),
        (true, "Page.disable", json!({})),
        (true, "Page.navigate", json!({"url": "HTTPS://a.example/?b"})),
        (true, "Page.reload", json!({"ignoreCache": true})),
        (true, "Page.getNavigationHistory", json!({})),
        (true, "Page.navigateToHistoryEntry", json!({"entryId": 3})),
        (true, "Page.handleJavaScriptDialog", json!({"accept": true, "promptText": "x"})),
        (true, "Input.dispatchMouseEvent", mouse),
        (true, "Input.dispatchKeyEvent", key),
        (true, "Input.insertText", json!({"text": "ü\n\"<b>"})),
        (true, "Input.imeSetComposition", json!({"text": "に", "selectionStart": 1, "selectionEnd": 1})),
    ]
}

fn command(to_tab: bool, method: &str, parameters: &Value) -> Value {
    let mut command = json!({"id": 7, "method": method, "params": parameters});
    if to_tab {
        command["sessionId"] = json!(SESSION);
    }
    command
}

fn take(right: Right, command: &Value) -> Taken {
    Viewer::new(right, NOW).take(&command.to_string(), NOW)
}

fn passes(right: Right, command: &Value) -> bool {
    match take(right, command) {
        Taken::Pass(text) => {
            assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), command);
            true
        }
        Taken::Refuse(answer) => {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!((&answer["id"], &answer["sessionId"]), (&command["id"], &command["sessionId"]));
            assert_eq!(answer["error"]["code"], -32000);
            let method = command["method"].as_str().unwrap();
            assert!(answer["error"]["message"].as_str().unwrap().contains(method), "{answer}");
            false
        }
        other => panic!("{command}: {other:?}"),
    }
}

#[test]
fn a_viewer_may_watch_and_only_an_interactive_viewer_may_use_the_browser() {
    for (to_tab, method, parameters) in looking() {
        for right in [Right::View, Right::Interact, Right::Connect] {
            assert!(passes(right, &command(to_tab, method, &parameters)), "{right:?} {method}");
        }
    }
    for (to_tab, method, parameters) in using() {
        let command = command(to_tab, method, &parameters);
        assert!(!passes(Right::View, &command), "{method}");
        assert!(passes(Right::Interact, &command), "{method}");
        assert!(passes(Right::Connect, &command), "{method}");
    }
}

#[test]
fn a_command_goes_to_its_target_and_has_only_listed_parameters() {
    for (to_tab, method, parameters) in looking().into_iter().chain(using()) {
        assert!(!passes(Right::Connect, &command(!to_tab, method, &parameters)), "{method} goes elsewhere");
        let mut more = parameters.clone();
        more["unheardOf"] = json!(1);
        assert!(!passes(Right::Connect, &command(to_tab, method, &more)), "{method} takes anything");
        for (name, value) in parameters.as_object().unwrap() {
            let others = [json!({"a": 1}), json!(null), if value.is_string() { json!(1) } else { json!("x") }];
            for other in others {
                let mut altered = parameters.clone();
                altered[name] = other.clone();
                assert!(!passes(Right::Connect, &command(to_tab, method, &altered)), "{method}: {name} is {other}");
            }
        }
    }
}

#[test]
fn a_command_beyond_a_viewers_rights_is_refused_to_all() {
    for method in [
        "Runtime.evaluate",
        "Runtime.callFunctionOn",
        "Runtime.getProperties",
        "Runtime.addBinding",
        "Page.addScriptToEvaluateOnNewDocument",
        "Page.setDownloadBehavior",
        "Page.captureScreenshot",
        "Page.printToPDF",
        "Page.getResourceContent",
        "Page.close",
        "Page.crash",
        "Page.setBypassCSP",
        "Network.enable",
        "Network.getCookies",
        "Storage.getCookies",
        "DOM.getDocument",
        "DOM.setFileInputFiles",
        "Debugger.enable",
        "Fetch.enable",
        "Emulation.setDeviceMetricsOverride",
        "Input.setIgnoreInputEvents",
        "Input.dispatchDragEvent",
        "Browser.close",
        "Browser.crash",
        "Browser.getBrowserCommandLine",
        "Target.setAutoAttach",
        "Target.attachToBrowserTarget",
        "Target.exposeDevToolsProtocol",
        "Target.createBrowserContext",
        "Target.disposeBrowserContext",
        "Target.sendMessageToTarget",
        "Tracing.start",
        "IO.read",
        "SystemInfo.getProcessInfo",
        "page.navigate",
        "Page.navigate ",
    ] {
        for to_tab in [false, true] {
            assert!(!passes(Right::Connect, &command(to_tab, method, &json!({}))), "{method}");
        }
    }
}

#[test]
fn a_parameter_with_a_wider_effect_is_refused() {
    for (to_tab, method, parameters) in [
        (false, "Target.attachToTarget", json!({"targetId": "T1"})),
        (false, "Target.attachToTarget", json!({"targetId": "T1", "flatten": false})),
        (false, "Target.attachToTarget", json!({"targetId": "", "flatten": true})),
        (false, "Target.detachFromTarget", json!({"targetId": "T1"})),
        (false, "Target.setDiscoverTargets", json!({"discover": true, "filter": [{}]})),
        (false, "Target.createTarget", json!({})),
        (false, "Target.createTarget", json!({"url": "about:blank", "browserContextId": "C"})),
        (false, "Target.createTarget", json!({"url": "chrome://settings"})),
        (true, "Page.navigate", json!({})),
        (true, "Page.navigate", json!({"url": "https://a.example", "referrer": "https://b.example"})),
        (true, "Page.reload", json!({"scriptToEvaluateOnLoad": "1"})),
        (true, "Page.startScreencast", json!({"format": "png"})),
        (true, "Page.startScreencast", json!({"maxWidth": 100_000})),
        (true, "Input.dispatchKeyEvent", json!({"type": "keyDown", "commands": ["insertHTML"]})),
        (true, "Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": 1, "y": 1, "clickCount": 99})),
    ] {
        assert!(!passes(Right::Connect, &command(to_tab, method, &parameters)), "{method} {parameters}");
    }
}

#[test]
fn a_viewer_opens_only_web_pages_and_blank_pages() {
    let opens = |url: &str| passes(Right::Interact, &command(true, "Page.navigate", &json!({"url": url})));
    for url in ["http://a", "https://a.example/?b#c", "HtTpS://a.example", "about:blank"] {
        assert!(opens(url), "{url}");
    }
    for url in [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "chrome://version",
        "view-source:https://a.example",
        "blob:https://a.example/1",
        "about:blank#x",
        "about:srcdoc",
        "http:/a",
        "https:",
        "ftp://a",
        "",
        "ü",
    ] {
        assert!(!opens(url), "{url}");
    }
}

#[test]
fn a_forwarded_command_means_the_same_to_the_browser() {
    let mut viewer = Viewer::new(Right::View, NOW);
    // For a repeated name, one parser reads the first value and another the last.
    let twice =
        r#"{"id":1,"method":"Runtime.evaluate","params":{"expression":"1"},"method":"Target.getTargets","params":{}}"#;
    let Taken::Pass(text) = viewer.take(twice, NOW) else { panic!() };
    assert!(!text.contains("evaluate"), "{text}");
    let escaped = r#"{"id":1,"method":"\u0052untime.enable","sessionId":"S"}"#;
    assert!(matches!(viewer.take(escaped, NOW), Taken::Pass(text) if text.contains("Runtime.enable")));
}

#[test]
fn a_message_that_is_not_a_command_closes_the_socket() {
    for message in [
        "",
        "x",
        "[]",
        "null",
        r#"{"method":"Target.getTargets"}"#,
        r#"{"id":"1","method":"Target.getTargets"}"#,
        r#"{"id":-1,"method":"Target.getTargets"}"#,
        r#"{"id":1.5,"method":"Target.getTargets"}"#,
        r#"{"id":4294967296,"method":"Target.getTargets"}"#,
        r#"{"id":1,"method":["Target.getTargets"]}"#,
        r#"{"id":1,"method":""}"#,
        r#"{"id":1}"#,
        r#"{"id":1,"method":"Target.getTargets","params":[]}"#,
        r#"{"id":1,"method":"Runtime.enable","sessionId":7}"#,
        r#"{"id":1,"method":"Runtime.enable","sessionId":"a b"}"#,
        r#"{"id":1,"method":"Target.getTargets","later":1}"#,
        &"[".repeat(10_000),
    ] {
        let taken = Viewer::new(Right::Connect, NOW).take(message, NOW);
        assert!(matches!(taken, Taken::Close(1008, _)), "{message}: {taken:?}");
    }
    let long = " ".repeat(COMMAND_BYTES_MAX as usize + 1);
    assert!(matches!(Viewer::new(Right::Connect, NOW).take(&long, NOW), Taken::Close(1009, _)));
}

#[test]
fn a_text_of_nearly_a_megabyte_is_pasted() {
    let text = "x".repeat(COMMAND_BYTES_MAX as usize - 200);
    assert!(passes(Right::Interact, &command(true, "Input.insertText", &json!({"text": text}))));
}

#[test]
fn commands_above_the_rate_limit_close_the_socket_and_commands_at_the_limit_do_not() {
    let mut viewer = Viewer::new(Right::View, NOW);
    let text = command(false, "Target.getTargets", &json!({})).to_string();
    for second in 0..3 {
        let now = Timestamp::from_millis(NOW.as_millis() + second * 1_000);
        for n in 0..500 {
            assert!(matches!(viewer.take(&text, now), Taken::Pass(_)), "{second} {n}");
        }
    }
    let last = Timestamp::from_millis(NOW.as_millis() + 2_999);
    assert!(matches!(viewer.take(&text, last), Taken::Close(1008, _)));
}

#[test]
fn a_viewer_attaches_to_no_more_than_a_hundred_tabs_at_a_time() {
    let mut viewer = Viewer::new(Right::View, NOW);
    let attach = command(false, "Target.attachToTarget", &json!({"targetId": "T", "flatten": true})).to_string();
    for _ in 0..100 {
        assert!(matches!(viewer.take(&attach, NOW), Taken::Pass(_)));
    }
    assert!(matches!(viewer.take(&attach, NOW), Taken::Refuse(_)));
    // The viewer's own claim does not count.
    let detach = command(false, "Target.detachFromTarget", &json!({"sessionId": "S"})).to_string();
    assert!(matches!(viewer.take(&detach, NOW), Taken::Pass(_)));
    assert!(matches!(viewer.take(&attach, NOW), Taken::Refuse(_)));
    viewer.note_detached();
    assert!(matches!(viewer.take(&attach, NOW), Taken::Pass(_)));
    assert!(matches!(viewer.take(&attach, NOW), Taken::Refuse(_)));
}

/// Notes that this much was sent to a viewer. Returns the mark that follows.
fn sent(viewer: &mut Viewer, length: u32, mark: &str) -> Option<String> {
    match viewer.note_sent(length, || mark.to_owned()) {
        Sent::Well => None,
        Sent::Mark(event) => {
            Some(serde_json::from_str::<Value>(&event).unwrap()["params"]["mark"].as_str()?.to_owned())
        }
        Sent::Close(code, reason) => panic!("{code} {reason}"),
    }
}

fn read(mark: &str) -> String {
    json!({"id": 0, "method": "Viewer.read", "params": {"mark": mark}}).to_string()
}

#[test]
fn a_viewer_that_reads_gets_everything() {
    let mut viewer = Viewer::new(Right::View, NOW);
    let mut marks = BTreeSet::new();
    for n in 0..10_000 {
        if let Some(mark) = sent(&mut viewer, 200_000, &format!("m{n}")) {
            assert_eq!(viewer.take(&read(&mark), Timestamp::from_millis(NOW.as_millis() + n * 10)), Taken::Nothing);
            marks.insert(mark);
        }
    }
    assert_eq!(marks.len(), 5_000);
}

#[test]
fn a_viewer_that_does_not_read_is_disconnected() {
    let mut viewer = Viewer::new(Right::View, NOW);
    assert_eq!(sent(&mut viewer, 1 << 18, "m1").as_deref(), Some("m1"));
    let mut total = 1 << 18;
    while total + (1 << 20) <= 1 << 25 {
        assert_eq!(sent(&mut viewer, 1 << 20, "m2"), None, "one mark at a time");
        total += 1 << 20;
    }
    assert!(matches!(viewer.note_sent(1 << 20, || panic!("no mark")), Sent::Close(1008, _)));
}

#[test]
fn a_mark_that_was_not_sent_is_ignored() {
    for told in [read("m2"), read(""), r#"{"id":0,"method":"Viewer.read"}"#.to_owned()] {
        let mut viewer = Viewer::new(Right::View, NOW);
        sent(&mut viewer, 1 << 18, "m1");
        assert!(matches!(viewer.take(&told, NOW), Taken::Close(1008, _)), "{told}");
    }
    let mut viewer = Viewer::new(Right::View, NOW);
    assert!(matches!(viewer.take(&read("m1"), NOW), Taken::Close(1008, _)), "before there is one");
}
