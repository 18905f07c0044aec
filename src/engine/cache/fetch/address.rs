//! The address of one resource: asked for only when bytes are missing, once for all who need it.
//!
//! **Does not know** what is fetched from it. **Threads**: shared by the runs of one resource; who comes second waits for the first.

use tokio::sync::Mutex;

use super::super::Locator;
use super::super::entry::EntryShared;
use crate::http::{Http, Located, SecretUrl};
use crate::source_error::SourceError;

/// Where a resource is now; asked for once, whoever needs it.
#[derive(Default)]
pub(in super::super) struct Address(Mutex<(u64, Option<(Http, SecretUrl)>)>);

impl Address {
    /// The address and its number; a new one when `stale` is the number of the one that is known.
    pub(super) async fn get(
        &self,
        locator: &dyn Locator,
        shared: &EntryShared,
        stale: Option<u64>,
    ) -> Result<(u64, Http, SecretUrl), SourceError> {
        let mut known = self.0.lock().await;
        if stale == Some(known.0) {
            known.1 = None;
        }
        if known.1.is_none() {
            match locator.locate(&shared.key).await? {
                Located::Remote { http, url, .. } => *known = (known.0 + 1, Some((http, url))),
                Located::File(_) => {
                    return Err(SourceError::Malformed("a file of this computer".into()));
                }
            }
        }
        let (http, url) = known.1.clone().ok_or(SourceError::Gone)?;
        Ok((known.0, http, url))
    }
}
