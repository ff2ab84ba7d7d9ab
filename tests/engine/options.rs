//! The options of a request: each body with its invalid fields.

use serde_json::{Map, Value, json};
use tidewatch::session::{
    Adapter, Change, DISCONNECT_GRACE_DEFAULT, Dimensions, Invalid, Millis, Options, OptionsLimits, TIMEOUT_DEFAULT,
};

const MAX: u64 = 86_400_000;
const LIMITS: OptionsLimits = OptionsLimits { timeout_max: Millis::new(MAX), recordings: true };
const ID: &str = "0192f0c1-7b3c-7000-8000-00000000000a";

fn places<T>(read: Result<T, Vec<Invalid>>) -> Vec<String> {
    let mut places: Vec<String> = read.err().unwrap_or_default().into_iter().map(|invalid| invalid.pointer).collect();
    places.sort();
    places
}

fn of_create(body: &Value) -> Vec<String> {
    places(Options::parse(body, LIMITS))
}

fn of_change(body: &Value) -> Vec<String> {
    places(Change::parse(body, LIMITS))
}

fn text(chars: usize) -> String {
    "ü".repeat(chars)
}

fn pairs(n: usize) -> Value {
    Value::Object((0..n).map(|i| (format!("k{i}"), json!("v"))).collect::<Map<_, _>>())
}

#[test]
fn a_valid_create_is_accepted() {
    for body in [
        json!({}),
        json!({"timeout": 1_000}),
        json!({"timeout": MAX}),
        json!({"timeout": null}),
        json!({"sessionId": ID}),
        json!({"sessionId": ID.to_uppercase()}),
        json!({"sessionId": "6fa459ea-ee8a-3ca4-894e-db77e160355e"}),
        json!({"adapter": "puppeteer"}),
        json!({"adapter": "playwright"}),
        json!({"owner": "a"}),
        json!({"owner": text(256)}),
        json!({"metadata": {}}),
        json!({"metadata": {"a": ""}}),
        json!({"metadata": {text(64): text(512)}}),
        json!({"metadata": pairs(50)}),
        json!({"dimensions": {"width": 100, "height": 8192}}),
        json!({"headless": true}),
        json!({"headless": false}),
        json!({"lambdatestOptions": {"build": "b", "anything": {"goes": [1]}}}),
        json!({"lambdatestOptions": {}}),
        json!({"inactivityTimeout": 1_000}),
        json!({"wait": 0}),
        json!({"wait": 60_000}),
        json!({"wait": null}),
        json!({"inactivityTimeout": MAX}),
        json!({"idleTimeout": 1}),
        json!({"idleTimeout": MAX / 1_000}),
        json!({"inactivityTimeout": 5_000, "idleTimeout": null}),
        json!({"onDisconnect": "keep"}),
        json!({"onDisconnect": "keep", "disconnectGrace": null}),
        json!({"onDisconnect": "release"}),
        json!({"onDisconnect": "release", "disconnectGrace": 0}),
        json!({"onDisconnect": "release", "disconnectGrace": MAX}),
        json!({"inactivityTimeout": 5_000, "onDisconnect": "release", "disconnectGrace": 1}),
    ] {
        assert_eq!(of_create(&body), [""; 0], "{body}");
    }
}

#[test]
fn an_invalid_create_is_refused_with_the_pointer_to_each_invalid_field() {
    for (body, wrong) in [
        (json!({"timeout": 0}), "/timeout"),
        (json!({"timeout": -1}), "/timeout"),
        (json!({"timeout": 1.5}), "/timeout"),
        (json!({"timeout": 1500.5}), "/timeout"),
        (json!({"timeout": "5m"}), "/timeout"),
        (json!({"timeout": "5000"}), "/timeout"),
        (json!({"timeout": true}), "/timeout"),
        (json!({"timeout": 1e300}), "/timeout"),
        (json!({"timeout": u64::MAX}), "/timeout"),
        (json!({"timeout": 999}), "/timeout"),
        (json!({"timeout": MAX + 1}), "/timeout"),
        (json!({"timeOut": 5_000}), "/timeOut"),
        (json!({"a/b~c": 1}), "/a~1b~0c"),
        (json!({"": 1}), "/"),
        (json!({"sessionId": "mine"}), "/sessionId"),
        (json!({"sessionId": ""}), "/sessionId"),
        (json!({"sessionId": 7}), "/sessionId"),
        (json!({"sessionId": "0192f0c17b3c7000800000000000000a"}), "/sessionId"),
        (json!({"sessionId": format!("{{{ID}}}")}), "/sessionId"),
        (json!({"adapter": "selenium"}), "/adapter"),
        (json!({"adapter": "Puppeteer"}), "/adapter"),
        (json!({"adapter": ""}), "/adapter"),
        (json!({"adapter": 1}), "/adapter"),
        (json!({"owner": ""}), "/owner"),
        (json!({"owner": text(257)}), "/owner"),
        (json!({"owner": 1}), "/owner"),
        (json!({"metadata": "a"}), "/metadata"),
        (json!({"metadata": ["a"]}), "/metadata"),
        (json!({"metadata": pairs(51)}), "/metadata"),
        (json!({"metadata": {"a": 1}}), "/metadata/a"),
        (json!({"metadata": {"a": null}}), "/metadata/a"),
        (json!({"metadata": {"a/b~c": 1}}), "/metadata/a~1b~0c"),
        (json!({"metadata": {"": "a"}}), "/metadata/"),
        (json!({"metadata": {"a": text(513)}}), "/metadata/a"),
        (json!({"metadata": {text(65): "a"}}), &format!("/metadata/{}", text(65))),
        (json!({"dimensions": 800}), "/dimensions"),
        (json!({"dimensions": "800x600"}), "/dimensions"),
        (json!({"dimensions": {"width": 800}}), "/dimensions/height"),
        (json!({"dimensions": {"height": 600}}), "/dimensions/width"),
        (json!({"dimensions": {"width": 99, "height": 600}}), "/dimensions/width"),
        (json!({"dimensions": {"width": 800, "height": 8193}}), "/dimensions/height"),
        (json!({"dimensions": {"width": 800.5, "height": 600}}), "/dimensions/width"),
        (json!({"dimensions": {"width": 4_294_968_096_u64, "height": 600}}), "/dimensions/width"),
        (json!({"dimensions": {"width": -800, "height": 600}}), "/dimensions/width"),
        (json!({"dimensions": {"width": 800, "height": 600, "depth": 1}}), "/dimensions/depth"),
        (json!({"headless": "new"}), "/headless"),
        (json!({"lambdatestOptions": "a"}), "/lambdatestOptions"),
        (json!({"lambdatestOptions": true}), "/lambdatestOptions"),
        (json!({"inactivityTimeout": 0}), "/inactivityTimeout"),
        (json!({"wait": 60_001}), "/wait"),
        (json!({"wait": -1}), "/wait"),
        (json!({"wait": 0.5}), "/wait"),
        (json!({"wait": true}), "/wait"),
        (json!({"wait": "1000"}), "/wait"),
        (json!({"inactivityTimeout": 999}), "/inactivityTimeout"),
        (json!({"inactivityTimeout": MAX + 1}), "/inactivityTimeout"),
        (json!({"inactivityTimeout": -1_000}), "/inactivityTimeout"),
        (json!({"inactivityTimeout": 1_000.5}), "/inactivityTimeout"),
        (json!({"inactivityTimeout": "5000"}), "/inactivityTimeout"),
        (json!({"inactivityTimeout": true}), "/inactivityTimeout"),
        (json!({"idleTimeout": 0}), "/idleTimeout"),
        (json!({"idleTimeout": MAX / 1_000 + 1}), "/idleTimeout"),
        (json!({"idleTimeout": u64::MAX}), "/idleTimeout"),
        (json!({"idleTimeout": 1.5}), "/idleTimeout"),
        (json!({"idleTimeout": "60"}), "/idleTimeout"),
        (json!({"onDisconnect": ""}), "/onDisconnect"),
        (json!({"onDisconnect": "Release"}), "/onDisconnect"),
        (json!({"onDisconnect": true}), "/onDisconnect"),
        (json!({"onDisconnect": "release", "disconnectGrace": -1}), "/disconnectGrace"),
        (json!({"onDisconnect": "release", "disconnectGrace": 0.5}), "/disconnectGrace"),
        (json!({"onDisconnect": "release", "disconnectGrace": MAX + 1}), "/disconnectGrace"),
        (json!({"onDisconnect": "release", "disconnectGrace": "10 s"}), "/disconnectGrace"),
        (json!({"onDisconnect": "release", "disconnectGrace": true}), "/disconnectGrace"),
    ] {
        assert_eq!(of_create(&body), [wrong], "{body}");
    }
}

#[test]
fn a_body_that_is_not_an_object_is_refused() {
    for body in [json!(null), json!([]), json!([{}]), json!("{}"), json!(1), json!(true)] {
        assert_eq!(of_create(&body), [""], "{body}");
        assert_eq!(of_change(&body), [""], "{body}");
    }
}

#[test]
fn every_invalid_field_is_named_at_once() {
    let body = json!({
        "timeout": 0, "adapter": "selenium", "owner": "", "proxyUrl": "http://p", "unknown": 1,
        "metadata": {"good": "a", "bad": 1, "worse": 2}, "dimensions": {"width": 1, "height": 1, "x": 1},
    });
    assert_eq!(
        of_create(&body),
        [
            "/adapter",
            "/dimensions/height",
            "/dimensions/width",
            "/dimensions/x",
            "/metadata/bad",
            "/metadata/worse",
            "/owner",
            "/proxyUrl",
            "/timeout",
            "/unknown",
        ]
    );
}

#[test]
fn an_unsupported_option_counts_as_absent_only_with_a_value_that_requests_nothing() {
    for name in [
        "blockAds",
        "concurrency",
        "credentials",
        "deviceConfig",
        "experimentalFeatures",
        "extensionIds",
        "fullscreen",
        "geoLocation",
        "heartbeatInterval",
        "isSelenium",
        "namespace",
        "optimizeBandwidth",
        "persistProfile",
        "profileId",
        "provider",
        "proxy",
        "proxyUrl",
        "region",
        "sessionContext",
        "solveCaptcha",
        "stealth",
        "stealthConfig",
        "tunnel",
        "tunnelName",
        "useProxy",
        "userAgent",
    ] {
        for falsy in [json!(null), json!(false), json!({}), json!([])] {
            assert_eq!(of_create(&json!({ name: falsy })), [""; 0], "{name}: {falsy}");
        }
        for truthy in [json!(true), json!(0), json!(1), json!(""), json!("a"), json!({"a": false}), json!([null])] {
            assert_eq!(of_create(&json!({ name: truthy })), [format!("/{name}")], "{name}: {truthy}");
        }
    }
}

#[test]
fn a_supported_option_is_absent_only_when_null() {
    for name in [
        "timeout",
        "sessionId",
        "adapter",
        "owner",
        "dimensions",
        "inactivityTimeout",
        "idleTimeout",
        "onDisconnect",
        "disconnectGrace",
    ] {
        assert_eq!(of_create(&json!({ name: null })), [""; 0], "{name}");
        for wrong in [json!(false), json!([]), json!({})] {
            assert!(!of_create(&json!({ name: wrong })).is_empty(), "{name}: {wrong}");
        }
    }
}

#[test]
fn a_whole_number_is_valid_in_every_notation() {
    for text in ["300000", "300000.0", "3e5", "300000.00", "3.0e5"] {
        let body: Value = serde_json::from_str(&format!("{{\"timeout\":{text}}}")).unwrap();
        assert_eq!(Options::parse(&body, LIMITS).unwrap().timeout, Millis::new(300_000), "{text}");
    }
}

#[test]
fn a_whole_number_of_a_watched_option_is_valid_in_every_notation() {
    let watched = |text: &str| {
        let body: Value = serde_json::from_str(text).unwrap();
        let read = Options::parse(&body, LIMITS).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"));
        (read.inactivity_timeout.map(Millis::get), read.disconnect_grace.map(Millis::get))
    };
    assert_eq!(watched(r#"{"inactivityTimeout":6e4}"#), (Some(60_000), None));
    assert_eq!(watched(r#"{"idleTimeout":60.0}"#), (Some(60_000), None));
    assert_eq!(watched(r#"{"onDisconnect":"release","disconnectGrace":5e3}"#), (None, Some(5_000)));
    assert_eq!(watched(r#"{"onDisconnect":"release","disconnectGrace":0.0}"#), (None, Some(0)));
}

#[test]
fn a_session_is_watched_only_if_it_reacts_to_its_clients() {
    for (body, inactivity, grace) in [
        (json!({}), None, None),
        (json!({"onDisconnect": "keep"}), None, None),
        (
            json!({"inactivityTimeout": null, "idleTimeout": null, "onDisconnect": null, "disconnectGrace": null}),
            None,
            None,
        ),
        (json!({"inactivityTimeout": 5_000}), Some(5_000), None),
        (json!({"inactivityTimeout": 5_000, "onDisconnect": "keep"}), Some(5_000), None),
        (json!({"idleTimeout": 5}), Some(5_000), None),
        (json!({"onDisconnect": "release"}), None, Some(10_000)),
        (json!({"onDisconnect": "release", "disconnectGrace": null}), None, Some(10_000)),
        (json!({"onDisconnect": "release", "disconnectGrace": 0}), None, Some(0)),
        (json!({"idleTimeout": 5, "onDisconnect": "release", "disconnectGrace": 7}), Some(5_000), Some(7)),
    ] {
        let read = Options::parse(&body, LIMITS).unwrap();
        assert_eq!(read.inactivity_timeout.map(Millis::get), inactivity, "{body}");
        assert_eq!(read.disconnect_grace.map(Millis::get), grace, "{body}");
        assert_eq!(read.is_watched(), inactivity.is_some() || grace.is_some(), "{body}");
    }
    assert_eq!(DISCONNECT_GRACE_DEFAULT, Millis::from_secs(10));
}

#[test]
fn two_names_of_one_option_are_refused_even_with_equal_values() {
    for body in
        [json!({"inactivityTimeout": 5_000, "idleTimeout": 5}), json!({"inactivityTimeout": 5_000, "idleTimeout": 6})]
    {
        assert_eq!(of_create(&body), ["/idleTimeout"], "{body}");
    }
}

#[test]
fn a_grace_without_a_release_is_refused() {
    for body in [
        json!({"disconnectGrace": 5_000}),
        json!({"disconnectGrace": 0}),
        json!({"disconnectGrace": 5_000, "onDisconnect": null}),
        json!({"disconnectGrace": 5_000, "onDisconnect": "keep"}),
    ] {
        assert_eq!(of_create(&body), ["/disconnectGrace"], "{body}");
    }
}

#[test]
fn an_idle_timeout_above_the_limit_is_refused() {
    let limits = OptionsLimits { timeout_max: Millis::new(90_999), recordings: true };
    assert!(Options::parse(&json!({"idleTimeout": 90}), limits).is_ok());
    assert_eq!(places(Options::parse(&json!({"idleTimeout": 91}), limits)), ["/idleTimeout"]);
}

#[test]
fn a_change_refuses_the_watch_options_of_a_create() {
    for (name, value) in
        [("idleTimeout", json!(5)), ("onDisconnect", json!("release")), ("disconnectGrace", json!(5_000))]
    {
        assert_eq!(of_change(&json!({ name: value })), [format!("/{name}")]);
    }
}

#[test]
fn an_unknown_field_is_refused_even_with_an_empty_value() {
    for falsy in [json!(null), json!(false), json!({}), json!([])] {
        assert_eq!(of_create(&json!({ "tiemout": falsy })), ["/tiemout"]);
        assert_eq!(of_change(&json!({ "owner": falsy })), ["/owner"]);
    }
}

#[test]
fn every_given_option_is_parsed() {
    let body = json!({
        "timeout": 5_000, "sessionId": ID.to_uppercase(), "adapter": "playwright", "owner": "crawler-7",
        "metadata": {"run": "7"}, "dimensions": {"width": 800, "height": 600},
        "lambdatestOptions": {"build": "b", "accessKey": "s", "deep": [{"user_token": "s", "name": "n"}]},
    });
    let read = Options::parse(&body, LIMITS).unwrap();
    assert_eq!(read.timeout, Millis::new(5_000));
    assert_eq!(read.session_id.unwrap().to_string(), ID);
    assert_eq!(read.adapter, Adapter::Playwright);
    assert_eq!(read.owner.as_deref(), Some("crawler-7"));
    assert_eq!(read.metadata["run"], "7");
    assert_eq!(read.dimensions, Some(Dimensions { width: 800, height: 600 }));
    assert_eq!(read.lambdatest_options, Some(json!({"build": "b", "deep": [{"name": "n"}]})), "without secrets");
}

#[test]
fn an_absent_option_has_its_default() {
    let read = Options::parse(&json!({}), LIMITS).unwrap();
    assert_eq!((read.timeout, TIMEOUT_DEFAULT), (Millis::new(300_000), Millis::new(300_000)));
    assert_eq!((read.adapter, read.owner, read.session_id), (Adapter::Puppeteer, None, None));
    assert!(read.metadata.is_empty() && read.dimensions.is_none() && read.lambdatest_options.is_none());
}

#[test]
fn a_change_is_parsed_field_by_field() {
    let read = |body: Value| Change::parse(&body, LIMITS).unwrap();
    assert_eq!(read(json!({})), Change::default());
    assert_eq!(read(json!({"timeout": null, "inactivityTimeout": null, "metadata": null})), Change::default());
    assert_eq!(read(json!({"timeout": 5_000})).timeout, Some(Millis::new(5_000)));
    assert_eq!(read(json!({"inactivityTimeout": 5_000})).inactivity_timeout, Some(Millis::new(5_000)));
    assert_eq!(read(json!({"metadata": {"a": "b"}})).metadata.unwrap()["a"], "b");
}

#[test]
fn a_change_to_empty_metadata_removes_all() {
    let read = Change::parse(&json!({"metadata": {}}), LIMITS).unwrap();
    assert!(read.metadata.is_some_and(|pairs| pairs.is_empty()), "it replaces all pairs, by none");
    for other in [json!(false), json!([])] {
        assert_eq!(of_change(&json!({ "metadata": other })), ["/metadata"]);
    }
}

#[test]
fn an_invalid_change_is_refused_with_the_pointer_to_each_invalid_field() {
    for (body, wrong) in [
        (json!({"timeout": 0}), "/timeout"),
        (json!({"timeout": -1}), "/timeout"),
        (json!({"timeout": 1.5}), "/timeout"),
        (json!({"timeout": "5m"}), "/timeout"),
        (json!({"timeout": 1e300}), "/timeout"),
        (json!({"timeout": 999}), "/timeout"),
        (json!({"timeout": MAX + 1}), "/timeout"),
        (json!({"inactivityTimeout": 0}), "/inactivityTimeout"),
        (json!({"inactivityTimeout": MAX + 1}), "/inactivityTimeout"),
        (json!({"metadata": "a"}), "/metadata"),
        (json!({"metadata": {"a": 1}}), "/metadata/a"),
        (json!({"metadata": pairs(51)}), "/metadata"),
        (json!({"owner": "a"}), "/owner"),
        (json!({"status": "released"}), "/status"),
        (json!({"sessionId": ID}), "/sessionId"),
        (json!({"userAgent": "a"}), "/userAgent"),
    ] {
        assert_eq!(of_change(&body), [wrong], "{body}");
    }
}

#[test]
fn a_viewer_is_interactive_unless_the_create_disables_it() {
    for (config, interactive) in [
        (json!(null), true),
        (json!(false), true),
        (json!([]), true),
        (json!({}), true),
        (json!({"interactive": null}), true),
        (json!({"interactive": true}), true),
        (json!({"interactive": true, "systemCursor": false}), true),
        (json!({"interactive": false}), false),
    ] {
        let options = Options::parse(&json!({"debugConfig": config}), LIMITS).unwrap();
        assert_eq!(options.debug_config.interactive, interactive, "{config}");
    }
    for (config, pointer) in [
        (json!(true), "/debugConfig"),
        (json!("interactive"), "/debugConfig"),
        (json!([1]), "/debugConfig"),
        (json!({"interactive": "no"}), "/debugConfig/interactive"),
        (json!({"interactive": 0}), "/debugConfig/interactive"),
        (json!({"systemCursor": true}), "/debugConfig/systemCursor"),
        (json!({"a/b": false}), "/debugConfig/a~1b"),
    ] {
        assert_eq!(of_create(&json!({"debugConfig": config})), [pointer]);
    }
}

#[test]
fn a_session_is_recorded_where_possible_unless_the_create_disables_it() {
    let options_of = |body: &Value, recordings| {
        let limits = OptionsLimits { recordings, ..LIMITS };
        Options::parse(body, limits).unwrap().recording.map(|options| options.mask_inputs)
    };
    for (body, masked) in [
        (json!({}), Some(true)),
        (json!({"recording": true}), Some(true)),
        (json!({"recording": null}), Some(true)),
        (json!({"recording": {}}), Some(true)),
        (json!({"recording": {"maskInputs": true}}), Some(true)),
        (json!({"recording": {"maskInputs": null}}), Some(true)),
        (json!({"recording": {"maskInputs": false}}), Some(false)),
        (json!({"recording": false}), None),
    ] {
        assert_eq!(options_of(&body, true), masked, "{body}");
    }
    for body in [json!({}), json!({"recording": false}), json!({"recording": null}), json!({"recording": {}})] {
        assert_eq!(options_of(&body, false), None, "{body}");
    }
}

#[test]
fn an_invalid_or_unavailable_recording_is_refused_by_name() {
    let refused = |body: &Value, recordings| {
        let limits = OptionsLimits { recordings, ..LIMITS };
        let invalid = Options::parse(body, limits).unwrap_err();
        invalid.into_iter().map(|invalid| invalid.pointer).collect::<Vec<_>>()
    };
    for (recording, pointer) in [
        (json!("yes"), "/recording"),
        (json!(1), "/recording"),
        (json!([]), "/recording"),
        (json!({"maskInputs": "no"}), "/recording/maskInputs"),
        (json!({"masked": false}), "/recording/masked"),
    ] {
        assert_eq!(refused(&json!({ "recording": recording }), true), [pointer]);
    }
    // Without a bucket.
    assert_eq!(refused(&json!({"recording": true}), false), ["/recording"]);
    assert_eq!(refused(&json!({"recording": {"maskInputs": false}}), false), ["/recording"]);
}
