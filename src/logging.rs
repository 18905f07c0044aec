//! The log: to standard error, filtered by `SPOOL_LOG` (the syntax of tracing's `EnvFilter`).
//!
//! Secrets never reach it because the types that hold them (`Secret`, `SecretUrl`) do not print them.

use tracing_subscriber::EnvFilter;

/// What is logged without `SPOOL_LOG`. relm4 opens a span that prints every message, so it stays quiet.
const DEFAULT_FILTER: &str = "warn,spool=info,spool_engine=info,spool_player=info,relm4=warn";

/// Starts the log. A second call does nothing.
pub fn init() {
    let filter =
        EnvFilter::try_from_env("SPOOL_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    // Fails only when a log runs already, as in tests.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
        .ok();
}
