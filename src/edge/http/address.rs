//! A request's address. The platform has parsed and rewritten it, so its separators alone mark its parts.

use std::borrow::Cow;

/// A request's address.
pub(super) struct Address(String);

impl Address {
    pub(super) const fn new(url: String) -> Self {
        Self(url)
    }

    /// `http://host:port`, without a slash at its end.
    pub(super) fn origin(&self) -> &str {
        &self.0[..self.path_start()]
    }

    /// From its first slash to where the query begins.
    pub(super) fn path(&self) -> &str {
        let rest = &self.0[self.path_start()..];
        rest.split(['?', '#']).next().unwrap_or_default()
    }

    /// What follows `?`; empty if there is none.
    pub(super) fn query(&self) -> &str {
        let whole = self.0.split('#').next().unwrap_or_default();
        whole.split_once('?').map_or("", |(_, query)| query)
    }

    /// The first parameter of this name.
    pub(super) fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        form_urlencoded::parse(self.query().as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn path_start(&self) -> usize {
        let host = self.0.find("://").map_or(0, |colon| colon + 3);
        self.0[host..].find('/').map_or(self.0.len(), |slash| host + slash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_apart_at_its_separators() {
        let address = Address::new("http://h:1/a/b?token=x%20y&token=z#f?g".to_owned());
        assert_eq!(address.origin(), "http://h:1");
        assert_eq!(address.path(), "/a/b");
        assert_eq!(address.query(), "token=x%20y&token=z");
        assert_eq!(address.parameter("token").as_deref(), Some("x y"));
        assert_eq!(address.parameter("key"), None);
        let bare = Address::new("https://h/".to_owned());
        assert_eq!((bare.origin(), bare.path(), bare.query()), ("https://h", "/", ""));
    }
}
