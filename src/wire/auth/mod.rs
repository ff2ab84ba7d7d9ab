//! Access: project keys, session tokens, and the origins of pages.

mod key;
mod origin;
mod signature;
mod token;

pub use key::{InvalidKey, Key};
pub use origin::{AllowedOrigins, InvalidOrigin, OriginPattern};
pub use signature::{SECRET_CHARS_MIN, Secret};
pub use token::{InvalidToken, Right, SessionTokens, Token};
