//! What is told of the playback to the database and the server, and when.
//!
//! [`Reports`] is the rule, pure. [`Delivery`] hands the reports to the engine one after the other, off the window's
//! thread, so that *stopped* is never overtaken by an older position.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use spool_engine::model::Chosen;
use spool_engine::playback::Session;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// The longest time that a running playback goes unreported: what a crash may cost.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// One report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// It began here.
    Started(Duration),
    /// It is here.
    Progress {
        /// Where.
        position: Duration,
        /// Standing still.
        paused: bool,
    },
    /// It ended here.
    Stopped(Duration),
    /// These streams play.
    Plays {
        /// Which.
        chosen: Chosen,
        /// A person has chosen them.
        by_person: bool,
    },
}

/// When to report one playback.
#[derive(Debug, Default)]
pub(super) struct Reports {
    last: Option<Instant>,
}

impl Reports {
    /// The first frame is there.
    pub(super) fn begin(&mut self, position: Duration, now: Instant) -> Option<Report> {
        let first = self.last.is_none();
        self.last = Some(now);
        first.then_some(Report::Started(position))
    }

    /// Time goes by.
    pub(super) fn pass(&mut self, position: Duration, now: Instant) -> Option<Report> {
        self.last
            .filter(|last| now.duration_since(*last) >= INTERVAL)?;
        self.change(position, false, now)
    }

    /// It was paused, resumed, or has landed elsewhere.
    pub(super) fn change(
        &mut self,
        position: Duration,
        paused: bool,
        now: Instant,
    ) -> Option<Report> {
        self.last?;
        self.last = Some(now);
        Some(Report::Progress { position, paused })
    }

    /// It is over. What never began is not reported: a position of nothing would replace a true one.
    pub(super) fn end(&mut self, position: Duration) -> Option<Report> {
        self.last.take().map(|_| Report::Stopped(position))
    }
}

/// The way to the engine for the reports of one playback. Dropping it lets what was sent arrive all the same.
#[derive(Debug)]
pub(super) struct Delivery {
    reports: UnboundedSender<Report>,
    arrived: mpsc::Receiver<()>,
}

impl Delivery {
    /// Opens the way.
    #[must_use]
    pub(super) fn to(session: Session) -> Self {
        let (reports, mut inbox) = unbounded_channel();
        let (done, arrived) = mpsc::sync_channel(1);
        relm4::spawn(async move {
            while let Some(report) = inbox.recv().await {
                match report {
                    Report::Started(position) => session.started(position).await,
                    Report::Progress { position, paused } => {
                        session.progress(position, paused).await
                    }
                    Report::Stopped(position) => session.stopped(position).await,
                    Report::Plays { chosen, by_person } => session.plays(chosen, by_person),
                }
            }
            // Nobody waits any more, unless the program ends just now.
            done.try_send(()).ok();
        });
        Self { reports, arrived }
    }

    /// Sends a report.
    pub(super) fn send(&self, report: Report) {
        if self.reports.send(report).is_err() {
            tracing::warn!(?report, "a report was lost");
        }
    }

    /// Waits until all reports have arrived, but no longer than `most`: for the end of the program only.
    pub(super) fn finish_blocking(self, most: Duration) {
        drop(self.reports);
        if self.arrived.recv_timeout(most).is_err() {
            tracing::warn!("the last report is still on its way");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn every_ten_seconds_and_not_more_often() {
        let start = Instant::now();
        let mut reports = Reports::default();
        assert_eq!(
            reports.begin(seconds(7), start),
            Some(Report::Started(seconds(7)))
        );
        assert_eq!(reports.pass(seconds(16), start + seconds(9)), None);
        let due = Some(Report::Progress {
            position: seconds(17),
            paused: false,
        });
        assert_eq!(reports.pass(seconds(17), start + seconds(10)), due);
        assert_eq!(reports.pass(seconds(18), start + seconds(11)), None);
    }

    #[test]
    fn a_change_is_told_at_once_and_counts() {
        let start = Instant::now();
        let mut reports = Reports::default();
        reports.begin(Duration::ZERO, start);
        let told = reports.change(seconds(5), true, start + seconds(5));
        assert_eq!(
            told,
            Some(Report::Progress {
                position: seconds(5),
                paused: true
            })
        );
        assert_eq!(reports.pass(seconds(6), start + seconds(12)), None);
    }

    #[test]
    fn what_never_began_is_never_told() {
        let now = Instant::now();
        let mut reports = Reports::default();
        assert_eq!(reports.change(seconds(5), false, now), None);
        assert_eq!(reports.pass(seconds(5), now + seconds(60)), None);
        assert_eq!(reports.end(seconds(5)), None);
    }

    #[test]
    fn the_end_is_told_once() {
        let mut reports = Reports::default();
        reports.begin(Duration::ZERO, Instant::now());
        assert_eq!(reports.end(seconds(9)), Some(Report::Stopped(seconds(9))));
        assert_eq!(reports.end(seconds(9)), None);
    }
}
