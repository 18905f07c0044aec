//! Errors of the client in our words. They never carry an address, for an address may carry a token.

use std::error::Error;
use std::io;

use super::tls;
use crate::source_error::SourceError;

/// The situation behind a client's error.
pub(super) fn of(error: &reqwest::Error) -> SourceError {
    if let Some(tls) = cause::<rustls::Error>(error).filter(|tls| !broke_off(tls)) {
        return match tls::refused(tls) {
            Some(refused) => SourceError::Certificate(refused),
            None => SourceError::Insecure(tls.to_string()),
        };
    }
    if error.is_timeout() {
        return match error.is_connect() {
            true => SourceError::Unreachable("no answer".into()),
            false => SourceError::Timeout,
        };
    }
    if let Some(io) = cause::<io::Error>(error) {
        return SourceError::Unreachable(match io.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused".into(),
            io::ErrorKind::ConnectionReset => "connection reset".into(),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                "no route to it".into()
            }
            io::ErrorKind::TimedOut => "no answer".into(),
            // Name look-ups and the rest: the system's own words, which have no address.
            _ => io.to_string(),
        });
    }
    if error.is_connect() {
        return SourceError::Unreachable("no connection".into());
    }
    if error.is_decode() {
        return SourceError::Malformed("a broken answer".into());
    }
    SourceError::Unreachable("the connection broke".into())
}

/// The other side hung up in the middle of a handshake, which says nothing of its certificate: a proxy that restarts does so.
fn broke_off(tls: &rustls::Error) -> bool {
    use rustls::AlertDescription::{CloseNotify, InternalError, UserCanceled};
    matches!(
        tls,
        rustls::Error::AlertReceived(CloseNotify | InternalError | UserCanceled)
    )
}

/// The innermost cause of a kind. An `io::Error` hides what it wraps from `source()`, so that is looked into as well.
fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(error) = next {
        found = error.downcast_ref::<E>().or(found);
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| -> &(dyn Error + 'static) { inner });
        next = wrapped.or_else(|| error.source());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hang_up_may_pass() {
        use rustls::{AlertDescription, CertificateError, Error};
        assert!(broke_off(&Error::AlertReceived(
            AlertDescription::InternalError
        )));
        assert!(!broke_off(&Error::AlertReceived(
            AlertDescription::UnknownCA
        )));
        assert!(!broke_off(&Error::InvalidCertificate(
            CertificateError::Expired
        )));
    }
}
