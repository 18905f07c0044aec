"""nginx in front of the kit, as people have it in front of their servers, and Spool's own program behind: a base path, redirects,
dropped ranges, a limit on requests, TLS with a certificate of one's own, a server that is away. What the program reads is compared
byte by byte with what the kit has."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from kit import FILM, Kit, check

CONFIGURATION = """
daemon off; master_process off; worker_processes 1;
pid {place}/pid; error_log {place}/log error;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {place}/1; proxy_temp_path {place}/2; fastcgi_temp_path {place}/3;
    uwsgi_temp_path {place}/4; scgi_temp_path {place}/5;
    proxy_http_version 1.1; proxy_set_header Connection "";
    limit_req_zone $server_port zone=few:1m rate=8r/s;
    server {{ # below a path; everything else leads to the web client, as the server itself does
        listen 127.0.0.1:{base};
        location /media/jellyfin/ {{ proxy_pass http://127.0.0.1:{kit}/; }}
        location / {{ return 302 /media/jellyfin/web/; }}
    }}
    server {{ # knows no ranges
        listen 127.0.0.1:{whole};
        location / {{ proxy_pass http://127.0.0.1:{kit}; proxy_set_header Range ""; proxy_hide_header Accept-Ranges; }}
    }}
    server {{ # lets few requests in
        listen 127.0.0.1:{few};
        location / {{ limit_req zone=few burst=4 nodelay; limit_req_status 429; proxy_pass http://127.0.0.1:{kit}; }}
    }}
    server {{ # leads to TLS
        listen 127.0.0.1:{plain};
        return 301 https://127.0.0.1:{tls}$request_uri;
    }}
    server {{
        listen 127.0.0.1:{tls} ssl; http2 on;
        ssl_certificate {place}/server.pem; ssl_certificate_key {place}/server.key;
        location / {{ proxy_pass http://127.0.0.1:{kit}; }}
    }}
}}
"""


def certificates(place):
    """An authority of one's own, and a certificate by it for this computer."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=place, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Our own", "-days", "30")
    (place / "names").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=nas")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "server.pem",
            "-days", "30", "-extfile", "names")


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Proxy:
    """A running nginx."""

    DOORS = ["base", "whole", "few", "plain", "tls"]

    def __init__(self, kit, place):
        for _ in range(5):
            # Somebody may take a port between this and nginx.
            self.ports = dict(zip(self.DOORS, free_ports(len(self.DOORS))))
            text = CONFIGURATION.format(place=place, kit=kit, **self.ports)
            (place / "nginx.conf").write_text(text)
            self.child = subprocess.Popen(
                [shutil.which("nginx"), "-p", place, "-e", "stderr", "-c", place / "nginx.conf"]
            )
            if self.is_open():
                return
            self.close()
            print((place / "log").read_text() if (place / "log").exists() else "nginx said nothing")
        raise SystemExit("nginx does not start")

    def is_open(self):
        while self.child.poll() is None:
            try:
                for port in self.ports.values():
                    socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return True
            except ConnectionRefusedError:
                time.sleep(0.02)
        return False

    def address(self, door, scheme="http"):
        return f"{scheme}://127.0.0.1:{self.ports[door]}"

    def close(self):
        self.child.kill()
        self.child.wait()


class Person:
    """Somebody with a profile and Spool's program."""

    def __init__(self, folder, **environment):
        self.folder, self.environment = folder, {**os.environ, **environment}

    def does(self, *words, say=None):
        command = [os.environ["JUDGES_SPOOLCTL"], "--profile", self.folder, *words]
        return subprocess.run(command, input=say, capture_output=True, timeout=120, env=self.environment)

    def signs_in(self, address, hello):
        return self.does("accounts", "add", "jellyfin", address, "--user", hello["user"], "--password-stdin",
                         "--token-file", "--json", say=hello["password"].encode() + b"\n")


def reads_all(what, person, address, hello, film):
    """Signs in, sees the titles, reads a far range and then everything."""
    added = person.signs_in(address, hello)
    check(f"{what}: signs in", added.returncode == 0, added.stderr)
    seen = person.does("sync")
    check(f"{what}: reads the library", seen.returncode == 0, seen.stderr)
    listed = person.does("ls", FILM, "--json")
    check(f"{what}: lists the film", FILM.encode() in listed.stdout, listed)
    end = len(film)
    far = person.does("fetch", FILM, "--range", f"{end - 70_000}-{end - 1}")
    check(f"{what}: reads its end", far.stdout == film[-70_000:], (far.returncode, far.stderr, len(far.stdout)))
    whole = person.does("fetch", FILM)
    check(f"{what}: reads it whole", whole.stdout == film, (whole.returncode, whole.stderr, len(whole.stdout)))
    return json.loads(added.stdout)


def judge(kit, place):
    hello = kit.hello
    port = int(hello["address"].rsplit(":", 1)[1])
    path = kit.ask(title=FILM)["stream_path"].rstrip("*")
    with urllib.request.urlopen(f"{hello['address']}{path}?static=true", timeout=60) as reply:
        film = reply.read()
    certificates(place)
    proxy = Proxy(port, place)

    def person(name, **environment):
        return Person(place / name, **environment)

    try:
        reads_all("below a path", person("a"), proxy.address("base") + "/media/jellyfin", hello, film)
        found = reads_all("a path found by itself", person("b"), proxy.address("base"), hello, film)
        check("and kept", found["address"].rstrip("/").endswith("/media/jellyfin"), found["address"])
        reads_all("ranges dropped", person("c"), proxy.address("whole"), hello, film)
        reads_all("few requests let in", person("d"), proxy.address("few"), hello, film)

        stranger = person("e")
        refused = stranger.signs_in(proxy.address("tls", "https"), hello)
        check("an unknown certificate is refused", refused.returncode == 1, refused)
        heard = kit.ask(log="/Users/AuthenticateByName")["requests"]
        friend = person("f", SPOOL_CA_FILE=str(place / "ca.pem"))
        reads_all("TLS by an authority of one's own", friend, proxy.address("tls", "https"), hello, film)
        after = kit.ask(log="/Users/AuthenticateByName")["requests"]
        check("the password went to a known certificate only", len(after) == len(heard) + 1, (len(heard), len(after)))
        moved = person("g", SPOOL_CA_FILE=str(place / "ca.pem"))
        found = reads_all("http that leads to https", moved, proxy.address("plain"), hello, film)
        check("and https is kept", found["address"].startswith("https://"), found["address"])

        kit.ask(stop=True)
        away = friend.does("sync")
        check("a server that is away is told (502)", away.returncode == 1, away)
        check("what is here is here all the same", friend.does("fetch", FILM).stdout == film)
        kit.ask(start=True)
        check("and it works again when it is back", friend.does("sync").returncode == 0)
    finally:
        proxy.close()


with tempfile.TemporaryDirectory(prefix="spool-proxy-") as folder, Kit() as running:
    judge(running, Path(folder))
