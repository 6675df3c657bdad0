"""Uses the real window for many minutes and writes a row of figures every round: mixed experiments, cancelled ones, a
sweep, more rounds, stored runs opened and compared, all views. Then says whether anything has grown, been left or drifted."""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

from atspi import (
    BUTTON,
    PROGRAM,
    announce_assistive_client,
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
    wait,
    walk,
)

MINUTES = float(sys.argv[3])
TAB = ("page tab",)
# Keys of the views. Looking for a tab through the whole window takes longer than drawing it.
COMPARE, VIEWS = "ctrl+1", ("ctrl+1", "ctrl+2", "ctrl+3", "ctrl+4", "ctrl+5", "ctrl+7")

# Limits of the verdict, from the end of the first quarter of the rows on.
MOST_KIB_A_RUN = 32.0
MOST_DRIFT = 0.02

NATIVE = ["sequential", "threads", "thread-pool", "rayon", "async", "async-multi", "async-blocking", "process-pool"]
COMPUTE, WAIT = 'kind = "compute"\nms = 2.0', 'kind = "wait"\nms = 8.0'
# Title, number of tasks, steps, models, and further lines of the tables `workload` and `trials`.
SAME = ("Soak: the same twice", 20, ['kind = "compute"\nms = 5.0'], ["thread-pool", "thread-pool"], "", "count = 15")
SWEEP = ("Soak: sweep", 16, [COMPUTE, WAIT], ["thread-pool", "async-multi"], "", "count = 2")
LONG = ("Soak: stopped at once", 4, ['kind = "wait"\nms = 30000.0'], ["threads", "process-pool"], "", "count = 1\nwarmups = 0")
MANY = ("Soak: stopped later", 4, ['kind = "wait"\nms = 200.0'], ["threads", "process-pool"], "", "count = 500\nwarmups = 0")
OTHERS = [
    ("Soak: every model", 16, [COMPUTE, WAIT], NATIVE, "", "count = 2"),
    (
        "Soak: files and locks",
        12,
        [
            'kind = "file"\nbytes = 100_000',
            'kind = "critical"\nms = 0.5\nlock = "mutex"\nholds = "wait"',
            'kind = "http"\nlatency_ms = 2\nbytes = 1000',
            'kind = "memory"\nmib = 1',
        ],
        ["threads", "thread-pool", "async", "process-pool", "processes"],
        "",
        "count = 2",
    ),
    ("Soak: Python", 8, [COMPUTE, WAIT], ["py-threads", "py-asyncio", "py-process-pool"], "", "count = 1"),
    ("Soak: many tasks", 50_000, [], ["thread-pool", "rayon", "async"], "", "count = 1"),
    (
        "Soak: deadlock",
        4,
        ['kind = "two-locks"\nms = 20.0\norder = "opposite"'],
        ["sequential", "threads", "thread-pool"],
        "",
        "count = 1\nwarmups = 0\ntimeout_s = 1.0",
    ),
    (
        "Soak: late ticker",
        8,
        ['kind = "compute"\nms = 25.0'],
        ["async", "async-multi", "threads"],
        "workers = 1\nticker = true",
        "count = 2",
    ),
]


def write_presets():
    """Writes the experiments where the window looks for the user's presets."""
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "concurrencylab" / "presets"
    folder.mkdir(parents=True)
    for number, (title, tasks, steps, models, workload, trials) in enumerate([SAME, SWEEP, LONG, MANY, *OTHERS]):
        text = f'id = "soak-{number}"\ntitle = "{title}"\n[workload]\ntasks = {tasks}\n{workload}\n'
        text += "".join(f"[[workload.step]]\n{lines}\n" for lines in steps)
        text += f'[trials]\n{trials}\n[models]\ninclude = {json.dumps(models)}\nreference = "{models[0]}"\n'
        if title == SWEEP[0]:
            text += '[sweep]\nkey = "workers"\nvalues = [1, 2, 4]\n'
        (folder / f"soak-{number}.toml").write_text(text, encoding="utf-8")


class Window:
    """The window, and what the system knows of its process."""

    def __init__(self):
        self.stderr = open(Path(os.environ["HOME"]) / "stderr", "wb")
        self.process = subprocess.Popen([PROGRAM], stderr=self.stderr)
        self.folder = Path("/proc") / str(self.process.pid)

    def children(self):
        lists = self.folder.glob("task/*/children")
        return sum(len(read(path).split()) for path in lists)

    def threads(self):
        return len(list((self.folder / "task").iterdir()))

    def handles(self):
        return len(list((self.folder / "fd").iterdir()))

    def kib(self, file, name):
        """A figure in KiB of one of the process's files."""
        line = next(line for line in read(self.folder / file).splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1])

    def wait_until_alone(self, seconds=180):
        """Waits until no process of the window has run for a while: between trials there is none for a moment."""
        end, quiet_since = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() - quiet_since < 1.5:
            self.process.poll() is None or fail(f"the window has ended with {self.process.returncode}")
            time.monotonic() < end or fail("the run does not end")
            time.sleep(0.1)
            if self.children():
                quiet_since = time.monotonic()


def read(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # The thread or process has ended.
        return ""


def files_in(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def stored_files():
    """The stored runs, and the files beside them that belong to none."""
    files = files_in(os.environ["XDG_DATA_HOME"])
    runs = {path for path in files if path.suffix == ".clab"}
    # Each run has a lock, which goes with it.
    return runs, [path for path in files if path not in runs and path.with_suffix(".clab") not in runs]


def show_list(name):
    press(wait(f"the tab {name}", lambda: find(name, TAB)), name)
    wait(f"the tab {name} to be shown", lambda: is_chosen(find(name, TAB)))


def pick(title):
    show_list("Presets")
    row = lambda: next(node for node in options_of("All presets") if name_of(node) == title)  # noqa: E731
    press(row(), title)
    wait(f"the preset {title!r}", lambda: is_chosen(row()))


def start(window, title):
    pick(title)
    key("ctrl+r")
    wait("the first trial", window.children, every=0.02)


def ended(window):
    window.wait_until_alone()
    wait("the end of the run", lambda: find("Run", BUTTON))


def run(window, title):
    start(window, title)
    ended(window)


def cancel(window):
    """One run before a trial is over, of which nothing is stored, and one that has measured some."""
    for title, least in ((LONG[0], 0.0), (MANY[0], 4.0)):
        start(window, title)
        time.sleep(random.uniform(least, least + 2.0))
        key("Escape")
        ended(window)


def more_rounds(window):
    press(wait("More rounds", lambda: find("More rounds", BUTTON)), "More rounds")
    wait("the first trial", window.children, every=0.02)
    ended(window)


def look_around(views):
    """Shows some of the views, each for a moment."""
    for keys in random.sample(VIEWS, views):
        key(keys)
        time.sleep(0.7)


def open_stored():
    """Opens one of the stored runs in sight."""
    show_list("Runs")
    row = random.choice(options_of("Stored runs"))
    press(row, name_of(row))
    time.sleep(1)


def compare():
    """Compares the run on the page with the first one that is offered."""
    press(wait("Compare with…", lambda: find("Compare with…", BUTTON)), "Compare with…")
    of_same = lambda: [  # noqa: E731
        node
        for node in walk(find("Compare with a stored run", ("dialog",)))
        if role_of(node) in BUTTON and name_of(node).startswith(SAME[0])
    ]
    press(wait("a stored run to compare with", of_same)[0], "the first run")
    wait("the comparison", lambda: find("Comparison of two runs", ("dialog",)))
    key("Escape")
    wait("the end of the dialog", lambda: not find(role=("dialog",)))


def one_round(window, number):
    """Everything once, in another order each time. Ends with the experiment whose two models are the same."""
    deeds = [lambda title=title: run(window, title) for title, *_ in [SWEEP, *OTHERS]]
    deeds.append(lambda: cancel(window))
    random.shuffle(deeds)
    for place, deed in enumerate(deeds):
        deed()
        look_around(3)
        if place % 3 == 2:
            open_stored()
            look_around(2)
    run(window, SAME[0])
    if number:
        compare()
    more_rounds(window)
    key(COMPARE)


def stored_runs():
    out = subprocess.run([PROGRAM, "runs", "--json"], check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def check_stored(runs, rounds):
    """Everything that measured a trial is stored, and only what was cancelled is not complete."""
    states = [run["status"] for run in runs]
    expected = {"completed": (len(OTHERS) + 2) * rounds, "cancelled": rounds}
    found = {state: states.count(state) for state in set(states)}
    found == expected or fail(f"stored runs are {found}, not {expected}")


def figures(window, begun):
    """One row, taken at rest: the least of a few samples, since a thread or a handle may just be going."""
    samples = []
    for _ in range(4):
        time.sleep(1)
        memory = (window.kib("status", name) for name in ("VmRSS", "RssAnon"))
        samples.append((*memory, window.handles(), window.threads()))
    rss, own, handles, threads = (min(column) for column in zip(*samples))
    runs = stored_runs()
    shown = [PROGRAM, "show", runs[0]["id"], "--quiet", "--json", "-"]
    newest = json.loads(subprocess.run(shown, check=True, capture_output=True, text=True).stdout)
    first, second = (model["wall_ms_median"] for model in newest["models"])
    kept, others = stored_files()
    kilobytes = sum(path.stat().st_size for path in kept) / 1e3
    return {
        "minute": (time.monotonic() - begun) / 60,
        "runs": len(runs),
        "RSS MiB": rss / 1024,
        "own MiB": own / 1024,
        "handles": handles,
        "threads": threads,
        "data MB": kilobytes / 1e3,
        "data kB/run": kilobytes / len(runs),
        "other files": len(others),
        "cache files": len(files_in(os.environ["XDG_CACHE_HOME"])),
        "temporary": len(os.listdir(os.environ["TMPDIR"])),
        "children": window.children(),
        "A/A ratio": first / second,
        "told apart": int(len(newest["verdict"]["fastest"]) == 1),
    }


def line(label, row):
    widths = {"A/A ratio": ".4f", "minute": ".1f", "RSS MiB": ".1f", "own MiB": ".1f", "data MB": ".2f", "data kB/run": ".1f"}
    cells = (format(value, widths.get(name, ".0f")).rjust(max(len(name), 7)) for name, value in row.items())
    return f"{label:>6} " + "  ".join(cells)


def slope(rows, name):
    """Median of the slopes between all pairs of rows: units of the figure for each run."""
    pairs = ((one, other) for place, one in enumerate(rows) for other in rows[place + 1 :])
    return statistics.median((other[name] - one[name]) / (other["runs"] - one["runs"]) for one, other in pairs)


def verdict(rows):
    """Returns a sentence for each limit, and whether all hold."""
    rows = rows[len(rows) // 4 :]
    if len(rows) < 3:
        return ["NOT JUDGED: three rows after the first quarter are needed; soak for longer"], True
    half = len(rows) // 2
    told, all_hold = [], True

    def judge(holds, text):
        nonlocal all_hold
        all_hold = all_hold and holds
        told.append(f"{'holds' if holds else 'FAILED'}: {text}")

    # The rest of RSS are pages of libraries that were used at least once, such as the compiler of a software renderer.
    kib = slope(rows, "own MiB") * 1024
    judge(kib <= MOST_KIB_A_RUN, f"memory of its own grows by {kib:.1f} KiB a run (limit {MOST_KIB_A_RUN:.0f})")
    for name in ("handles", "threads", "other files", "cache files"):
        early, late = (max(row[name] for row in part) for part in (rows[:half], rows[half:]))
        judge(late <= early, f"{name}: at most {late} in the later half, {early} before (limit: no more)")
    for name in ("temporary", "children"):
        most = max(row[name] for row in rows)
        judge(most == 0, f"{name}: at most {most} at rest (limit 0)")
    early, late = (statistics.median(row["data kB/run"] for row in part) for part in (rows[:half], rows[half:]))
    judge(late <= early * 1.1, f"data: {late:.1f} kB a run in the later half, {early:.1f} before (limit: 10 % more)")
    apart = sum(row["told apart"] for row in rows)
    judge(apart <= 1, f"A/A: {apart} of {len(rows)} pairs of equal models were told apart (limit 1)")
    ratios = [row["A/A ratio"] for row in rows]
    drift = slope(rows, "A/A ratio") * (rows[-1]["runs"] - rows[0]["runs"])
    judge(
        abs(statistics.median(ratios) - 1) <= MOST_DRIFT and abs(drift) <= MOST_DRIFT,
        f"A/A: median ratio {statistics.median(ratios):.4f}, drift {drift:+.4f} over all rows (limit {MOST_DRIFT} each)",
    )
    return told, all_hold


def main():
    seed = int(os.environ.get("CONCURRENCY_LAB_SEED", random.randrange(1_000_000)))
    random.seed(seed)
    step(f"soak of {MINUTES:g} minutes, CONCURRENCY_LAB_SEED={seed}")
    write_presets()
    announce_assistive_client()
    window, begun, rows = Window(), time.monotonic(), []
    try:
        wait("the window on the accessibility bus", lambda: find("Run", BUTTON), 120)
        titles = {title for title, *_ in [SAME, SWEEP, LONG, MANY, *OTHERS]}
        wait("the experiments", lambda: titles <= {name_of(node) for node in options_of("All presets")})
        window.wait_until_alone()
        while not rows or time.monotonic() - begun < MINUTES * 60:
            one_round(window, len(rows))
            rows.append(figures(window, begun))
            check_stored(stored_runs(), len(rows))
            if len(rows) == 1:
                print(f"{'':>6} " + "  ".join(name.rjust(7) for name in rows[0]), flush=True)
            print(line(f"{len(rows)}", rows[-1]), flush=True)
            shot("soak")
    finally:
        window.process.terminate()
        window.process.wait(60)
        window.stderr.close()
    print(line("first", rows[0]))
    print(line("median", {name: statistics.median(row[name] for row in rows) for name in rows[0]}))
    print(line("last", rows[-1]))
    told, all_hold = verdict(rows)
    print("\n".join(told))
    stderr = read(Path(os.environ["HOME"]) / "stderr")
    "panicked" not in stderr or fail(stderr)
    left = os.listdir(os.environ["TMPDIR"])
    not left or fail(f"left in the temporary folder: {left}")
    step(f"files beside the runs after the window was closed: {[path.name for path in stored_files()[1]]}")
    print("1 passed, 0 failed" if all_hold else "0 passed, 1 failed")
    sys.exit(0 if all_hold else 1)


main()
