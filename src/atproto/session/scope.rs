//! What a session may do: the `scope` claim of its access token.

use cid::multibase::Base;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What kind of password opened a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordKind {
    /// One made for a program, which can be revoked by itself.
    App,
    /// The account's own.
    Main,
}

/// `None` where the token does not say: what a token holds is its server's affair.
pub(super) fn kind(access: &SecretString) -> Option<PasswordKind> {
    #[derive(Deserialize)]
    struct Claims {
        scope: String,
    }
    let claims = access.expose_secret().split('.').nth(1)?;
    let claims = Base::Base64Url.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    match claims.scope.as_str() {
        "com.atproto.appPass" | "com.atproto.appPassPrivileged" => Some(PasswordKind::App),
        "com.atproto.access" => Some(PasswordKind::Main),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(claims: &str) -> Option<PasswordKind> {
        let claims = Base::Base64Url.encode(claims);
        kind(&format!("header.{claims}.signature").into())
    }

    #[test]
    fn the_scope_tells_the_kinds_apart() {
        let scope = |scope: &str| kind_of(&format!("{{\"scope\":\"{scope}\",\"sub\":\"ä\"}}"));
        assert_eq!(scope("com.atproto.appPass"), Some(PasswordKind::App));
        assert_eq!(
            scope("com.atproto.appPassPrivileged"),
            Some(PasswordKind::App)
        );
        assert_eq!(scope("com.atproto.access"), Some(PasswordKind::Main));
        assert_eq!(scope("com.atproto.refresh"), None);
    }

    #[test]
    fn a_token_that_says_nothing_is_of_no_kind() {
        for claims in ["", "1", "[]", "{}", "{\"scope\":1}", "{"] {
            assert_eq!(kind_of(claims), None, "{claims}");
        }
        for token in ["", "access-1", "a.é.b", "..", "a.====.b"] {
            assert_eq!(kind(&token.to_owned().into()), None, "{token}");
        }
    }
}
