//! What a viewer's commands may be: methods and parameters that are allowed by name, each for a right. All others are
//! refused.
//!
//! Looking changes nothing in the page, and asks for nothing that the page does not show: `Page.enable`, for one, makes
//! Chrome hold a page's dialogs for whoever has enabled it, and a tab's history names pages that nobody sees any more.

use serde_json::{Map, Value};

use crate::wire::Right;

/// A command that is allowed.
pub(super) struct Rule {
    pub(super) method: &'static str,
    /// Who may send it.
    pub(super) right: Right,
    /// Where it goes.
    pub(super) to: Recipient,
    pub(super) parameters: &'static [(&'static str, Kind)],
}

/// Whom a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recipient {
    /// The browser: it has no `sessionId`.
    Browser,
    /// A tab that the viewer is attached to: it has one.
    Tab,
}

/// What a parameter may be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// `true`, and it must be there.
    True,
    Flag,
    Number,
    Whole(i64, i64),
    Text,
    /// An id that the browser has given.
    Id,
    OneOf(&'static [&'static str]),
    /// Some of these.
    AnyOf(&'static [&'static str]),
    /// What a person may open, and it must be there: a page on the web, or a blank one.
    Address,
}

const MODIFIERS: Kind = Kind::Whole(0, 15);
const PIXELS_MAX: i64 = 8192;
const NUMBER_MAX: i64 = 0x7fff_ffff;

pub(super) const RULES: &[Rule] = &[
    looking("Target.setDiscoverTargets", Recipient::Browser, &[("discover", Kind::Flag)]),
    looking("Target.getTargets", Recipient::Browser, &[]),
    // Not flat, what is attached would be talked to in messages within messages, which no rule looks at.
    looking("Target.attachToTarget", Recipient::Browser, &[("targetId", Kind::Id), ("flatten", Kind::True)]),
    looking("Target.detachFromTarget", Recipient::Browser, &[("sessionId", Kind::Id)]),
    looking(
        "Page.startScreencast",
        Recipient::Tab,
        &[
            ("format", Kind::OneOf(&["jpeg"])),
            ("quality", Kind::Whole(0, 100)),
            ("maxWidth", Kind::Whole(1, PIXELS_MAX)),
            ("maxHeight", Kind::Whole(1, PIXELS_MAX)),
            ("everyNthFrame", Kind::Whole(1, 60)),
        ],
    ),
    looking("Page.screencastFrameAck", Recipient::Tab, &[("sessionId", Kind::Whole(0, NUMBER_MAX))]),
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
    using("Page.navigateToHistoryEntry", Recipient::Tab, &[("entryId", Kind::Whole(0, NUMBER_MAX))]),
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
            ("buttons", Kind::Whole(0, 31)),
            ("clickCount", Kind::Whole(0, 3)),
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
            ("windowsVirtualKeyCode", Kind::Whole(0, 255)),
            ("autoRepeat", Kind::Flag),
            ("isKeypad", Kind::Flag),
            ("location", Kind::Whole(0, 2)),
            ("commands", Kind::AnyOf(&["selectAll", "copy", "cut", "paste", "undo", "redo"])),
        ],
    ),
    using("Input.insertText", Recipient::Tab, &[("text", Kind::Text)]),
    using(
        "Input.imeSetComposition",
        Recipient::Tab,
        &[
            ("text", Kind::Text),
            ("selectionStart", Kind::Whole(0, NUMBER_MAX)),
            ("selectionEnd", Kind::Whole(0, NUMBER_MAX)),
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
    /// The rule for a method, if it is allowed to anybody.
    pub(super) fn of(method: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.method == method)
    }

    /// The first parameter that is missing, or that can't be allowed.
    pub(super) fn refuses<'a>(&self, parameters: &'a Map<String, Value>) -> Option<&'a str> {
        let is_missing = |(name, kind): &&(&str, Kind)| kind.must_be_there() && !parameters.contains_key(*name);
        let is_allowed = |name: &str, value: &Value| {
            self.parameters.iter().any(|(allowed, kind)| *allowed == name && kind.allows(value))
        };
        let missing = self.parameters.iter().find(is_missing).map(|(name, _)| *name);
        missing.or_else(|| parameters.iter().find(|(name, value)| !is_allowed(name, value)).map(|(name, _)| &**name))
    }
}

impl Kind {
    const fn must_be_there(self) -> bool {
        matches!(self, Self::True | Self::Address)
    }

    fn allows(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::True => value == &Value::Bool(true),
            Self::Flag => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::Whole(min, max) => value.as_i64().is_some_and(|number| (min..=max).contains(&number)),
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

/// Whether a text looks like an id that a browser has given.
pub(super) fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

// What begins so is read so by every browser: with no blank and no control character in front it is nothing else.
fn is_address(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    text == "about:blank" || begins("http://") || begins("https://")
}
