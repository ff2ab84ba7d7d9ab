//! The origins of pages that may call a deployment from a browser.

use std::fmt;

/// The origins whose pages may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Every origin, including `null`, the origin of pages without one.
    All,
    /// These origins. An empty list allows none.
    Listed(Vec<OriginPattern>),
}

/// `scheme://host`, `scheme://host:port`, or `scheme://host:*` for every port of a host, the default one too.
///
/// A wildcard can stand only for a port. In a host's name it could match a host of another owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPattern {
    scheme: String,
    host: String,
    port: Port,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Any,
    Default,
    Is(u16),
}

/// An entry of the list that is not an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrigin(String);

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} is not an origin. Examples: https://app.example.com, http://localhost:*", self.0)
    }
}

impl AllowedOrigins {
    /// Reads `*`, or origins with commas or spaces between them. An empty text allows none.
    ///
    /// # Errors
    /// The first entry that is not an origin. An entry with a path or a trailing slash is refused: it could never
    /// match.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let mut entries = text.split([',', ' ', '\t', '\n', '\r']).filter(|entry| !entry.is_empty()).peekable();
        if entries.next_if_eq(&"*").is_some() {
            return entries.next().map_or(Ok(Self::All), |_| Err(InvalidOrigin(text.to_owned())));
        }
        entries.map(OriginPattern::parse).collect::<Result<_, _>>().map(Self::Listed)
    }

    /// The value of `access-control-allow-origin` for a page of this origin: the origin or `*`; `None` if it may not
    /// call.
    #[must_use]
    pub fn answer_to<'a>(&self, origin: &'a str) -> Option<&'a str> {
        match self {
            Self::All => Some("*"),
            Self::Listed(patterns) => {
                let page = OriginPattern::parse(origin).ok().filter(|page| page.port != Port::Any)?;
                patterns.iter().any(|pattern| pattern.includes(&page)).then_some(origin)
            }
        }
    }
}

impl OriginPattern {
    fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        Self::read(text).ok_or_else(|| InvalidOrigin(text.to_owned()))
    }

    // Browsers write names in lower case and leave out a default port. People may write them otherwise.
    fn read(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Port::parse(port, &scheme)?),
            _ => (authority, Port::Default),
        };
        let is_named = is_scheme(&scheme) && (is_name(host) || is_ipv6(host));
        is_named.then(|| Self { scheme, host: host.to_ascii_lowercase(), port })
    }

    fn includes(&self, page: &Self) -> bool {
        self.scheme == page.scheme && self.host == page.host && (self.port == Port::Any || self.port == page.port)
    }
}

impl Port {
    fn parse(text: &str, scheme: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        match (scheme, text.parse().ok()?) {
            ("http", 80) | ("https", 443) => Some(Self::Default),
            (_, port) => Some(Self::Is(port)),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

// A browser writes a name in another script in its ASCII form, `xn--…`.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

fn is_ipv6(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: &str, origin: &str) -> bool {
        AllowedOrigins::parse(list).unwrap_or_else(|error| panic!("{error}")).answer_to(origin).is_some()
    }

    #[test]
    fn an_origin_is_allowed_if_and_only_if_the_list_names_it() {
        let list = "https://app.example.com, http://localhost:*\nhttps://Two.example:8443 http://[::1]:5173";
        for origin in [
            "https://app.example.com",
            "http://localhost",
            "http://localhost:5173",
            "http://localhost:80",
            "https://two.example:8443",
            "http://[::1]:5173",
        ] {
            assert!(allows(list, origin), "{origin}");
        }
        for origin in [
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil.example",
            "https://evil.example/https://app.example.com",
            "https://evil-app.example.com",
            "https://x.app.example.com",
            "https://localhost:5173",
            "http://localhost.evil.example",
            "http://localhost:5173@evil.example",
            "http://localhost:*",
            "http://127.0.0.1:5173",
            "https://two.example",
            "http://[::1]",
            "http://[::2]:5173",
            "null",
            "",
            "*",
        ] {
            assert!(!allows(list, origin), "{origin}");
        }
    }

    #[test]
    fn an_empty_list_allows_none_and_a_star_all() {
        for origin in ["https://app.example.com", "null"] {
            assert_eq!(AllowedOrigins::parse(" , ").unwrap().answer_to(origin), None);
            assert_eq!(AllowedOrigins::parse(" * ").unwrap().answer_to(origin), Some("*"));
        }
    }

    #[test]
    fn an_allowed_page_is_answered_with_its_own_origin() {
        let list = AllowedOrigins::parse("http://localhost:*").unwrap();
        assert_eq!(list.answer_to("http://localhost:5173"), Some("http://localhost:5173"));
    }

    #[test]
    fn a_default_port_is_the_same_written_out_or_not() {
        assert!(allows("https://a.example:443", "https://a.example"));
        assert!(allows("http://a.example:80", "http://a.example"));
        assert!(!allows("https://a.example:80", "https://a.example"));
        assert!(allows("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"));
    }

    #[test]
    fn an_entry_that_could_never_match_or_match_too_much_is_refused() {
        for entry in [
            "app.example.com",
            "https://",
            "://app.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://*.example.com",
            "https://*",
            "*://app.example.com",
            "https://app.example.com:",
            "https://app.example.com:+1",
            "https://app.example.com:99999",
            "https://user@app.example.com",
            "https://bücher.example",
            "http://[::1",
            "http://[app]:1",
            "null",
            "* https://app.example.com",
            "https://app.example.com *",
        ] {
            assert!(AllowedOrigins::parse(entry).is_err(), "{entry}");
        }
        let error = AllowedOrigins::parse("https://a.example, b.example").unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"b.example\" is not an origin. Examples: https://app.example.com, http://localhost:*"
        );
    }
}
