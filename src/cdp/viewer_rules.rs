//! The commands that viewers may send: a list of methods and parameters, each for a right. All others are refused.
//!
//! A viewer with the right `view` must not change the page, and must not learn what the page does not show. Two
//! examples: after `Page.enable` Chrome holds the page's dialogs until that viewer answers them, and a tab's history
//! lists pages that are no longer visible.

use serde_json::{Map, Value};

use crate::wire::Right;

/// A command that is allowed.
pub(super) struct Rule {
    pub(super) method: &'static str,
    /// The right that it needs.
    pub(super) right: Right,
    /// Where it goes.
    pub(super) to: Recipient,
    pub(super) parameters: &'static [(&'static str, Kind)],
}

/// The recipient of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recipient {
    /// The browser: the command has no `sessionId`.
    Browser,
    /// A tab that the viewer is attached to: the command has a `sessionId`.
    Tab,
}

/// The values that a parameter may have.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// `true`. Required.
    True,
    Flag,
    Number,
    /// An integer in this range.
    Integer(i64, i64),
    Text,
    /// An id from the browser.
    Id,
    OneOf(&'static [&'static str]),
    /// A list of these texts.
    AnyOf(&'static [&'static str]),
    /// An address that a person may open: a page on the web, or a blank one. Required.
    Address,
}

const MODIFIERS: Kind = Kind::Integer(0, 15);
const PIXELS_MAX: i64 = 8192;
const NUMBER_MAX: i64 = 0x7fff_ffff;

pub(super) const RULES: &[Rule] = &[
    looking("Target.setDiscoverTargets", Recipient::Browser, &[("discover", Kind::Flag)]),
    looking("Target.getTargets", Recipient::Browser, &[]),
    // Without `flatten`, commands to a tab are nested inside other messages, which the rules do not look into.
    looking("Target.attachToTarget", Recipient::Browser, &[("targetId", Kind::Id), ("flatten", Kind::True)]),
    looking("Target.detachFromTarget", Recipient::Browser, &[("sessionId", Kind::Id)]),
    looking(
        "Page.startScreencast",
        Recipient::Tab,
        &[
            ("format", Kind::OneOf(&["jpeg"])),
            ("quality", Kind::Integer(0, 100)),
            ("maxWidth", Kind::Integer(1, PIXELS_MAX)),
            ("maxHeight", Kind::Integer(1, PIXELS_MAX)),
            ("everyNthFrame", Kind::Integer(1, 60)),
        ],
    ),
    looking("Page.screencastFrameAck", Recipient::Tab, &[("sessionId", Kind::Integer(0, NUMBER_MAX))]),
    looking("Page.stopScreencast", Recipient::Tab, &[]),
    looking("Runtime.enable", Recipient::Tab, &[]),
    looking("Runtime.disable", Recipient::Tab, &[]),
    looking("Log.enable", Recipient::Tab, &[]),
    looking("Log.disable", Recipient::Tab, &[]),
    using("Target.createTarget", Recipient::Browser, &[("url", Kind::Address)]),
    using("Target.activateTarget", Recipient::Browser, &[("targetId", Kind::Id)]),
    using("Target.closeTarget", Recipient::Browser, &[("targetId", Kind::Id)]),
    using("Page.enable", Recipient::Tab, &[]),
    using("Page.disable", Recipient::Tab, &[]),
    using("Page.navigate", Recipient::Tab, &[("url", Kind::Address)]),
    using("Page.reload", Recipient::Tab, &[("ignoreCache", Kind::Flag)]),
    using("Page.getNavigationHistory", Recipient::Tab, &[]),
    using("Page.navigateToHistoryEntry", Recipient::Tab, &[("entryId", Kind::Integer(0, NUMBER_MAX))]),
    using("Page.handleJavaScriptDialog", Recipient::Tab, &[("accept", Kind::Flag), ("promptText", Kind::Text)]),
    using(
        "Input.dispatchMouseEvent",
        Recipient::Tab,
        &[
            ("type", Kind::OneOf(&["mousePressed", "mouseReleased", "mouseMoved", "mouseWheel"])),
            ("x", Kind::Number),
            ("y", Kind::Number),
            ("modifiers", MODIFIERS),
            ("button", Kind::OneOf(&["none", "left", "middle", "right", "back", "forward"])),
            ("buttons", Kind::Integer(0, 31)),
            ("clickCount", Kind::Integer(0, 3)),
            ("deltaX", Kind::Number),
            ("deltaY", Kind::Number),
            ("pointerType", Kind::OneOf(&["mouse", "pen"])),
        ],
    ),
    using(
        "Input.dispatchKeyEvent",
        Recipient::Tab,
        &[
            ("type", Kind::OneOf(&["keyDown", "keyUp", "rawKeyDown", "char"])),
            ("modifiers", MODIFIERS),
            ("text", Kind::Text),
            ("unmodifiedText", Kind::Text),
            ("key", Kind::Text),
            ("code", Kind::Text),
            ("windowsVirtualKeyCode", Kind::Integer(0, 255)),
            ("autoRepeat", Kind::Flag),
            ("isKeypad", Kind::Flag),
            ("location", Kind::Integer(0, 2)),
            ("commands", Kind::AnyOf(&["selectAll", "copy", "cut", "paste", "undo", "redo"])),
        ],
    ),
    using("Input.insertText", Recipient::Tab, &[("text", Kind::Text)]),
    using(
        "Input.imeSetComposition",
        Recipient::Tab,
        &[
            ("text", Kind::Text),
            ("selectionStart", Kind::Integer(0, NUMBER_MAX)),
            ("selectionEnd", Kind::Integer(0, NUMBER_MAX)),
        ],
    ),
];

const fn looking(method: &'static str, to: Recipient, parameters: &'static [(&'static str, Kind)]) -> Rule {
    Rule { method, right: Right::View, to, parameters }
}

const fn using(method: &'static str, to: Recipient, parameters: &'static [(&'static str, Kind)]) -> Rule {
    Rule { method, right: Right::Interact, to, parameters }
}

impl Rule {
    /// The rule for a method, if viewers may send it.
    pub(super) fn of(method: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.method == method)
    }

    /// The first parameter that is missing, unknown, or has a value that is not allowed.
    pub(super) fn refuses<'a>(&self, parameters: &'a Map<String, Value>) -> Option<&'a str> {
        let is_missing = |(name, kind): &&(&str, Kind)| kind.is_required() && !parameters.contains_key(*name);
        let is_allowed = |name: &str, value: &Value| {
            self.parameters.iter().any(|(allowed, kind)| *allowed == name && kind.allows(value))
        };
        let missing = self.parameters.iter().find(is_missing).map(|(name, _)| *name);
        missing.or_else(|| parameters.iter().find(|(name, value)| !is_allowed(name, value)).map(|(name, _)| &**name))
    }
}

impl Kind {
    const fn is_required(self) -> bool {
        matches!(self, Self::True | Self::Address)
    }

    fn allows(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::True => value == &Value::Bool(true),
            Self::Flag => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::Integer(min, max) => value.as_i64().is_some_and(|number| (min..=max).contains(&number)),
            Self::Text => text.is_some(),
            Self::Id => text.is_some_and(is_id),
            Self::OneOf(texts) => text.is_some_and(|text| texts.contains(&text)),
            Self::AnyOf(texts) => {
                let is_one = |item: &Value| item.as_str().is_some_and(|text| texts.contains(&text));
                value.as_array().is_some_and(|items| items.iter().all(is_one))
            }
            Self::Address => text.is_some_and(is_address),
        }
    }
}

/// Whether a text has the form of a browser's id.
pub(super) fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

// Browsers skip spaces and control characters in front of an address. Here none are allowed, so the scheme is
// unambiguous.
fn is_address(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    text == "about:blank" || begins("http://") || begins("https://")
}
