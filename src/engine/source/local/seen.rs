//! What walks over a folder have found, and whether the folder is there at all.

use std::path::Path;
use std::sync::Arc;

use super::catalogue::{Catalogue, Notes};
use super::drives::Drives;
use super::hands::Pulse;
use super::nfo::{self, Nfo};
use super::scan::{self, FileKind, Tree};
use super::{Folder, music, read_limited};
use crate::model::SourceKind;
use crate::source_error::SourceError;

/// What walks have found.
#[derive(Default)]
pub(super) struct Seen {
    last: Option<Arc<Catalogue>>,
    pub(super) drives: Drives,
    /// Drives that the last walk did not find.
    pub(super) away: Drives,
    /// Whether the last walk could read all that it came to.
    clear: bool,
}

impl Seen {
    /// Whether the last walk saw all that belongs to the folder.
    pub(super) fn all(&self) -> bool {
        self.clear && self.away.is_empty()
    }
}

/// What one walk found.
struct Walked {
    catalogue: Arc<Catalogue>,
    drives: Drives,
    away: Drives,
    clear: bool,
}

impl Folder {
    /// What a failure to read means here.
    fn away(&self, error: SourceError) -> SourceError {
        match error {
            SourceError::Unreadable(why) if self.kind == SourceKind::NetworkDrive => {
                SourceError::Unreachable(why.into())
            }
            other => other,
        }
    }

    /// Whether the folder is there and can be listed.
    pub(super) async fn is_here(&self) -> Result<(), SourceError> {
        let (root, drives) = (self.root.clone(), self.seen.lock().drives.clone());
        let here = self.hands.run(move |pulse| {
            scan::readable(&root)?;
            // Nothing is where its drive was: what is in the empty folder is quickly looked through.
            match drives.has_root() && drives.away(&root, &Tree::new()).has_root() {
                true => look(&root, &drives, pulse).map(drop),
                false => Ok(()),
            }
        });
        here.await.map_err(|error| self.away(error))
    }

    /// A file that is not there may be so because the whole folder is not, or the drive that it was on.
    pub(super) async fn or_away<T>(
        &self,
        outcome: Result<T, SourceError>,
        key: &str,
    ) -> Result<T, SourceError> {
        if matches!(outcome, Err(SourceError::Gone)) {
            self.is_here().await?;
            if self.seen.lock().away.hold(Path::new(key)) {
                return Err(SourceError::Refused("the drive is not there".into()));
            }
        }
        outcome
    }

    /// Walks the folder anew and remembers what is there.
    pub(super) async fn walk(&self) -> Result<Arc<Catalogue>, SourceError> {
        let (root, account) = (self.root.clone(), self.account.clone());
        let (tags, nfos) = (Arc::clone(&self.tags), Arc::clone(&self.nfos));
        let drives = self.seen.lock().drives.clone();
        let walked = self.hands.run(move |pulse| {
            let (found, now, away) = look(&root, &drives, pulse)?;
            let tree = &found.tree;
            let notes = Notes {
                tags: tags.read(&root, tree, FileKind::Audio, |path| {
                    pulse.beat();
                    music::tags(path)
                }),
                nfos: nfos.read(&root, tree, FileKind::Notes, |path| {
                    pulse.beat();
                    read_nfo(path)
                }),
            };
            let name = root
                .file_name()
                .unwrap_or(root.as_os_str())
                .to_string_lossy();
            Ok(Walked {
                catalogue: Arc::new(Catalogue::new(&account, &name, tree, &notes)),
                drives: now.and(&away),
                away,
                clear: found.clear,
            })
        });
        let walked = walked.await.map_err(|error| self.away(error))?;
        Ok(self.remember(walked))
    }

    fn remember(&self, walked: Walked) -> Arc<Catalogue> {
        let mut seen = self.seen.lock();
        if walked.drives != seen.drives
            && let Some(keep) = &self.keep
        {
            keep(walked.drives.text());
        }
        let catalogue = walked.catalogue;
        *seen = Seen {
            last: Some(Arc::clone(&catalogue)),
            drives: walked.drives,
            away: walked.away,
            clear: walked.clear,
        };
        catalogue
    }

    /// Drives that were not there at the last walk are no more of this folder's. One that comes back after all is found like a
    /// new one. Whether it is gone only a person knows: also the place of a stick goes with it.
    pub(super) fn forget_drives(&self) {
        let mut seen = self.seen.lock();
        let away = std::mem::take(&mut seen.away);
        if away.is_empty() {
            return;
        }
        seen.drives = std::mem::take(&mut seen.drives).without(&away);
        if let Some(keep) = &self.keep {
            keep(seen.drives.text());
        }
    }

    /// The last walk, or one now.
    pub(super) async fn catalogue(&self) -> Result<Arc<Catalogue>, SourceError> {
        let last = self.seen.lock().last.clone();
        match last {
            Some(catalogue) => Ok(catalogue),
            None => self.walk().await,
        }
    }
}

/// Walks the folder: what is there, the drives it lies on now, and those that are away.
///
/// # Errors
/// [`SourceError::Unreadable`] when the root cannot be read, or is but the place where its drive was.
fn look(
    root: &Path,
    known: &Drives,
    pulse: &Pulse,
) -> Result<(scan::Found, Drives, Drives), SourceError> {
    let found = scan::walk(root, pulse)?;
    let away = known.away(root, &found.tree);
    if away.has_root() {
        return Err(SourceError::Unreadable("its drive is not there".into()));
    }
    let now = Drives::of(root, &found.tree);
    Ok((found, now, away))
}

/// What an NFO file tells; nothing when it cannot be read.
fn read_nfo(path: &Path) -> Vec<Nfo> {
    match read_limited(path, nfo::LONGEST) {
        Ok(bytes) => nfo::parse(&nfo::decode(&bytes)),
        Err(error) => {
            tracing::debug!(?path, %error, "left out of the folder");
            Vec::new()
        }
    }
}
