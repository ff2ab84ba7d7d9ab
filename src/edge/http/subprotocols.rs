//! The subprotocols of a request for a socket.

use worker::Headers;

/// The subprotocols that a request for a socket offers.
pub(super) fn offered_protocols(headers: &Headers) -> Vec<String> {
    let offered = headers.get("sec-websocket-protocol").ok().flatten().unwrap_or_default();
    offered.split(',').map(|protocol| protocol.trim().to_owned()).collect()
}
