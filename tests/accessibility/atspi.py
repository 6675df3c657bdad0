"""Looks widgets up on the accessibility bus by role and name, as a screen reader does, and presses them."""

import os
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

PROGRAM = sys.argv[1]
SHOTS = sys.argv[2] if len(sys.argv) > 2 else None

CHOSEN = (Atspi.StateType.CHECKED, Atspi.StateType.PRESSED, Atspi.StateType.SELECTED)
# Roles of a button, and of the options of a list, such as presets and the models to put in order.
BUTTON = ("push button", "button")
OPTION = ("list item",)


def shot(name):
    if SHOTS:
        subprocess.run(["import", "-window", "root", os.path.join(SHOTS, f"{name}.png")], check=False)


def fail(message):
    shot("failed")
    print(f"FAILED: {message}", flush=True)
    sys.exit(1)


def wait(what, look, seconds=60.0, seen=lambda: "", every=0.1):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = look()
        except GLib.Error:
            # A widget has gone since it was looked up.
            found = None
        if found:
            return found
        time.sleep(every)
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


def type_text(text):
    subprocess.run(["xdotool", "type", "--delay", "5", text], check=True)


def name_of(node):
    """Empty for a widget that has gone since the tree was read: the window goes on living."""
    try:
        return node.get_name() or ""
    except GLib.Error:
        return ""


def role_of(node):
    """Empty for a widget that has gone."""
    try:
        return node.get_role_name() or ""
    except GLib.Error:
        return ""


def options_of(name):
    """The options of a list, in their order."""
    parts = (node for node in walk(application()) if name_of(node) == name and role_of(node).startswith("list"))
    part = next(parts, None) or fail(f"no list {name!r}")
    return [node for node in walk(part) if role_of(node) in OPTION]


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


def step(text):
    print(f"accessibility: {text}", flush=True)


def focused():
    for node in walk(application()):
        try:
            if node.get_state_set().contains(Atspi.StateType.FOCUSED) and node.get_role_name() not in ("frame", "window"):
                return name_of(node)
        except GLib.Error:
            continue
    return None


def wait_done(what):
    wait(what, lambda: any(text.startswith("Done") for text in texts()), 180, every=0.5)


def is_chosen(node):
    states = node.get_state_set() if node else None
    return states and any(states.contains(state) for state in CHOSEN)


def described(name, start):
    """True where what is said of a widget begins so."""
    node = find(name, OPTION)
    return node is not None and (node.get_description() or "").startswith(start)


def descriptions():
    """Names and descriptions of the models to put in order."""
    nodes = [node for node in walk(application()) if node.get_role_name() in OPTION]
    return [(name_of(node), (node.get_description() or "")[:40]) for node in nodes]


def answered():
    """True once the guessed order is compared with the measured one."""
    phrases = ("your order", "other way round", "told apart")
    return any(phrase in text.lower() for text in texts() for phrase in phrases)
