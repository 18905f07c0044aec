//! Ranged reads of a file on a network drive: replies of the same kind as a server's.
//!
//! Size and time of the last change are the version. A file that changes while it is read breaks the reply, so that no byte of
//! one version is taken for another's. **Threads**: every look at the drive happens on the blocking pool, where one that never
//! answers holds up nobody; dropping a reply gives up.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::ranged::{Ask, Failure, Misfit, Ranges, Shape};
use super::validator::Validator;
use crate::source_error::SourceError;

/// Who opens a file waits so long for a drive that has to wake up.
const OPENING: Duration = Duration::from_secs(15);
/// Bytes of one read.
const PIECE: u64 = 512 << 10;

/// The bytes of one reply.
pub(super) struct Body {
    file: Arc<File>,
    version: String,
    pos: u64,
    end: u64,
    /// A read under way; it goes on when who waited for it does not.
    reading: Option<JoinHandle<Result<Bytes, SourceError>>>,
}

/// Opens a file and answers as a server with ranges and strong tags does.
pub(super) async fn get(path: &Path, ask: &Ask) -> Result<(Shape, Body), Failure> {
    let path = path.to_owned();
    let opening = spawn_blocking(move || {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    });
    let opened = timeout(OPENING, opening)
        .await
        .map_err(|_| SourceError::Timeout)?;
    let (file, metadata) = opened.unwrap_or_else(stopped).map_err(|error| of(&error))?;
    if !metadata.is_file() {
        return Err(SourceError::Gone.into());
    }
    let (size, version) = (metadata.len(), version(&metadata));
    let is_wanted = ask.condition.as_ref().is_none_or(|tag| *tag == version);
    let (start, end) = match ask.whole || !is_wanted {
        true => (0, size),
        false => (ask.start, ask.end.map_or(size, |end| end.min(size))),
    };
    if start >= size || end <= start {
        return Err(Failure::Misfit(Misfit::Beyond(Some(size))));
    }
    let shape = Shape {
        start,
        end: Some(end),
        total: Some(size),
        version: Validator {
            etag: Some(version.clone()),
            last_modified: None,
        },
        ranges: Ranges::Work,
        framed: true,
    };
    let body = Body {
        file: Arc::new(file),
        version,
        pos: start,
        end,
        reading: None,
    };
    Ok((shape, body))
}

impl Body {
    /// The next bytes; `None` at the end. May be cancelled without losing bytes.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        if self.pos >= self.end {
            return Ok(None);
        }
        let (file, pos, version) = (Arc::clone(&self.file), self.pos, self.version.clone());
        let length = usize::try_from((self.end - pos).min(PIECE)).unwrap_or(0);
        let reading = self
            .reading
            .get_or_insert_with(|| spawn_blocking(move || read(&file, pos, length, &version)));
        let read = reading.await;
        self.reading = None;
        let bytes =
            read.unwrap_or_else(|error| Err(SourceError::Unreachable(error.to_string().into())))?;
        self.pos += bytes.len() as u64;
        Ok(Some(bytes))
    }
}

fn read(file: &File, pos: u64, length: usize, version: &str) -> Result<Bytes, SourceError> {
    let mut bytes = vec![0; length];
    let read = file.read_exact_at(&mut bytes, pos);
    // Also behind a read that failed: a file that became shorter has changed.
    let now = file.metadata().map_err(|error| of(&error))?;
    if self::version(&now) != version {
        return Err(SourceError::Unreachable("the file changes".into()));
    }
    read.map_err(|error| of(&error))?;
    Ok(bytes.into())
}

/// The tag of a version: what has another size or time is another one.
fn version(metadata: &Metadata) -> String {
    let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
    let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("\"{}-{}\"", metadata.len(), modified.as_nanos())
}

fn stopped<T>(error: tokio::task::JoinError) -> io::Result<T> {
    Err(io::Error::other(error))
}

/// A file that is not there may be gone, or its drive: the source knows. Anything else may pass.
fn of(error: &io::Error) -> SourceError {
    match error.kind() {
        ErrorKind::NotFound => SourceError::Gone,
        ErrorKind::PermissionDenied => SourceError::Forbidden,
        _ => SourceError::Unreachable(error.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(start: u64, end: Option<u64>, condition: Option<&str>) -> Ask {
        Ask {
            start,
            end,
            condition: condition.map(str::to_owned),
            ..Ask::default()
        }
    }

    async fn all(mut body: Body) -> Result<Vec<u8>, SourceError> {
        let mut read = Vec::new();
        while let Some(bytes) = body.chunk().await? {
            read.extend_from_slice(&bytes);
        }
        Ok(read)
    }

    #[tokio::test]
    async fn a_part_is_read_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        let content: Vec<u8> = (0..1_500_000_u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        for (start, end) in [(0, None), (7, Some(700_000)), (1_499_999, Some(9_000_000))] {
            let (shape, body) = get(&path, &part(start, end, None)).await.unwrap();
            let until = end.unwrap_or(u64::MAX).min(1_500_000);
            assert_eq!((shape.start, shape.end), (start, Some(until)));
            assert_eq!(shape.total, Some(1_500_000));
            let (from, to) = (start as usize, until as usize);
            assert_eq!(all(body).await.unwrap(), content[from..to]);
        }
        let beyond = get(&path, &part(1_500_000, None, None)).await;
        assert!(matches!(
            beyond,
            Err(Failure::Misfit(Misfit::Beyond(Some(1_500_000))))
        ));
    }

    #[tokio::test]
    async fn another_version_comes_whole_and_a_change_breaks_the_reply() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        std::fs::write(&path, vec![1; 2 * PIECE as usize]).unwrap();
        let (first, mut body) = get(&path, &part(10, None, None)).await.unwrap();
        body.chunk().await.unwrap().unwrap();
        std::fs::write(&path, vec![2; 2 * PIECE as usize + 1]).unwrap();
        assert!(matches!(
            body.chunk().await,
            Err(SourceError::Unreachable(_))
        ));
        let known = first.version.etag.as_deref();
        let (second, body) = get(&path, &part(10, None, known)).await.unwrap();
        assert_eq!((second.start, second.total), (0, Some(2 * PIECE + 1)));
        assert!(!first.version.agrees(&second.version));
        assert!(all(body).await.unwrap().iter().all(|byte| *byte == 2));
    }

    #[tokio::test]
    async fn what_is_not_there_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none"), folder.path().to_owned()] {
            let outcome = get(&path, &Ask::default()).await;
            assert!(matches!(outcome, Err(Failure::Source(SourceError::Gone))));
        }
    }
}
