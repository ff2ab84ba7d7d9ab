//! The service's address. The key is sent nowhere else.

use super::invalid_setting::InvalidSetting;

/// The service's address, without a trailing slash: `https://host[:port][/path]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads an address. A path in front of `/v1` is kept.
    ///
    /// # Errors
    /// [`InvalidSetting`] if it is not HTTP, has no host or no valid port, has credentials, a query or a fragment, or
    /// has a character that a URL can't have.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let (scheme, after) = text.split_once(':').unwrap_or_default();
        let after =
            after.strip_prefix("//").filter(|_| ["https", "http"].iter().any(|s| scheme.eq_ignore_ascii_case(s)));
        let after = after.ok_or(InvalidSetting("must start with https:// or http://"))?;
        if after
            .bytes()
            .any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\\\"<>^`{|}".contains(&byte))
        {
            return Err(InvalidSetting("has a character that a URL can't have"));
        }
        if after.contains(['?', '#']) {
            return Err(InvalidSetting("must have no query and no fragment"));
        }
        let authority = after.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err(InvalidSetting("must have no credentials: the key has its own option"));
        }
        Self::check_authority(authority)?;
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    fn check_authority(authority: &str) -> Result<(), InvalidSetting> {
        // An IPv6 address has colons inside its brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            Some(_) | None => (authority, None),
        };
        if host.is_empty() {
            return Err(InvalidSetting("has no host"));
        }
        match port {
            Some(port) if !port.bytes().all(|byte| byte.is_ascii_digit()) || port.parse::<u16>().is_err() => {
                Err(InvalidSetting("has an invalid port: it must be 0 to 65535"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The address, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
