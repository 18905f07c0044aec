//! Bytes that the server can send from any offset, with what is said of them in headers.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::http::date;
use crate::pattern;

/// Where the bytes come from.
#[derive(Clone, Debug)]
enum Content {
    /// Computed from a seed: takes no memory, so 6 GiB are possible.
    Pattern(u64),
    Bytes(Bytes),
    File(Arc<File>),
}

/// What is said about ranges in `Accept-Ranges`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptRanges {
    /// `bytes`.
    Bytes,
    /// `none`, although ranges work (seen in the field).
    None,
    /// No such header, although ranges work.
    Absent,
}

/// A resource of known size that can be sent from any offset.
#[derive(Clone, Debug)]
pub struct Blob {
    content: Content,
    size: u64,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) content_type: String,
    pub(crate) accept_ranges: AcceptRanges,
    pub(crate) private: bool,
    pub(crate) signed: Option<u16>,
    pub(crate) head_allowed: bool,
    pub(crate) headers: Vec<(String, String)>,
}

impl Blob {
    fn new(content: Content, size: u64) -> Self {
        Self {
            content,
            size,
            etag: None,
            last_modified: None,
            content_type: "application/octet-stream".into(),
            accept_ranges: AcceptRanges::Bytes,
            private: false,
            signed: None,
            head_allowed: true,
            headers: Vec::new(),
        }
    }

    /// Bytes computed by [`pattern::fill`] with `seed`. `Last-Modified` is a fixed date, there is no `ETag`: as Jellyfin's.
    #[must_use]
    pub fn pattern(size: u64, seed: u64) -> Self {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seed % 100_000);
        Self::new(Content::Pattern(seed), size).modified(modified)
    }

    /// These bytes; neither `Last-Modified` nor `ETag`.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self::new(Content::Bytes(bytes), size)
    }

    /// A file, with its own date as `Last-Modified`. It stays open: replacing the file changes nothing here.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn file(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        let modified = meta.modified()?;
        Ok(Self::new(Content::File(Arc::new(file)), meta.len()).modified(modified))
    }

    /// Sets the `ETag`, as it goes over the wire: with its quotes, or `W/"…"`.
    #[must_use]
    pub fn etag(mut self, etag: &str) -> Self {
        self.etag = Some(etag.into());
        self
    }

    /// Sets `Last-Modified`, in whole seconds.
    #[must_use]
    pub fn modified(mut self, at: SystemTime) -> Self {
        self.last_modified = Some(date::format(at));
        self
    }

    /// Leaves out `ETag` and `Last-Modified`.
    #[must_use]
    pub fn without_validator(mut self) -> Self {
        self.etag = None;
        self.last_modified = None;
        self
    }

    /// Sets `Content-Type`.
    #[must_use]
    pub fn content_type(mut self, content_type: &str) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Sets what `Accept-Ranges` says; ranges work all the same.
    #[must_use]
    pub fn accept_ranges(mut self, accept_ranges: AcceptRanges) -> Self {
        self.accept_ranges = accept_ranges;
        self
    }

    /// Answers 401 to requests without the server's current token.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Answers `status` to requests whose query does not have the server's current token as `sig`: an address that expires.
    #[must_use]
    pub fn signed(mut self, status: u16) -> Self {
        self.signed = Some(status);
        self
    }

    /// Answers 405 to HEAD, as Jellyfin's download address does.
    #[must_use]
    pub fn without_head(mut self) -> Self {
        self.head_allowed = false;
        self
    }

    /// Adds a header to every reply.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads `len` bytes at `offset`, fewer at the end. Files are read in place: their pages are warm in a test.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = len.min(left);
        match &self.content {
            Content::Pattern(seed) => Ok(pattern::bytes(*seed, offset, len).into()),
            Content::Bytes(bytes) => {
                let start = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Ok(bytes.slice(start..start + len))
            }
            Content::File(file) => {
                let mut buf = vec![0; len];
                file.read_exact_at(&mut buf, offset)?;
                Ok(buf.into())
            }
        }
    }
}
