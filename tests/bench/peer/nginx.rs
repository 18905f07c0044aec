//! nginx with `slice` and its cache lock in front of the origin: the other way to share one upstream.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use super::{Program, Skipped, until};

/// A running nginx. Dropping it ends it.
pub(crate) struct Nginx {
    address: String,
    _program: Program,
}

impl Nginx {
    /// In front of the origin at `address`, with everything below `place`.
    pub(crate) fn start(address: &str, place: &Path) -> Result<Self, Skipped> {
        let failed = |error: &dyn std::fmt::Display| Skipped(format!("nginx: {error}"));
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|free| free.local_addr())
            .map_err(|error| failed(&error))?
            .port();
        let upstream = address.trim_start_matches("http://");
        let text = CONFIGURATION
            .replace("PLACE", &place.display().to_string())
            .replace("UPSTREAM", upstream)
            .replace("PORT", &port.to_string());
        let file = place.join("nginx.conf");
        std::fs::write(&file, text).map_err(|error| failed(&error))?;
        // Unpacked beside the build where it is not installed: installing it would start a web server.
        let unpacked = Path::new("target/bench/nginx/usr/sbin/nginx");
        let mut command = match unpacked.exists() {
            true => Command::new(unpacked),
            false => Command::new("nginx"),
        };
        command.arg("-c").arg(&file).arg("-p").arg(place);
        command.args(["-e", "stderr"]);
        let mut program = Program::start(&mut command)?;
        let answers = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        if !until(|| answers() || program.has_ended()) || program.has_ended() {
            return Err(Skipped("nginx does not start here".into()));
        }
        Ok(Self {
            address: format!("http://127.0.0.1:{port}"),
            _program: program,
        })
    }

    /// Address of the origin's `path` behind it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

const CONFIGURATION: &str = r#"
daemon off; master_process off; pid PLACE/nginx.pid; worker_processes 1;
events { worker_connections 256; }
http {
    access_log off; client_body_temp_path PLACE/body; proxy_temp_path PLACE/proxy;
    fastcgi_temp_path PLACE/fastcgi; uwsgi_temp_path PLACE/uwsgi; scgi_temp_path PLACE/scgi;
    sendfile on; tcp_nodelay on;
    proxy_cache_path PLACE/cache levels=1:2 keys_zone=m:20m max_size=20g inactive=30d use_temp_path=off;
    upstream origin { server UPSTREAM; keepalive 8; }
    server {
        listen 127.0.0.1:PORT;
        location / {
            slice 1m; proxy_cache m; proxy_cache_key $uri$slice_range; proxy_set_header Range $slice_range;
            proxy_http_version 1.1; proxy_set_header Connection ""; proxy_cache_valid 200 206 30d;
            proxy_cache_lock on; proxy_cache_lock_timeout 60s; proxy_cache_lock_age 60s;
            proxy_pass http://origin;
        }
    }
}
"#;
