//! The script of faults: what goes wrong, on which path, for which requests, how often.
//!
//! A [`Rule`] names a path and what is wrong with its replies. Rules are tried in the order in which they were added; the first
//! that matches a request and is not used up decides alone about it.
//!
//! ```
//! # use testkit::{Blob, FakeServer, Fault, Only, Options, Rule};
//! let server = FakeServer::start(Options::default());
//! server.add_blob("/blob/x", Blob::pattern(1 << 20, 1));
//! // The first two ranged replies end early, then all is well.
//! server.script(Rule::on("/blob/x").only(Only::Ranged).fault(Fault::Truncate { after: 1000 }).times(2));
//! // HEAD never works.
//! server.script(Rule::on("*").only(Only::Head).fault(Fault::Status(500)));
//! ```

use crate::blob::Blob;
use crate::gate::Gate;
use crate::http::Request;

/// One thing that is wrong with a reply.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status with a short text body.
    Status(u16),
    /// A whole reply of the test's own.
    Reply {
        /// Status code.
        status: u16,
        /// Headers such as `Retry-After`; `Content-Length` is added.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
    /// 200 with a web page, as a captive portal or a wrong base path gives.
    Html,
    /// 302 to this address.
    Redirect(String),
    /// Nothing is sent before the gate opens.
    HoldReply(Gate),
    /// What was asked is done, and a gateway in between says that it gave up waiting: 504 in place of the reply.
    LostReply,
    /// The connection closes without a reply.
    NoReply,
    /// The connection closes in good order after so many body bytes.
    Truncate {
        /// Body bytes sent before.
        after: u64,
    },
    /// The connection is reset (RST) after so many body bytes; what the client has not read by then may be lost.
    Reset {
        /// Body bytes sent before.
        after: u64,
    },
    /// The body halts after so many bytes until the gate opens. A gate nobody opens halts for ever.
    Stall {
        /// Body bytes sent before.
        after: u64,
        /// What lets it go on.
        until: Gate,
    },
    /// After so many body bytes the resource *is* another one, in place: this reply goes on with the other's bytes at the same
    /// offsets, and the path serves the other from then on.
    Become {
        /// Body bytes sent before.
        after: u64,
        /// What it becomes; of the same size or larger.
        blob: Blob,
    },
    /// The bytes are right, but `Content-Range` names positions that are off by so much (not below zero).
    ShiftContentRange(i64),
    /// `Content-Range` *and* bytes are from a position off by so much: a consistent reply to another question.
    ShiftBody(i64),
    /// `Content-Range` and bytes begin so much before what was asked, and end where they should: a server that sends blocks.
    EarlyBody(u64),
    /// 206 without `Content-Range`.
    NoContentRange,
    /// 206 as `multipart/byteranges`, though one range was asked for.
    Multipart,
    /// `Content-Range` with `*` for the total.
    UnknownTotal,
    /// `Content-Range` with a total off by so much.
    WrongTotal(i64),
    /// The range is ignored: 200 with everything.
    IgnoreRange,
    /// The range is ignored, and `Accept-Ranges: none` says that it always will be.
    NoRanges,
    /// `If-Range` is ignored: a part is sent, of whatever version there is.
    IgnoreIfRange,
    /// Any `If-Range` is answered with 200 and everything, also for the version that is there.
    RefuseIfRange,
    /// The body goes compressed, with `Content-Encoding: gzip`, though nobody asked.
    Gzip,
    /// `Content-Length` is off by so much; the connection closes after the true body.
    WrongLength(i64),
    /// No `Content-Length`: the body ends with the connection.
    NoLength,
}

/// Which requests of a path a [`Rule`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// All.
    Any,
    /// `HEAD`.
    Head,
    /// `GET`.
    Get,
    /// With a `Range` header.
    Ranged,
    /// With a `Range` header whose first position is this or behind it.
    From(u64),
}

/// What is wrong with a path's replies, for which requests and how often.
#[derive(Clone, Debug)]
pub struct Rule {
    path: String,
    only: Only,
    faults: Vec<Fault>,
    skip: usize,
    left: Option<usize>,
    while_token: bool,
}

impl Rule {
    /// A rule for this path, for ever; a `*` at the end stands for anything.
    #[must_use]
    pub fn on(path: &str) -> Self {
        Self {
            path: path.into(),
            only: Only::Any,
            faults: Vec::new(),
            skip: 0,
            left: None,
            while_token: false,
        }
    }

    /// Adds something that is wrong. Several go together where that makes sense (`UnknownTotal` and `Truncate`).
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Narrows it to some requests.
    #[must_use]
    pub fn only(mut self, only: Only) -> Self {
        self.only = only;
        self
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn after(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// Ends it after so many requests.
    #[must_use]
    pub fn times(mut self, requests: usize) -> Self {
        self.left = Some(requests);
        self
    }

    /// Ends it when [`crate::FakeServer::set_token`] is called.
    #[must_use]
    pub fn until_token_changes(mut self) -> Self {
        self.while_token = true;
        self
    }

    fn matches(&self, request: &Request) -> bool {
        let path = match self.path.strip_suffix('*') {
            Some(start) => request.path.starts_with(start),
            None => request.path == self.path,
        };
        let first = || {
            let header = request.header("range")?;
            crate::http::range::ends(header)?.0
        };
        path && match self.only {
            Only::Any => true,
            Only::Head => request.method == "HEAD",
            Only::Get => request.method == "GET",
            Only::Ranged => request.header("range").is_some(),
            Only::From(position) => first().is_some_and(|first| first >= position),
        }
    }
}

/// All rules, in order.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<Rule>);

impl Script {
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0.push(rule);
    }

    pub(crate) fn clear(&mut self, path: Option<&str>) {
        self.0
            .retain(|rule| path.is_some_and(|path| rule.path != path));
    }

    pub(crate) fn token_changed(&mut self) {
        self.0.retain(|rule| !rule.while_token);
    }

    /// What is wrong with the reply to this request; counts it.
    pub(crate) fn take(&mut self, request: &Request) -> Vec<Fault> {
        for rule in &mut self.0 {
            if rule.left == Some(0) || !rule.matches(request) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if let Some(left) = &mut rule.left {
                *left -= 1;
            }
            return rule.faults.clone();
        }
        Vec::new()
    }
}
