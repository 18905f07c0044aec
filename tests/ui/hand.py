#!/usr/bin/env python3
"""A hand and an eye on the running window: reads commands as JSON lines, answers each with one JSON line.

Sees through AT-SPI (roles, names, states), acts through the X server's own pointer and keyboard, so that what a test
does is what a person does. Used by the scenario tests and by `./dev run --demo` where there is no display.

Commands (field "do"):
  app      {pid?}                          wait until the program shows a window
  see      {name, role?, timeout?, gone?}  wait until such a control shows (or is gone); gives its box
  click    {name, role?, nth?, at?, button?, times?}  pointer click in its middle, or at a share of its width
  move     {x, y}                          pointer to a place in the window
  type     {text}                          keys, as text
  key      {keys}                          a key combination as xdotool spells it
  tree     {}                              every showing control as [role, name, box]
  text     {pattern, role?, timeout?}      wait until a showing name matches the regular expression; gives it
  value    {name, role?}                   current, minimum and maximum of a slider or bar
  shot     {path, x?, y?, w?, h?}          picture of the window
  pixel    {x, y}                          colour there, 0 to 255 each
  size     {w, h}                          resizes the window
"""
import json
import re
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

WAIT = 30.0


class Lost(Exception):
    """What was looked for did not come; the message says what was there instead."""


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def until(look, timeout, complaint):
    """Calls `look` until it gives something. AT-SPI has no event for 'now shows', hence the short naps."""
    end = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise Lost(complaint())
        time.sleep(0.05)


class Hand:
    def __init__(self):
        self.app = None
        self.window = None

    # --- seeing -----------------------------------------------------------------------------------------------------

    def do_app(self, timeout=WAIT, pid=None):
        def look():
            desktop = Atspi.get_desktop(0)
            desktop.clear_cache()
            for index in range(desktop.get_child_count()):
                app = desktop.get_child_at_index(index)
                if not app or app.get_child_count() == 0:
                    continue
                if pid is None or app.get_process_id() == pid:
                    self.app = app
                    return True
            return False

        until(look, timeout, lambda: "the program shows no window")
        words = ["xdotool", "search", "--sync", "--onlyvisible"]
        words += ["--pid", str(pid)] if pid else ["--class", "spool"]
        self.window = run(*words).split()[-1]
        return {"window": int(self.window)}

    def nodes(self):
        """Every showing control, parents first."""
        stack = [self.app]
        while stack:
            node = stack.pop()
            try:
                node.clear_cache_single()
                count = node.get_child_count()
                children = [node.get_child_at_index(i) for i in range(count)]
                states = node.get_state_set()
            except GLib.Error:
                continue
            # The application object itself has no states.
            if node is not self.app and not states.contains(Atspi.StateType.SHOWING):
                continue
            yield node
            stack.extend(child for child in reversed(children) if child)

    def box(self, node):
        """Its place in the X window. Without a window manager GTK draws a border of its own around the content; places are
        told from the content's corner moved by that border once more, and the frame's own place shows how wide it is."""
        frame = Atspi.Component.get_extents(self.app.get_child_at_index(0), Atspi.CoordType.WINDOW)
        extents = Atspi.Component.get_extents(node, Atspi.CoordType.WINDOW)
        border = -frame.x
        if node.get_role_name() == "frame":
            return [border, border, extents.width - 2 * border, extents.height - 2 * border]
        return [extents.x + 2 * border, extents.y + 2 * border, extents.width, extents.height]

    def matching(self, name=None, role=None, pattern=None):
        for node in self.nodes():
            try:
                text, kind = node.get_name() or "", node.get_role_name()
                if role and kind != role:
                    continue
                if name is not None and text != name:
                    continue
                if pattern is not None and not re.search(pattern, text):
                    continue
                box = self.box(node)
                if box[2] > 0 and box[3] > 0:
                    yield node, box
            except GLib.Error:
                continue

    def seen(self):
        rows = []
        for node in self.nodes():
            try:
                if node.get_name():
                    rows.append(f"{node.get_role_name()} '{node.get_name()}'")
            except GLib.Error:
                continue
        return "; ".join(rows)

    def find(self, name, role=None, nth=0, timeout=WAIT):
        def look():
            found = list(self.matching(name, role))
            return found[nth] if len(found) > nth else None

        return until(look, timeout, lambda: f"no {role or 'control'} '{name}' shows. There is: {self.seen()}")

    def do_see(self, name=None, role=None, nth=0, timeout=WAIT, gone=False):
        if gone:
            until(
                lambda: not list(self.matching(name, role)),
                timeout,
                lambda: f"'{name}' still shows. There is: {self.seen()}",
            )
            return {}
        node, box = self.find(name, role, nth, timeout)
        return {"box": box, "role": node.get_role_name()}

    def do_text(self, pattern, role=None, timeout=WAIT):
        def look():
            return next(iter(self.matching(role=role, pattern=pattern)), None)

        node, box = until(look, timeout, lambda: f"nothing reads /{pattern}/. There is: {self.seen()}")
        return {"text": node.get_name(), "box": box}

    def do_value(self, name, role=None, timeout=WAIT):
        node, _ = self.find(name, role, 0, timeout)
        return {
            "current": Atspi.Value.get_current_value(node),
            "minimum": Atspi.Value.get_minimum_value(node),
            "maximum": Atspi.Value.get_maximum_value(node),
        }

    def do_tree(self):
        rows = [[n.get_role_name(), n.get_name() or "", self.box(n)] for n in self.nodes() if n is not self.app]
        return {"tree": rows}

    # --- acting -----------------------------------------------------------------------------------------------------

    def origin(self):
        lines = run("xdotool", "getwindowgeometry", "--shell", self.window).split()
        geometry = dict(line.split("=") for line in lines)
        return int(geometry["X"]), int(geometry["Y"])

    def do_move(self, x, y):
        left, top = self.origin()
        run("xdotool", "mousemove", str(left + int(x)), str(top + int(y)))
        return {}

    def do_click(self, name, role=None, nth=0, at=0.5, button=1, times=1, timeout=WAIT):
        def settled():
            """Its box once two looks agree: a page that slides in must not be clicked in passing."""
            _, before = self.find(name, role, nth, timeout)
            time.sleep(0.1)
            _, after = self.find(name, role, nth, timeout)
            return after if before == after else None

        box = until(settled, timeout, lambda: f"'{name}' does not stand still")
        self.do_move(box[0] + box[2] * at, box[1] + box[3] / 2)
        run("xdotool", "click", "--repeat", str(times), str(button))
        return {"box": box}

    def focus(self):
        """Keys go to the program's window. Without a window manager they would go to whatever lies under the pointer, and
        that may be a tooltip."""
        run("xdotool", "windowfocus", self.window)

    def do_type(self, text):
        self.focus()
        run("xdotool", "type", "--delay", "8", text)
        return {}

    def do_key(self, keys):
        self.focus()
        run("xdotool", "key", keys)
        return {}

    def do_size(self, w, h):
        run("xdotool", "windowsize", "--sync", self.window, str(w), str(h))
        return {}

    # --- pictures ---------------------------------------------------------------------------------------------------

    def do_shot(self, path, x=None, y=None, w=None, h=None):
        words = ["import", "-window", self.window, "-depth", "8"]
        if None not in (x, y, w, h):
            words += ["-crop", f"{int(w)}x{int(h)}+{int(x)}+{int(y)}", "+repage"]
        run(*words, path)
        return {"path": path}

    def do_pixel(self, x, y):
        out = run("import", "-window", self.window, "-crop", f"1x1+{int(x)}+{int(y)}", "-depth", "8", "txt:-")
        red, green, blue = re.search(r"\((\d+),(\d+),(\d+)", out).groups()
        return {"rgb": [int(red), int(green), int(blue)]}


def main():
    hand = Hand()
    for line in sys.stdin:
        try:
            command = json.loads(line)
            answer = getattr(hand, "do_" + command.pop("do"))(**command)
            answer["ok"] = True
        except Lost as lost:
            answer = {"ok": False, "error": str(lost)}
        except (GLib.Error, subprocess.CalledProcessError, KeyError, TypeError, AttributeError, ValueError) as error:
            detail = getattr(error, "stderr", "") or ""
            answer = {"ok": False, "error": f"{type(error).__name__}: {error} {detail}"}
        print(json.dumps(answer), flush=True)


main()
