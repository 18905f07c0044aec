//! Failures as one sentence and an exit code.

use spool_engine::StartError;
use spool_engine::accounts::AccountError;
use spool_engine::cache::CacheError;
use spool_engine::library::LibraryError;
use spool_engine::model::{CertificateFault, RefusedCertificate};
use spool_engine::playback::PlaybackError;
use spool_engine::secret::SecretError;
use spool_engine::source::SourceError;
use spool_player::PlayerError;

/// Why a command failed: one sentence for people, an exit code for scripts.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) sentence: String,
    pub(crate) code: u8,
}

/// Failed with one sentence.
const FAILED: u8 = 1;
/// The command line makes no sense together with what the profile holds.
const USAGE: u8 = 2;
/// Another running program holds the profile.
const IN_USE: u8 = 3;

impl Failure {
    /// Failed with this sentence.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: FAILED,
        }
    }

    /// Wrong usage, found after parsing.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: USAGE,
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::InUse => Self {
                sentence: "Spool is running with this profile. Close it first.".into(),
                code: IN_USE,
            },
            other => Self::new(format!("The profile cannot be opened: {other}.")),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::new(match error {
            SourceError::Unreachable(_) => "The server cannot be reached. Is it running?".into(),
            SourceError::Timeout => "The server did not answer in time.".into(),
            SourceError::Unauthorized => {
                "The server refused the sign-in. Add the account again to sign in.".into()
            }
            SourceError::Unconfirmed => {
                "The server does not take the sign-in now. It may still be starting: try again in a moment.".into()
            }
            SourceError::NotShared => "The server is no longer shared with this user.".into(),
            SourceError::Forbidden => "The server does not allow this user to do that.".into(),
            SourceError::Gone => "The server does not have that title any more.".into(),
            SourceError::FileMissing => {
                "The server cannot find the file of that title. Is its drive connected there?".into()
            }
            SourceError::Busy { .. } => "The server is busy. Try again in a moment.".into(),
            SourceError::Refused(words) => format!("The server refuses: {words}"),
            SourceError::Certificate(refused) => certificate(&refused),
            SourceError::Insecure(why) => format!("The connection is not secure: {why}."),
            other => format!("That did not work: {other}."),
        })
    }
}

/// What is wrong with a server's certificate, and the fingerprint that can be accepted.
fn certificate(refused: &RefusedCertificate) -> String {
    let why = match refused.fault {
        CertificateFault::Expired => "The server's certificate has expired.",
        CertificateFault::NotYetValid => {
            "The server's certificate is not valid yet. Is this computer's date right?"
        }
        CertificateFault::WrongName => "The server's certificate is for another name.",
        CertificateFault::SelfSigned => "The server has signed its certificate itself.",
        CertificateFault::UnknownAuthority => {
            "The server's certificate is signed by an authority that this computer does not know."
        }
        CertificateFault::Changed => {
            "The server's certificate is not the one that was accepted for it."
        }
        CertificateFault::Revoked => "The server's certificate was revoked.",
        CertificateFault::Unsuitable => "The server's certificate is broken or too weak.",
    };
    if !refused.fault.can_be_accepted() {
        return why.into();
    }
    if refused.fault == CertificateFault::Changed {
        return format!(
            "{why} If you know why it changed, and its SHA-256 fingerprint is {0}, run: spoolctl accounts accept ID {0}",
            refused.fingerprint
        );
    }
    format!(
        "{why} If its SHA-256 fingerprint is {0}, as the server's owner can tell, add: --accept-fingerprint {0}",
        refused.fingerprint
    )
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Source(source) => source.into(),
            LibraryError::NotFound => Self::new("There is no such title."),
            other => Self::new(format!("The library cannot be read: {other}.")),
        }
    }
}

impl From<CacheError> for Failure {
    fn from(error: CacheError) -> Self {
        match error {
            CacheError::Upstream(source) => source.into(),
            CacheError::Offline => PlaybackError::NeedsNetwork.into(),
            other => Self::new(format!("The bytes cannot be read: {other}.")),
        }
    }
}

impl From<PlaybackError> for Failure {
    fn from(error: PlaybackError) -> Self {
        match error {
            PlaybackError::NothingToKeep => Self::new(
                "That title lies on its server as a disc: there is no file of it to keep.",
            ),
            PlaybackError::NeedsNetwork => Self::new(
                "This title is not on this device, and its server cannot be reached: it needs the network.",
            ),
            PlaybackError::NothingToPlay => Self::new("This title has no file to play."),
            PlaybackError::SignInNeeded(_) => SourceError::Unauthorized.into(),
            PlaybackError::Library(error) => error.into(),
            PlaybackError::Cache(error) => error.into(),
            PlaybackError::Source(error) => error.into(),
        }
    }
}

impl From<PlayerError> for Failure {
    fn from(error: PlayerError) -> Self {
        match error {
            PlayerError::Source(error) => error.into(),
            PlayerError::MissingPlugin { description } => {
                Self::new(format!("A decoder is not installed: {description}."))
            }
            PlayerError::Damaged(_) => {
                Self::new("The file is damaged, or of a kind that cannot be played.")
            }
            other => Self::new(format!("Playback failed: {other}.")),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::InvalidAddress => Self::usage("That is not the address of a server."),
            AccountError::NotAServer => Self::new("There is no Jellyfin server at that address."),
            AccountError::TooOld(version) => Self::new(format!(
                "That server runs Jellyfin {version}; Spool needs 10.10 or newer."
            )),
            AccountError::WrongPassword => Self::new("The name or the password is wrong."),
            AccountError::NotAllowed => {
                Self::new("The server does not let this user sign in here.")
            }
            AccountError::CodeSignInOff => {
                Self::new("Quick Connect is switched off on that server. Sign in with --user.")
            }
            AccountError::CodeExpired => {
                Self::new("Nobody confirmed the code in time. Run the command again.")
            }
            AccountError::WrongPin => Self::new("The PIN of that user is wrong, or missing."),
            AccountError::NoChoice => Self::new("plex.tv lists no such server or user."),
            AccountError::Folder(why) => Self::new(format!("The folder cannot be read: {why}.")),
            AccountError::Duplicate(id) => Self::new(format!("It is there already, as {id}.")),
            AccountError::Secret(SecretError::Unavailable | SecretError::Locked) => Self::new(
                "No keyring is available to keep the sign-in safe. Add --token-file to keep it in a file that only you can read.",
            ),
            AccountError::Source(source) => source.into(),
            other => Self::new(format!("The account cannot be added: {other}.")),
        }
    }
}
