"""The whole journey through the real window, three times: by the actions of the accessibility bus alone, by the keyboard
alone, and by the mouse alone. Pick a preset, set a field, guess the order, run, watch, read the verdict, learn, compare
with an earlier run, save a picture, export. A way decides only how something is done; what must come of it is the same."""

import csv
import json
import os
import subprocess
import time

from atspi import (
    BUTTON,
    OPTION,
    PROGRAM,
    Atspi,
    GLib,
    announce_assistive_client,
    answered,
    application,
    fail,
    find,
    is_chosen,
    key,
    name_of,
    options_of,
    press,
    role_of,
    shot,
    step,
    texts,
    type_text,
    wait,
    wait_done,
    walk,
)

PRESET = "Compute and wait"
MODELS = 8
TRIALS = 3
# A model that is not the first of the order to guess.
GUESSED = "Threads"
PATH = ("text", "entry")
RADIO = ("radio button",)
TAB = ("page tab",)
ANSWERS = ("Right.", "No: ")


class Actions:
    """Does everything by actions, values and texts of the accessibility bus. Touches neither keys nor pointer."""

    name = "actions"

    def activate(self, name, roles, _area=None):
        press(wait(f"{name!r} to press", lambda: find(name, roles)), name)

    def pick_preset(self):
        self.activate(PRESET, OPTION)

    def set_trials(self):
        field = wait("the field Trials", lambda: find("Trials", ("spin button",)))
        Atspi.Value.set_current_value(field, TRIALS) or fail("Trials can't be set")

    def move_first(self):
        self.activate(GUESSED, OPTION)
        wait("the model to be selected", lambda: is_chosen(find(GUESSED, OPTION)))
        for place in range(position(GUESSED) - 1, 0, -1):
            self.activate("Move up", BUTTON)
            wait(f"{GUESSED} at {place}", lambda place=place: position(GUESSED) == place)

    def show_tab(self, name, _number):
        self.activate(name, TAB)

    def start(self):
        self.activate("Run", BUTTON)

    def open_export(self):
        self.activate("Export…", BUTTON)

    def open_by_button(self, name):
        self.activate(name, BUTTON)

    def choose_run(self):
        choices = [node for node in walk(find("Compare with a stored run", ("dialog",))) if role_of(node) in BUTTON]
        choices or fail("no stored run to compare with")
        press(choices[0], name_of(choices[0]))

    def save_at(self, path):
        field = wait("the path field", lambda: find("File", PATH))
        Atspi.EditableText.set_text_contents(field, path) or fail("the path can't be set")
        wait("the path", lambda: text_of("File") == path, seen=lambda: text_of("File"))
        self.activate("Save", BUTTON)
        return path

    def close_dialog(self):
        self.activate("Close", BUTTON)


class Keys(Actions):
    """Does everything by keys. The bus only tells what has the focus."""

    name = "keys"

    def activate(self, name, roles, _area=None):
        self.tab_to(name, roles)
        key("Return")

    def tab_to(self, name, roles):
        """Moves the focus by Tab alone until this widget has it."""
        seen = []
        for _ in range(150):
            before = FOCUS.now()
            if before[0] == name and before[1] in roles:
                return
            seen.append(before)
            FOCUS.press("Tab")
        fail(f"Tab does not reach {name!r}; it reached {seen}")

    def arrow_to(self, name, keys="Down"):
        """Moves the focus within a list, which is one stop of Tab."""
        seen = []
        for _ in range(60):
            before = FOCUS.now()[0]
            if before == name:
                return
            seen.append(before)
            FOCUS.press(keys)
        fail(f"the arrow keys do not reach {name!r}; they reached {seen}")

    def pick_preset(self):
        self.tab_to(selected_of("All presets"), OPTION)
        self.arrow_to(PRESET)
        key("Return")

    def set_trials(self):
        self.tab_to("Trials", ("spin button", *PATH))
        key("ctrl+a")
        type_text(str(TRIALS))
        key("Return")

    def move_first(self):
        self.tab_to(selected_of("Order of the models"), OPTION)
        self.arrow_to(GUESSED)
        for place in range(position(GUESSED) - 1, 0, -1):
            key("alt+Up")
            wait(f"{GUESSED} at {place}", lambda place=place: position(GUESSED) == place)

    def show_tab(self, _name, number):
        key(f"ctrl+{number}")

    def start(self):
        key("ctrl+r")

    def open_export(self):
        key("ctrl+e")

    def choose_run(self):
        # The first run of the list has the focus.
        wait("the focus on a run", lambda: (FOCUS.now()[0] or "").startswith(PRESET), 10, FOCUS.now)
        key("Return")

    def save_at(self, path):
        wait("the focus on the path", lambda: FOCUS.now()[0] == "File", 10, FOCUS.now)
        key("ctrl+a")
        type_text(path)
        wait("the path", lambda: text_of("File") == path, seen=lambda: text_of("File"))
        key("Return")
        return path

    def close_dialog(self):
        key("Escape")


class Mouse(Actions):
    """Does everything with the pointer: buttons, wheel, dragging. The bus only tells where things are."""

    name = "mouse"

    def activate(self, name, roles, area=None):
        find_it = lambda: find(name, roles)  # noqa: E731
        wait(f"{name!r} to click", find_it)
        if area:
            scroll_into(find_it, area)
        point_at(find_it)
        xdotool("click", "1")

    def pick_preset(self):
        self.activate(PRESET, OPTION, lambda: between("Search presets", "Open…"))

    def set_trials(self):
        field = lambda: find("Trials", ("spin button",))  # noqa: E731
        scroll_into(field, lambda: between("Own function…", None))
        x, y = point_at(field)
        xdotool("mousedown", "1")
        for _ in range(200):
            if round(Atspi.Value.get_current_value(field())) >= TRIALS:
                break
            x += 2
            xdotool("mousemove", str(x), str(y))
        xdotool("mouseup", "1")

    def move_first(self):
        row = lambda: find(GUESSED, OPTION)  # noqa: E731
        x, y, _, height = box(row())
        x, y = x + 60, y + min(height, 26) // 2
        target = box(options_of("Order of the models")[0])[1] + 2
        # Far enough for a drag, and still within the row, until the window has seen it: else it takes hold of another.
        xdotool("mousemove", str(x), str(y), "mousedown", "1", "mousemove", str(x), str(y - 8))
        wait("the row to be held", lambda: is_chosen(row()))
        xdotool("mousemove", str(x), str(target))
        wait(f"{GUESSED} at 1", lambda: position(GUESSED) == 1)
        xdotool("mouseup", "1")

    def choose_run(self):
        choices = [node for node in walk(find("Compare with a stored run", ("dialog",))) if role_of(node) in BUTTON]
        self.activate(name_of(choices[0]), BUTTON)

    def save_at(self, _path):
        # A pointer types nothing: the path that the dialog suggests has to do.
        path = wait("a path that is suggested", lambda: text_of("File"))
        not os.path.exists(path) or fail(f"{path} is there already")
        self.activate("Save", BUTTON)
        return path


def xdotool(*arguments):
    subprocess.run(["xdotool", *arguments], check=True)


class Focus:
    """Follows the focus by the events of the bus: looking through the whole window after each key would take long."""

    def __init__(self):
        self.node, self.known, self.moves = None, (None, None), 0
        self.listener = Atspi.EventListener.new(self.moved)
        self.listener.register("object:state-changed:focused")

    def moved(self, event):
        if event.detail1:
            self.node, self.known = event.source, (name_of(event.source), role_of(event.source))
            self.moves += 1
        elif event.source == self.node:
            self.node, self.known = None, (None, None)
            self.moves += 1

    def now(self):
        """Name and role of the widget with the focus."""
        context = GLib.MainContext.default()
        while context.pending():
            context.iteration(False)
        return self.known

    def press(self, keys):
        """Presses keys and waits until they have moved the focus."""
        self.now()
        before = self.moves
        key(keys)
        wait(f"{keys} to move the focus", lambda: self.now() and self.moves != before, seen=self.now)


FOCUS = Focus()


def selected_of(name):
    chosen = [node for node in options_of(name) if is_chosen(node)]
    chosen or fail(f"nothing is selected in {name!r}")
    return name_of(chosen[0])


def position(model):
    """Place of a model in the guessed order, from what is said of it."""
    node = find(model, OPTION)
    said = (node.get_description() or "") if node else ""
    return int(said.split(" of ")[0]) if " of " in said else 0


def text_of(name):
    node = find(name, PATH)
    if node is None:
        return ""
    return Atspi.Text.get_text(node, 0, -1)


def box(node):
    """Left, top, width and height on the screen."""
    extents = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
    return extents.x, extents.y, extents.width, extents.height


def between(above, below):
    """Left, right, top and bottom of what is scrolled between two widgets; the status line is below everything."""
    x, y, width, height = box(find(above) or fail(f"no {above!r}"))
    bottom = box(find(below) or fail(f"no {below!r}"))[1] if below else 770
    return x + 20, x + width, y + height, bottom


def scroll_into(look, area):
    """Turns the wheel until the middle of a widget is within the area."""
    for _ in range(80):
        left, _, top, bottom = area()
        _, y, _, height = box(look())
        middle = y + height // 2
        if top + 24 < middle < bottom - 12:
            return
        xdotool("mousemove", str(left), str((top + bottom) // 2), "click", "5" if middle >= bottom - 12 else "4")
        try_wait(lambda before=y: look() and box(look())[1] != before, 3)
    fail(f"the wheel does not bring it into sight: {box(look())} in {area()}")


def try_wait(look, seconds):
    """Waits for a condition that need not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not look():
        time.sleep(0.05)


def point_at(look):
    """Moves the pointer to the middle of a widget that has come to rest."""
    last = []

    def rests():
        node = look()
        last.append(box(node) if node else None)
        return len(last) > 2 and last[-1] and last[-1] == last[-2] == last[-3]

    wait("a widget at rest", rests, seen=lambda: last[-3:])
    x, y, width, height = last[-1]
    point = (x + width // 2, y + height // 2)
    xdotool("mousemove", *map(str, point))
    return point


def stored_runs():
    out = subprocess.run([PROGRAM, "runs", "--json"], check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def journey(way):
    def told(text):
        step(f"{way.name}: {text}")

    window = subprocess.Popen([PROGRAM])
    try:
        wait("the window on the accessibility bus", lambda: find("Run", BUTTON), 120)
        told("the window is on the bus")

        way.pick_preset()
        wait("the preset", lambda: is_chosen(find(PRESET, OPTION)))
        # The preset has a run already, which is shown: the question stands on the page before it.
        way.activate("Before the run", BUTTON)
        wait("the question", lambda: find(GUESSED, OPTION))
        way.set_trials()
        wait("the number of trials", lambda: value_of("Trials") == TRIALS, seen=lambda: value_of("Trials"))
        way.move_first()
        position(GUESSED) == 1 or fail(f"{GUESSED} is at {position(GUESSED)}")
        way.activate("That is my guess", BUTTON)
        wait("the ideal of a model", lambda: find(starts=f"Ideal of {GUESSED}, Rust, calculated"))
        told("picked, set, guessed")
        shot(f"journey-{way.name}-guessed")

        known = {run["id"] for run in stored_runs()}
        way.start()
        wait("Cancel while it runs", lambda: find("Cancel", BUTTON))
        way.show_tab("CPU", 2)
        wait("the tab CPU", lambda: is_chosen(find("CPU", TAB)))
        wait_done("the end of the run")
        told("ran, watched")

        way.show_tab("Compare", 1)
        rows = wait("a row for each model", lambda: spoken_rows(MODELS))
        all(f" in {TRIALS} trials" in row for row in rows) or fail(f"not {TRIALS} trials in each of {rows}")
        wait("the answer to the guess", answered)
        new = [run for run in stored_runs() if run["id"] not in known]
        len(new) == 1 and new[0]["title"] == PRESET or fail(f"the run is not stored once: {new}")
        headline = new[0]["headline"]
        wait(f"the verdict {headline!r}", lambda: headline in texts())
        told(f"read: {headline}")
        shot(f"journey-{way.name}-verdict")

        way.show_tab("Learn", 7)
        choice = wait("a question", first_choice)
        way.activate(choice, RADIO, lambda: between("Learn", None))
        wait("the answer to the question", lambda: any(text.startswith(ANSWERS) for text in texts()))
        told(f"learned, answering {choice!r}")
        shot(f"journey-{way.name}-learn")
        way.show_tab("Compare", 1)
        wait("the tab Compare", lambda: is_chosen(find("Compare", TAB)))

        way.open_by_button("Compare with…")
        wait("the stored runs", lambda: find("Compare with a stored run", ("dialog",)))
        wait("a stored run", lambda: find(starts=PRESET, role=BUTTON))
        way.choose_run()
        wait("the comparison", lambda: find("Comparison of two runs", ("dialog",)))
        compared = wait("a row for each model compared", lambda: table_rows("Wall time of NEW / OLD", MODELS))
        told(f"compared: {compared[0]}")
        shot(f"journey-{way.name}-compared")
        way.close_dialog()
        wait("the end of the dialog", lambda: not find("Comparison of two runs", ("dialog",)))

        way.open_by_button("Save picture…")
        wait("the dialog of the picture", lambda: find("Save picture", ("dialog",)))
        picture = way.save_at(os.path.join(os.environ["HOME"], f"{way.name}.png"))
        wait("the picture", lambda: os.path.exists(picture) and os.path.getsize(picture) > 0)
        wait("the word of it", lambda: f"Wrote {picture}" in texts())
        with open(picture, "rb") as file:
            file.read(8) == b"\x89PNG\r\n\x1a\n" or fail(f"{picture} is no PNG")
        way.close_dialog()
        wait("the end of the dialog", lambda: not find("Save picture", ("dialog",)))

        way.open_export()
        wait("the export", lambda: find(starts="Summary (CSV)"))
        table = way.save_at(os.path.join(os.environ["HOME"], f"{way.name}.csv"))
        wait("the table", lambda: os.path.exists(table) and os.path.getsize(table) > 0)
        wait("the word of it", lambda: f"Wrote {table}" in texts())
        with open(table, newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        of_run = [(line["experiment"], line["status"], line["trials"]) for line in lines]
        of_run == [("mixed", "completed", str(TRIALS))] * MODELS or fail(f"the table has {of_run}")
        all(float(line["wall_ms_median"]) > 0 for line in lines) or fail("a time is missing in the table")
        way.close_dialog()
        wait("the end of the dialog", lambda: not find("Export results", ("dialog",)))
        told(f"wrote {os.path.basename(picture)} and {os.path.basename(table)}")
        window.poll() is None or fail("the window has gone")
    finally:
        window.terminate()
        window.wait(30)


def value_of(name):
    node = find(name, ("spin button",))
    return round(Atspi.Value.get_current_value(node)) if node else None


def spoken_rows(count):
    rows = [name_of(node) for node in walk(application()) if role_of(node) == "table row"]
    rows = [row for row in rows if ", Rust: " in row]
    return rows if len(rows) == count else None


def table_rows(name, count):
    table = find(name, ("table",))
    rows = [name_of(node) for node in walk(table) if role_of(node) == "table row"]
    return rows if len(rows) == count else None


def first_choice():
    node = find(role=RADIO)
    return name_of(node) if node else None


def main():
    announce_assistive_client()
    earlier = [PROGRAM, "run", "mixed", "--trials", "1", "--warmups", "0", "--quiet"]
    subprocess.run(earlier, check=True, stdout=subprocess.DEVNULL)
    step("an earlier run is stored")
    for way in (Actions(), Keys(), Mouse()):
        journey(way)
    print("3 passed, 0 failed")


main()
