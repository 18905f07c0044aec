//! Everything a program under test stands on: a throw-away profile, a server full of titles, a folder of files.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::fake_server::{FakeServer, Options};
use crate::folder::Folder;
use crate::jellyfin::Catalogue;
use crate::media::Media;

/// A throw-away profile, a server full of titles and, on demand, a folder of files. All of it goes when this is dropped.
#[derive(Debug)]
pub struct Stage {
    /// The server; on offer are [`Catalogue::of`] the generated media.
    pub server: FakeServer,
    temp: TempDir,
}

impl Stage {
    /// Sets it up; `options.catalogue` is filled unless it holds something already.
    ///
    /// # Panics
    /// Media cannot be made, or the system gives no folder or port.
    #[must_use]
    pub fn new(mut options: Options) -> Self {
        if options.catalogue.is_empty() {
            options.catalogue = Catalogue::of(Media::ready());
        }
        Self {
            server: FakeServer::start(options),
            temp: tempfile::tempdir().expect("the system gives a temporary folder"),
        }
    }

    /// The profile's folder, for `--profile`; the program makes it.
    #[must_use]
    pub fn profile(&self) -> PathBuf {
        self.temp.path().join("profile")
    }

    /// The whole throw-away folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.temp.path()
    }

    /// Lays out a folder of all generated media beside the profile.
    #[must_use]
    pub fn folder(&self) -> Folder {
        Folder::lay_out(Media::ready(), &self.temp.path().join("media"))
    }
}
