"""Picks a preset, guesses the order of its models, runs it, reads the result, and takes pictures of the window all the
while: an animation of all of it, and stills of two views in both themes. The run is real; the animation shows it in
time lapse."""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "accessibility"))
from atspi import Atspi, announce_assistive_client, fail, find, is_chosen, key, texts, wait

PROGRAM, SCREEN, WORK, FOLDER = sys.argv[1], *map(Path, sys.argv[2:5])
PRESET = "Compute and wait"
BUTTON = ("push button", "button")
OPTION = ("list item",)
# Largest sizes in bytes: pictures are part of every clone.
MOST_STILL, MOST_ANIMATION = 250_000, 3_000_000
# Time between two pictures of the run, and how long the animation shows each, seconds.
EVERY, SHOWN = 0.5, 0.12
# A window that has not changed for so long shows the end of the run: during one it draws at least once a second.
SETTLED = 4.0


def screen():
    """Returns the screen as an XWD file. Two copies that are equal were not taken while a frame was drawn."""
    before = SCREEN.read_bytes()
    for _ in range(20):
        time.sleep(0.02)
        after = SCREEN.read_bytes()
        if before == after:
            break
        before = after
    return after


class Animation:
    """Pictures and for how long each is shown. A picture that equals the one before prolongs it."""

    def __init__(self):
        self.frames = []

    def hold(self, seconds):
        """Takes a picture that is shown for so long."""
        self.add(screen(), seconds)

    def add(self, picture, seconds):
        if self.frames and self.frames[-1][0] == picture:
            self.frames[-1][1] += seconds
        else:
            self.frames.append([picture, seconds])

    def write(self, path):
        arguments = ["img2webp", "-loop", "0", "-min_size", "-lossless", "-m", "6"]
        for index, (picture, seconds) in enumerate(self.frames):
            one = WORK / f"frame{index:03}.png"
            # In all colours: palettes that differ would make every picture differ from the one before.
            subprocess.run(["convert", "xwd:-", f"PNG24:{one}"], input=picture, check=True)
            arguments += ["-d", str(round(seconds * 1000)), str(one)]
        subprocess.run([*arguments, "-o", str(path)], check=True, stdout=subprocess.DEVNULL)


def still(picture, path):
    """Writes a picture as PNG with a palette of its own."""
    command = ["convert", "xwd:-", "+dither", "-colors", "255", "-strip", f"PNG8:{path}"]
    subprocess.run(command, input=picture, check=True)


def middle(node, what):
    """Returns the middle of a widget on the screen."""
    box = (node or fail(f"no {what}")).get_extents(Atspi.CoordType.SCREEN)
    return box.x + box.width // 2, box.y + box.height // 2


def pointer():
    command = ["xdotool", "getmouselocation", "--shell"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = dict(line.split("=") for line in answer.splitlines())
    return int(found["X"]), int(found["Y"])


def xdotool(*arguments):
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def away():
    """Moves the pointer out of sight."""
    xdotool("mousemove", 1279, 959)


def move(animation, to, steps=8):
    """Moves the pointer as a hand does, with a picture of each step."""
    (from_x, from_y), (to_x, to_y) = pointer(), to
    for step in range(1, steps + 1):
        share = 1 - (1 - step / steps) ** 2
        xdotool("mousemove", round(from_x + (to_x - from_x) * share), round(from_y + (to_y - from_y) * share))
        time.sleep(0.15)
        animation.hold(0.05)


def click(animation, node, what):
    move(animation, middle(node, what))
    animation.hold(0.25)
    xdotool("click", 1)
    time.sleep(0.8)
    animation.hold(0.6)


def scroll_to(animation, name):
    """Scrolls the list of presets until one is in it, and returns it."""
    search, below = find("Search presets"), find("Open…")
    left, top = middle(search, "field 'Search presets'")
    bottom = middle(below, "link 'Open…'")[1] - 30
    move(animation, (left, (top + bottom) // 2))
    for _ in range(20):
        preset = wait(f"the preset {name}", lambda: find(name, OPTION), 10)
        if top + 30 < middle(preset, name)[1] < bottom:
            return preset
        xdotool("click", 5)
        time.sleep(0.6)
        animation.hold(0.2)
    return fail(f"{name} does not come into sight")


def pick(animation):
    """Clicks the preset; again where the list has moved after its place was asked for."""
    for _ in range(3):
        click(animation, scroll_to(animation, PRESET), PRESET)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if is_chosen(find(PRESET, OPTION)):
                return
            time.sleep(0.1)
    fail(f"{PRESET} is not chosen")


def guess(animation):
    """Puts two models where their ideals say, and one where it does not belong: a guess may be wrong."""
    for name in ("Async", "Threads"):
        first = find("Sequential", OPTION) if name == "Async" else find("Async", OPTION)
        there = middle(first, "the first model")
        move(animation, middle(find(name, OPTION), name))
        xdotool("mousedown", 1)
        move(animation, (there[0], there[1] - 4), 10)
        time.sleep(0.3)
        xdotool("mouseup", 1)
        time.sleep(0.5)
        animation.hold(0.5)
    click(animation, find("That is my guess", BUTTON), "button 'That is my guess'")
    animation.hold(1.6)


def run(animation):
    """Presses Run and takes pictures until the window has stood still. No client reads the tree meanwhile: that would
    take time from what is measured."""
    move(animation, middle(find("Run", BUTTON), "button Run"))
    announce_assistive_client(False)
    time.sleep(1)
    xdotool("click", 1)
    time.sleep(0.3)
    animation.hold(SHOWN)
    away()
    changed = time.monotonic()
    while time.monotonic() - changed < SETTLED:
        time.sleep(EVERY)
        picture = screen()
        if picture != animation.frames[-1][0]:
            changed = time.monotonic()
            animation.add(picture, SHOWN)
    animation.frames[-1][1] += 3.0
    announce_assistive_client(True)
    wait("the end of the run", lambda: any(text.startswith("Done") for text in texts()), 90)


def theme(name):
    """Chooses a theme in the command palette."""
    key("ctrl+k")
    time.sleep(0.6)
    xdotool("type", "--delay", "20", f"Theme: {name}")
    time.sleep(0.6)
    key("Return")
    time.sleep(1.2)


def stills(name):
    for view, keys in (("compare", "ctrl+1"), ("timeline", "ctrl+3")):
        key(keys)
        time.sleep(2.5)
        still(screen(), FOLDER / f"{view}-{name.lower()}.png")


def check(path, most):
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB", flush=True)
    size <= most or fail(f"{path.name} has {size} bytes; at most {most} are allowed")


def main():
    announce_assistive_client()
    window = subprocess.Popen([PROGRAM])
    try:
        wait("the window on the accessibility bus", lambda: find("Run", BUTTON), 60)
        got_it = find("Got it", BUTTON)
        if got_it:
            move(Animation(), middle(got_it, "button 'Got it'"), 1)
            xdotool("click", 1)
        theme("Dark")
        animation = Animation()
        xdotool("mousemove", 700, 420)
        time.sleep(1)
        animation.hold(1.2)
        pick(animation)
        wait("the models to put in order", lambda: find("Async", OPTION), 60)
        animation.hold(1.2)
        guess(animation)
        run(animation)
        click(animation, find("Timeline", ("page tab",)), "tab Timeline")
        animation.hold(3.5)
        away()
        for name in ("Light", "Dark"):
            theme(name)
            stills(name)
    finally:
        window.terminate()
        window.wait(10)
    animation.write(FOLDER / "run.webp")
    check(FOLDER / "run.webp", MOST_ANIMATION)
    for path in sorted(FOLDER.glob("*.png")):
        check(path, MOST_STILL)
    seconds = sum(seconds for _, seconds in animation.frames)
    print(f"{len(animation.frames)} pictures in {seconds:.0f} s")


main()
