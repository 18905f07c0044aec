//! Errors of the client in our words. They never carry an address, for an address may carry a token.

use std::error::Error;
use std::io;

use super::tls;
use crate::source_error::{NoConnection, SourceError};

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
            true => SourceError::Unreachable(NoConnection::NoAnswer),
            false => SourceError::Timeout,
        };
    }
    if let Some(io) = cause::<io::Error>(error) {
        return SourceError::Unreachable(match io.kind() {
            _ if is_about_a_name(error) => NoConnection::NoSuchName,
            io::ErrorKind::ConnectionRefused => NoConnection::Refused,
            io::ErrorKind::ConnectionReset => "connection reset".into(),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                NoConnection::NoRoute
            }
            io::ErrorKind::TimedOut => NoConnection::NoAnswer,
            // The rest in the system's own words, which have no address.
            _ => io.to_string().into(),
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

/// The look-up of the server's name has failed: the client says so in no other way than these words.
fn is_about_a_name(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.to_string() == "dns error" {
            return true;
        }
        next = cause.source();
    }
    false
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
