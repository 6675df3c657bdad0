"""Looks widgets up on the accessibility bus by role and name, as a screen reader does, and presses them."""

import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402


def fail(message):
    print(f"FAILED: {message}")
    sys.exit(1)


def wait(what, look, seconds=30.0, seen=lambda: ""):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    fail(f"{what}: not within {seconds} s {seen()}")


def walk(node, depth=0):
    if node is None or depth > 40:
        return
    yield node
    try:
        children = [node.get_child_at_index(place) for place in range(node.get_child_count())]
    except GLib.Error:
        return
    for child in children:
        yield from walk(child, depth + 1)


def application():
    desktop = Atspi.get_desktop(0)
    for place in range(desktop.get_child_count()):
        app = desktop.get_child_at_index(place)
        if app is not None and "concurrency" in (app.get_name() or "").lower():
            # The window changes all the time: nothing read before is still true.
            app.clear_cache()
            return app
    return None


def find(name=None, role=None, starts=None):
    app = application()
    for node in walk(app) if app else []:
        try:
            has = node.get_name() or ""
            if name is not None and has != name:
                continue
            if starts is not None and not has.startswith(starts):
                continue
            if role is not None and node.get_role_name() not in role:
                continue
            return node
        except GLib.Error:
            continue
    return None


def press(node, what):
    if node.get_n_actions() == 0 or not node.do_action(0):
        fail(f"{what} can't be pressed")


def key(keys):
    subprocess.run(["xdotool", "key", "--clearmodifiers", keys], check=True)


def name_of(node):
    """Empty for a widget that has gone since the tree was read: the window goes on living."""
    try:
        return node.get_name() or ""
    except GLib.Error:
        return ""


def texts():
    return [name_of(node) for node in walk(application())]


def announce_assistive_client(there=True):
    """Does what a screen reader does when it starts or ends: applications keep their trees while one is there."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        value = GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", there)))
        bus.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set", value, None, 0, 5000, None
        )
