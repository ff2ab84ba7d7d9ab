//! Where the service is: the one address that the key is sent to.

/// The service's address, without a trailing slash: `https://host[:port][/path]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads an address. A path in front of `/v1` is kept.
    ///
    /// # Errors
    /// What is wrong with it, for people: it is not HTTP, has no host or no usable port, carries credentials, a query or a
    /// fragment, or has a character that a URL can't have.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, after) = text.split_once(':').unwrap_or_default();
        let after =
            after.strip_prefix("//").filter(|_| ["https", "http"].iter().any(|s| scheme.eq_ignore_ascii_case(s)));
        let after = after.ok_or("must start with https:// or http://")?;
        if after
            .bytes()
            .any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\\\"<>^`{|}".contains(&byte))
        {
            return Err("has a character that a URL can't have");
        }
        if after.contains(['?', '#']) {
            return Err("must have no query and no fragment");
        }
        let authority = after.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err("must carry no credentials: the key has an option of its own");
        }
        Self::check_authority(authority)?;
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    fn check_authority(authority: &str) -> Result<(), &'static str> {
        // An IPv6 address has colons inside its brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            Some(_) | None => (authority, None),
        };
        if host.is_empty() {
            return Err("has no host");
        }
        match port {
            Some(port) if !port.bytes().all(|byte| byte.is_ascii_digit()) || port.parse::<u16>().is_err() => {
                Err("has a port that is none: it must be 0 to 65535")
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
