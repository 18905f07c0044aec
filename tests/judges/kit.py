"""The test kit's server, for judges in Python: started, commanded and ended by its command-line program."""

import json
import os
import subprocess

FILM = "The Long Reel"
"""A film that both faces have; `kit.FILM` as tests/kit/titles.rs tells of it."""


class Kit:
    """A running server with both faces. Use it in a `with` statement."""

    def __init__(self, *arguments):
        self.child = subprocess.Popen(
            [os.environ["JUDGES_KIT"], *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.hello = self.line()

    def line(self):
        text = self.child.stdout.readline()
        if not text:
            raise SystemExit("the kit's server ended")
        return json.loads(text)

    def ask(self, **command):
        self.child.stdin.write(json.dumps(command) + "\n")
        self.child.stdin.flush()
        answer = self.line()
        assert answer["ok"], answer
        return answer

    def heard(self, title=FILM):
        """Position in seconds and whether it is watched, as the server keeps them: (Jellyfin's, Plex's owner's)."""
        answer = self.ask(title=title)
        return (answer["position"], answer["watched"]), (answer["plex_position"], answer["plex_watched"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()


def check(what, holds, seen=None):
    """One promise, in words; ends the judge when it is broken."""
    if not holds:
        raise SystemExit(f"WRONG: {what}: {seen!r}")
    print(f"  {what}")
