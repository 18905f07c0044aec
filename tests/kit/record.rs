//! A record on disk of what the faces were asked and what they said, for judges that know the servers' own descriptions.
//!
//! Kept while `SPOOL_KIT_RECORD` names a folder: a file for each process, a JSON object on each line. Replies that a scripted
//! fault made or bent are not in it, and of bodies only JSON, for those are what a description describes.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::http::{Body, Reply, Request};

/// The folder to keep it in.
const FOLDER: &str = "SPOOL_KIT_RECORD";

/// Longer bodies are told by their length alone.
const LONGEST: u64 = 4 << 20;

fn file() -> Option<&'static Mutex<File>> {
    static FILE: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let open = || {
        let folder = std::env::var_os(FOLDER)?;
        let folder = Path::new(&folder);
        fs::create_dir_all(folder).expect("the record's folder can be made");
        let name = format!("{}.jsonl", std::process::id());
        let file = File::options()
            .create(true)
            .append(true)
            .open(folder.join(name));
        Some(Mutex::new(file.expect("the record can be written")))
    };
    FILE.get_or_init(open).as_ref()
}

/// Whether anything is recorded.
pub(crate) fn is_kept() -> bool {
    file().is_some()
}

/// Adds a request to the face of that name, at `path` below its base, with the reply.
pub(crate) fn keep(face: &str, path: &str, request: &Request, reply: &Reply) {
    let Some(file) = file() else { return };
    let line = json!({
        "face": face,
        "method": request.method,
        "path": path,
        "query": request.query,
        "headers": request.headers,
        "body": String::from_utf8_lossy(&request.body),
        "status": reply.status,
        "reply_headers": reply.headers,
        "reply": said(reply),
    });
    // One write for a line: processes do not share files, but threads do.
    let mut file = file.lock();
    writeln!(file, "{line}").expect("the record can be written");
}

fn said(reply: &Reply) -> Value {
    match &reply.body {
        Body::Bytes(bytes) if (bytes.len() as u64) < LONGEST => {
            serde_json::from_slice(bytes).unwrap_or_default()
        }
        _ => Value::Null,
    }
}
