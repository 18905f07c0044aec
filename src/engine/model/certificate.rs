//! Certificates of servers, as a person is shown and asked about them.

use std::fmt;
use std::str::FromStr;

/// SHA-256 of a certificate, as other programs show it too: 32 bytes in hex with colons between.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a digest.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 fingerprint: 64 hexadecimal digits")]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    /// 64 hexadecimal digits in any case; colons and spaces between them do not count.
    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let mut digits = text.chars().filter(|sign| !matches!(sign, ':' | ' '));
        let mut digit = || digits.next().and_then(|sign| sign.to_digit(16));
        let mut digest = [0_u8; 32];
        for byte in &mut digest {
            let (high, low) = (digit().ok_or(NoFingerprint)?, digit().ok_or(NoFingerprint)?);
            *byte = u8::try_from(high * 16 + low).map_err(|_| NoFingerprint)?;
        }
        match digits.next() {
            None => Ok(Self(digest)),
            Some(_) => Err(NoFingerprint),
        }
    }
}

/// What is wrong with a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateFault {
    /// Its time is over.
    Expired,
    /// Its time has not come; mostly a clock is wrong.
    NotYetValid,
    /// It was made for another name.
    WrongName,
    /// The server made it itself.
    SelfSigned,
    /// An authority made it that this computer does not know.
    UnknownAuthority,
    /// It is not the one that the person accepted for this server.
    Changed,
    /// Its authority took it back.
    Revoked,
    /// It is broken, too weak, or made for something else.
    Unsuitable,
}

impl CertificateFault {
    /// Whether a person may accept such a certificate after comparing its fingerprint.
    #[must_use]
    pub const fn can_be_accepted(self) -> bool {
        match self {
            Self::Expired
            | Self::NotYetValid
            | Self::WrongName
            | Self::SelfSigned
            | Self::UnknownAuthority
            | Self::Changed => true,
            Self::Revoked | Self::Unsuitable => false,
        }
    }
}

/// A certificate that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedCertificate {
    /// Why.
    pub fault: CertificateFault,
    /// Which one it was, for the person to compare with what the server's owner says.
    pub fingerprint: Fingerprint,
}

impl fmt::Display for RefusedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.fault {
            CertificateFault::Expired => "it has expired",
            CertificateFault::NotYetValid => "it is not valid yet",
            CertificateFault::WrongName => "it is for another name",
            CertificateFault::SelfSigned => "it is signed by itself",
            CertificateFault::UnknownAuthority => "its authority is unknown",
            CertificateFault::Changed => "it is not the accepted one",
            CertificateFault::Revoked => "it was revoked",
            CertificateFault::Unsuitable => "it is broken or unsuitable",
        };
        write!(f, "{why} (SHA-256 {})", self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_people_copy_it() {
        let mut digest = [0x0f; 32];
        digest[0] = 0xa1;
        let fingerprint = Fingerprint::new(digest);
        let shown = fingerprint.to_string();
        assert!(shown.starts_with("A1:0F:0F:"), "{shown}");
        assert_eq!(shown.len(), 95);
        let plain = shown.replace(':', "");
        for text in [
            shown.clone(),
            plain.to_lowercase(),
            shown.replace(':', " "),
            format!(" {plain} "),
        ] {
            assert_eq!(text.parse(), Ok(fingerprint), "{text}");
        }
        for text in [
            "",
            "a1",
            &plain[1..],
            &format!("{plain}0"),
            &plain.replace('A', "G"),
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NoFingerprint), "{text}");
        }
    }
}
