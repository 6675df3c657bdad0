"""Drives the real window through AT-SPI: pick a preset, guess, run, read the results, export; then the
same by keyboard alone. Every step looks widgets up by role and name, as a screen reader does."""

import csv
import os
import subprocess
import time

from atspi import (
    BUTTON,
    OPTION,
    PROGRAM,
    GLib,
    announce_assistive_client,
    answered,
    application,
    described,
    descriptions,
    fail,
    find,
    focused,
    is_chosen,
    key,
    name_of,
    press,
    shot,
    step,
    texts,
    type_text,
    wait,
    wait_done,
    walk,
)

def tab_to(name):
    """Moves the focus by Tab alone until a widget of this name has it."""
    seen = []
    for _ in range(120):
        key("Tab")
        time.sleep(0.08)
        seen.append(focused())
        if seen[-1] == name:
            return
    fail(f"Tab does not reach {name!r}; it reached {seen}")


def arrow_to(name):
    """Moves the focus within a list, which is one stop of Tab."""
    key("Home")
    seen = []
    for _ in range(80):
        time.sleep(0.08)
        seen.append(focused())
        if seen[-1] == name:
            return
        key("Down")
    fail(f"the arrow keys do not reach {name!r}; they reached {seen}")


def spoken_rows(count=8):
    """The rows of the result table: each is named by a sentence."""
    names = []
    for node in walk(application()):
        try:
            names += [name_of(node)] if node.get_role_name() == "table row" else []
        except GLib.Error:
            continue
    rows = [name for name in names if ", Rust: " in name]
    return rows if len(rows) == count else None


def by_keyboard_alone():
    window = subprocess.Popen([PROGRAM])
    try:
        wait("the window on the accessibility bus", lambda: find("Run", BUTTON), 60)
        time.sleep(1)
        tab_to("Quick tour")
        arrow_to("Two tasks")
        key("Return")
        wait("the preset's own question", lambda: any("A waits 2 s" in text for text in texts()), 10)
        step("keyboard: preset picked")
        tab_to("Sequential")
        key("Down")
        key("Down")
        wait("the model to be selected", lambda: is_chosen(find("Thread pool", OPTION)), 10)
        for place in ("2 of 5.", "1 of 5."):
            key("alt+Up")
            wait(f"the model at {place}", lambda place=place: described("Thread pool", place), 10, descriptions)
        tab_to("That is my guess")
        key("Return")
        key("ctrl+r")
        wait("a run", lambda: find("Cancel", BUTTON), 10)
        wait_done("the end of the run")
        wait("the answer to the guess", answered, 10)
        step("keyboard: guessed, run, answered")
        shot("keyboard-two-tasks")
        key("ctrl+3")
        wait("the order of starts and ends", lambda: any("A started" in text for text in texts()), 10)
        shot("keyboard-timeline")
        path = os.path.join(os.environ["HOME"], "by-keyboard.csv")
        key("ctrl+e")
        wait("the export dialog", lambda: find(starts="Summary (CSV)"), 10)
        time.sleep(0.5)
        key("ctrl+a")
        type_text(path)
        key("Return")
        wait("the exported file", lambda: os.path.exists(path), 10)
        with open(path, newline="", encoding="utf-8") as file:
            rows = {row["model"]: float(row["wall_ms_median"]) for row in csv.DictReader(file)}
        step(f"keyboard: exported {rows}")
        expected = {"sequential": 5000, "threads": 3000, "thread-pool": 3000, "async": 3000, "process-pool": 3000}
        for model, ms in expected.items():
            abs(rows[model] - ms) <= ms * 0.02 or fail(f"{model} took {rows[model]} ms, not {ms} within 2 %")
    finally:
        window.terminate()
        window.wait(10)


def main():
    announce_assistive_client()
    by_pointer()
    by_keyboard_alone()
    a_stored_sweep()
    print("3 passed, 0 failed")


def a_stored_sweep():
    """A sweep that the terminal has stored: its finding, its curves as a sentence, its figures, one point, a picture of
    it, and its comparison with an earlier run."""
    stored = os.path.join(os.environ["HOME"], "sweep.clab")
    models = "sequential,thread-pool"
    sweep = [PROGRAM, "run", "quick-tour", "--models", models, "--sweep", "workers=1,4", "--trials", "2", "--quiet"]
    subprocess.run(sweep, check=True)
    subprocess.run([*sweep, "--save", stored], check=True)
    window = subprocess.Popen([PROGRAM, stored])
    try:
        wait("the scaling view", lambda: find("Scaling", ("page tab",)), 60)
        wait("the curves in a sentence", lambda: find(starts="wall time over Workers"), 10)
        step(f"curves: {name_of(find(starts='wall time over Workers'))}")
        curve = wait("a name in the legend", lambda: find("Curve of Thread pool", ("check box",)), 5)
        press(curve, "the name in the legend")
        wait("the curve hidden", lambda: not is_chosen(find("Curve of Thread pool", ("check box",))), 5)
        shot("a11y-scaling")
        key("ctrl+1")
        wait("a row per model at one point", lambda: spoken_rows(2), 10)
        find("Point") or fail("no choice of the point")
        step("a sweep read")
        pictures_of_the_view()
        compare_with_the_run_before()
    finally:
        window.terminate()
        window.wait(10)


def pictures_of_the_view():
    press(find("Copy picture", BUTTON) or fail("no button Copy picture"), "Copy picture")
    wait("a picture on the clipboard", lambda: any("Copied a picture" in text for text in texts()), 20)
    press(find("Save picture…", BUTTON) or fail("no button Save picture…"), "Save picture…")
    wait("the dialog of the picture", lambda: find("Save picture", ("dialog",)), 10)
    shot("a11y-picture")
    path = os.path.join(os.environ["HOME"], "compare.png")
    type_path(path)
    with open(path, "rb") as file:
        file.read(8) == b"\x89PNG\r\n\x1a\n" or fail("the picture is no PNG")
    key("Escape")
    wait("the dialog's end", lambda: not find("Save picture", ("dialog",)), 10)
    step("a picture copied and saved")


def compare_with_the_run_before():
    press(find("Compare with…", BUTTON) or fail("no button Compare with…"), "Compare with…")
    wait("the stored runs", lambda: find("Compare with a stored run", ("dialog",)), 10)
    # The first run of the list has the focus.
    time.sleep(0.5)
    key("Return")
    wait("the comparison", lambda: find("Comparison of two runs", ("dialog",)), 10)
    wait("the order said", lambda: any("not interleaved" in text or "blocked" in text for text in texts()), 5)
    time.sleep(0.6)
    shot("a11y-comparison")
    key("Escape")
    wait("the dialog's end", lambda: not find("Comparison of two runs", ("dialog",)), 10)
    step("compared with the run before")


def by_pointer():
    window = subprocess.Popen([PROGRAM])
    try:
        wait("the window on the accessibility bus", lambda: find("Run", BUTTON), 60)
        step("the window is on the bus")
        for name in ("Run", "Help"):
            find(name, BUTTON) or fail(f"no button {name}")
        for name in ("Tasks", "Task duration", "Workers", "Trials"):
            wait(f"the field {name}", lambda name=name: find(name), 5)
        find("Threads, Rust", ("check box",)) or fail("no check box 'Threads, Rust'")

        press(wait("the preset", lambda: find("Quick tour")), "the preset Quick tour")
        step("preset picked")
        press(wait("a model to put in order", lambda: find("Async", OPTION)), "the model Async")
        wait("the model to be selected", lambda: is_chosen(find("Async", OPTION)), 10)
        press(find("Move up", BUTTON) or fail("no button 'Move up'"), "Move up")
        press(find("That is my guess", BUTTON) or fail("no button 'That is my guess'"), "That is my guess")
        wait("the ideal of Async", lambda: find(starts="Ideal of Async, Rust, calculated"), 10)
        step("guessed an order, and the ideals are there")
        press(find("Run", BUTTON), "Run")
        wait("Cancel while it runs", lambda: find("Cancel", BUTTON), 20)
        step("running")
        wait_done("the end of the run")
        shot("a11y-compare")
        rows = wait("eight rows that speak", spoken_rows, 10)
        step(f"{len(rows)} rows read, the first: {rows[0]}")
        wait("the answer to the guess", answered, 10)

        for name in ("CPU", "Timeline", "Distribution", "Compare"):
            tab = find(name, ("page tab",)) or fail(f"no tab {name}")
            press(tab, f"the tab {name}")
            time.sleep(0.6)
            shot(f"a11y-{name.lower()}")
        step("tabs visited")

        press(find("Export…", BUTTON) or fail("no button Export…"), "Export…")
        wait("the export dialog", lambda: find(starts="Summary (CSV)"), 10)
        shot("a11y-export")
        export_by_path(os.path.join(os.environ["HOME"], "summary.csv"))

        key("Escape")
        wait("the dialog's end", lambda: not find(starts="Summary (CSV)"), 10)
        key("ctrl+r")
        wait("a run started by Ctrl+R", lambda: find("Cancel", BUTTON), 10)
        key("Escape")
        wait("a run cancelled by Escape", lambda: any(text.startswith("Cancelled") for text in texts()), 10)
        step("run and cancelled by keyboard")
        for keys in ("ctrl+2", "ctrl+3", "ctrl+1", "F1"):
            key(keys)
            time.sleep(0.3)
        wait("the help", lambda: any("wall time" in text.lower() for text in texts()), 10)
        shot("a11y-help")
        key("Escape")
        window.poll() is None or fail("the window has gone")
    finally:
        window.terminate()
        window.wait(10)
    left = [process for process in processes_of("__") if has_our_home(process)]
    left and fail(f"processes are left: {left}")


def processes_of(word):
    return subprocess.run(["pgrep", "-f", f"{PROGRAM} {word}"], capture_output=True, text=True).stdout.split()


def has_our_home(process):
    """True for a process of this test: others may run the same program beside it."""
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            return f"HOME={os.environ['HOME']}".encode() in file.read().split(b"\0")
    except OSError:
        return False


def type_path(path):
    """Types a path into the dialog and saves."""
    wait("the path field", lambda: find("File", ("text", "entry")), 5)
    # The field has the focus: replace what it suggests, as a person would.
    key("ctrl+a")
    type_text(path)
    press(wait("Save", lambda: find("Save", BUTTON), 5), "Save")
    wait("the file", lambda: os.path.exists(path), 10)


def export_by_path(path):
    type_path(path)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    len(rows) == 8 and all(row["wall_ms_median"] for row in rows) or fail(f"the export has {len(rows)} rows")
    step("exported, and read back by Python")


main()
