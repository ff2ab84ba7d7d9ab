//! The script that records a document, and the commands that put it into a target.

use std::borrow::Cow;

use super::object::{Object, quoted};

/// The isolated world in which the script runs, and which alone has the binding.
const WORLD: &str = "tidewatch";
/// The binding's name in that world. The script calls it with events, one per line.
pub(super) const BINDING: &str = "tidewatchRecord";
/// The expression that makes the script take a full snapshot now.
const SNAPSHOT: &str = "tidewatchSnapshot()";

/// What is asked of the browser, and then of each page: to attach to what opens, before its first script runs.
const ATTACH: Command = (
    "Target.setAutoAttach",
    Cow::Borrowed(
        r#"{"autoAttach":true,"waitForDebuggerOnStart":true,"flatten":true,"filter":[{"type":"page"},{"type":"iframe"}]}"#,
    ),
);
/// Bodies are never asked for: the browser need not keep them.
const NETWORK: Command = ("Network.enable", Cow::Borrowed(r#"{"maxTotalBufferSize":1,"maxResourceBufferSize":1}"#));

/// A method and its parameters.
pub(super) type Command = (&'static str, Cow<'static, str>);

const fn plain(method: &'static str) -> Command {
    (method, Cow::Borrowed("{}"))
}

/// The script with its options, ready to be injected.
#[derive(Clone, Debug)]
pub struct Script {
    /// The parameters of the command that injects it.
    injection: String,
}

impl Script {
    /// The script of this source. Unless `mask_inputs`, what is typed is recorded as it is; passwords never are.
    #[must_use]
    pub fn new(source: &str, mask_inputs: bool) -> Self {
        let source = format!("globalThis.tidewatchOptions={{maskInputs:{mask_inputs}}};{source}");
        let injection = Object::new().text("source", &source).text("worldName", WORLD).raw("runImmediately", "true");
        Self { injection: injection.end() }
    }

    /// What is asked of the browser.
    pub(super) const fn attach_to_all() -> Command {
        ATTACH
    }

    /// What is asked of a target that was attached to, all at once: it waits for the last of it.
    pub(super) fn commands(&self, is_tab: bool) -> Vec<Command> {
        let mut commands = vec![plain("Runtime.enable")];
        if is_tab {
            let binding = Object::new().text("name", BINDING).text("executionContextName", WORLD);
            commands.extend([
                plain("Page.enable"),
                ("Runtime.addBinding", Cow::Owned(binding.end())),
                ("Page.addScriptToEvaluateOnNewDocument", Cow::Owned(self.injection.clone())),
            ]);
        }
        commands.extend([NETWORK, plain("Log.enable"), ATTACH, plain("Runtime.runIfWaitingForDebugger")]);
        commands
    }

    /// What is asked of a tab whose events were lost.
    pub(super) fn picture(world: i64) -> Command {
        let evaluation = Object::new().text("expression", SNAPSHOT).number("contextId", world);
        ("Runtime.evaluate", Cow::Owned(evaluation.end()))
    }

    /// The command that lets a target release the objects that it printed.
    pub(super) const fn let_go_of_printed() -> Command {
        ("Runtime.releaseObjectGroup", Cow::Borrowed(r#"{"objectGroup":"console"}"#))
    }
}

/// A command as it is sent.
pub(super) fn message(id: u32, session: Option<&str>, (method, params): &Command) -> String {
    let message = Object::new().number("id", i64::from(id)).text("method", method).raw("params", params);
    match session {
        Some(session) => message.raw("sessionId", &quoted(session)).end(),
        None => message.end(),
    }
}
