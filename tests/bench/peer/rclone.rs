//! `rclone mount` with its full VFS cache: a folder of the origin as files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Program, Skipped, until};

/// A mounted folder that shows one name. Dropping it unmounts it.
pub(crate) struct Mount {
    folder: PathBuf,
    file: PathBuf,
    program: Program,
}

impl Mount {
    /// Mounts what the origin shows at `address`/SETTINGS,n=NAME/, with cache and mount point below `place`.
    pub(crate) fn new(
        address: &str,
        settings: &str,
        name: &str,
        place: &Path,
    ) -> Result<Self, Skipped> {
        if !Path::new("/dev/fuse").exists() {
            return Err(Skipped("no /dev/fuse to mount with".into()));
        }
        let folder = place.join("mount");
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|error| Skipped(error.to_string()))?;
        let mut command = Command::new("rclone");
        command
            .args(["mount", ":http:"])
            .arg(&folder)
            .arg("--http-url")
            .arg(format!("{address}/{settings},n={name}/"))
            .args(["--vfs-cache-mode", "full", "--read-only", "--config", ""])
            .arg("--cache-dir")
            .arg(place.join("cache"));
        let mut program = Program::start(&mut command)?;
        let file = folder.join(name);
        let there = until(|| file.exists() || program.has_ended());
        if !there || program.has_ended() {
            return Err(Skipped("rclone does not mount here".into()));
        }
        Ok(Self {
            folder,
            file,
            program,
        })
    }

    /// The path that the origin counts for it.
    pub(crate) fn counted(settings: &str, name: &str) -> String {
        format!("/{settings},n={name}/{name}")
    }

    /// Opens the file.
    pub(crate) fn open(&self) -> std::io::Result<File> {
        File::open(&self.file)
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.program.0.id()
    }

    /// Ends it as a crash does, without a word.
    pub(crate) fn kill(mut self) {
        self.program.0.kill().ok();
        self.program.0.wait().ok();
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let unmounted = Command::new("fusermount3")
            .args(["-u", "-z"])
            .arg(&self.folder)
            .stderr(Stdio::null())
            .status();
        unmounted.ok();
    }
}
