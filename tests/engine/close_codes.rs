//! The close codes of a client's socket, and how a client's `Browser.close` is recognized.

use serde_json::json;
use tidewatch::cdp::{BROWSER_CLOSE_CHARS_MAX, close_code, code_to_pass_on, is_browser_close};
use tidewatch::session::Reason;

const REASON_BYTES_MAX: usize = 123;

#[test]
fn each_end_has_its_code() {
    for (reason, code) in [
        (None, 1011),
        (Some(Reason::UserRequested), 4002),
        (Some(Reason::Timeout), 4001),
        (Some(Reason::InactivityTimeout), 4001),
        (Some(Reason::ClientDisconnected), 4002),
        (Some(Reason::BrowserClosed), 1000),
        (Some(Reason::StartupFailed), 1011),
        (Some(Reason::BrowserCrashed), 4003),
        (Some(Reason::BrowserLost), 1011),
        (Some(Reason::ProviderError), 1011),
    ] {
        let (told, text) = close_code(reason);
        assert_eq!(told, code, "{reason:?}");
        assert!(!text.is_empty() && text.len() <= REASON_BYTES_MAX, "{reason:?}: {text}");
        assert_eq!(code_to_pass_on(told), told, "{reason:?}: it can be sent");
    }
}

#[test]
fn a_reserved_close_code_is_forwarded_as_going_away_and_any_other_unchanged() {
    for code in 1000..5000 {
        let own = matches!(code, 1005 | 1006 | 1015);
        assert_eq!(code_to_pass_on(code), if own { 1001 } else { code }, "{code}");
    }
}

#[test]
fn a_browser_close_is_recognized_in_every_notation_and_is_short_enough_to_be_parsed() {
    let id = u64::MAX;
    for message in [
        json!({"id": id, "method": "Browser.close"}).to_string(),
        json!({"id": id, "method": "Browser.close", "params": {}}).to_string(),
        json!({"id": id, "method": "Browser.close", "params": {}, "sessionId": "F".repeat(32)}).to_string(),
        format!("{{ \"method\" : \"Browser.close\",\n \"id\" : {id} }}"),
        r#"{"id":1,"method":"\u0042rowser.close"}"#.to_owned(),
    ] {
        assert!(is_browser_close(&message), "{message}");
        assert!(message.len() <= BROWSER_CLOSE_CHARS_MAX as usize, "{message}");
    }
    for message in [
        r#"{"id":1,"method":"Browser.closeAll"}"#,
        r#"{"id":1,"method":"browser.close"}"#,
        r#"{"id":1,"method":"Runtime.evaluate","params":{"expression":"Browser.close","method":"Browser.close"}}"#,
        r#"{"id":1,"params":{"method":"Browser.close"}}"#,
        r#"{"id":1,"method":["Browser.close"]}"#,
        r#"{"id":1,"method":"Browser.close""#,
        r#"["Browser.close"]"#,
        "",
    ] {
        assert!(!is_browser_close(message), "{message}");
    }
}
