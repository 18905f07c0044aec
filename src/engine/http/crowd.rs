//! Patience with a server, or what stands in front of it, that lets only so many requests in at a time.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};

use super::retry::{self, Retry};
use super::{Ask, Http, reply};
use crate::source_error::SourceError;

/// Whoever should wait longer than this is told instead.
const LONGEST: Duration = Duration::from_secs(10);

impl Http {
    /// The answer to a question. A `GET` that comes too soon after others (429) is asked again, in growing distances or when
    /// the server wishes, and a little apart from its likes.
    pub(super) async fn admitted(&self, ask: Ask<'_>) -> Result<Response, SourceError> {
        let mut plan = Retry::new(&retry::LIMITED);
        loop {
            let response = self.send(&ask).await?;
            if response.status() != StatusCode::TOO_MANY_REQUESTS || ask.method != Method::GET {
                return Ok(response);
            }
            let wish = reply::wish(response.headers());
            let delay = plan.next_delay(wish).filter(|delay| *delay <= LONGEST);
            let Some(delay) = delay else {
                return Ok(response);
            };
            drop(response);
            tokio::time::sleep(delay.mul_f64(rand::random_range(1.0..1.25))).await;
        }
    }
}
