//! A client's socket and the browser's behind it, and how each is closed when the other ends.

use crate::cdp;
use crate::wire::EndedAs;

/// A message that is larger can't be received by the platform.
const TOO_BIG: (u16, &str) = (1009, "a message was over 32 MiB");
/// What the other side gets for a socket that broke off.
const GOING_AWAY: (u16, &str) = (1001, "going away");

/// A client's socket and the browser's behind it. The platform forwards messages between them.
pub trait Connection {
    /// Marks it as ending; `false` if it was already.
    fn begin_end(&self) -> bool;

    /// Closes the client's socket.
    fn close_client(&self, code: u16, reason: &str);

    /// Closes the browser's socket.
    fn close_browser(&self, code: u16, reason: &str);

    /// Stops listening to both sockets. Not called from within a listener.
    fn stop_listening(&self);
}

/// How a socket has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionEnd {
    /// It was closed with this code and reason, which can be passed on; `None` if it broke off.
    Closed(Option<(u16, String)>),
    /// A message was larger than the platform receives.
    TooBig,
}

/// Closes both sockets, as the client has ended its own.
pub fn close_as_left(connection: &dyn Connection, end: &ConnectionEnd) {
    let (code, reason) = match end {
        ConnectionEnd::Closed(Some((code, reason))) => (*code, reason.as_str()),
        ConnectionEnd::Closed(None) => GOING_AWAY,
        ConnectionEnd::TooBig => TOO_BIG,
    };
    connection.close_browser(code, reason);
    connection.close_client(code, reason);
}

/// Closes both sockets, as the browser's was lost, with why the session is over if it is.
pub fn close_as_lost(connection: &dyn Connection, end: &ConnectionEnd, why: EndedAs) {
    match (why.reason, end) {
        (_, ConnectionEnd::TooBig) => connection.close_client(TOO_BIG.0, TOO_BIG.1),
        (None, ConnectionEnd::Closed(Some((code, reason)))) => connection.close_client(*code, reason),
        (reason, ConnectionEnd::Closed(_)) => {
            let (code, text) = cdp::close_code(reason);
            connection.close_client(code, text);
        }
    }
    connection.close_browser(1000, "");
}
