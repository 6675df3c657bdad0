"""Driver of dask.distributed: a cluster of this trial's own, bound to 127.0.0.1, or a scheduler that others run."""

from __future__ import annotations

import os

from .drivers_processes import name_semaphores
from .models import py_dask
from .pools import WorkerReports, asked_workers
from .registry import driver
from .results import pass_of
from .steps import prepare
from .task_process import prepare_in_cluster, usage_in_cluster

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .clock import TrialClock
    from .protocol import Config


@driver("py-dask")
def drive_dask(config: Config, clock: TrialClock) -> None:
    folder = os.path.abspath(config["folder"])
    # Read when dask is imported: no file of the user's decides what is measured, and none is written.
    os.environ["DASK_CONFIG"] = folder
    import dask
    from distributed import Client, LocalCluster

    for name in ("records", "amounts"):
        config[name] = os.path.abspath(config[name])  # type: ignore[literal-required]
    config["folder"] = folder
    if config["scheduler"]:
        from .dask_client import drive_with_scheduler

        drive_with_scheduler(config, clock)
        return
    name_semaphores(config)
    prepare(config)
    workers = asked_workers(config) or dask.system.CPU_COUNT
    settings: dict[str, Any] = {
        "temporary-directory": folder,
        # Without a limit a worker is never paused or restarted for the memory that it takes.
        "distributed.worker.memory.terminate": False,
        "distributed.scheduler.allowed-failures": 0,
        "distributed.admin.tick.interval": "3600s",
        "distributed.diagnostics.nvml": False,
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
            local_directory=folder,
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(workers)
        client.run(prepare_in_cluster, config)
        # Every worker has done a task before the clock.
        addresses = list(client.scheduler_info(n_workers=-1)["workers"])
        client.gather([client.submit(int, workers=address, pure=False) for address in addresses])
        one_pass: Callable[[range], object] = pass_of(lambda tasks, run: py_dask(client, tasks, run))
        if config["payload"]:
            from .models_payload import py_dask_payload
            from .payload import inputs_of, run_payload

            inputs = inputs_of(config, clock)
            one_pass = lambda tasks: py_dask_payload(client, tasks, run_payload, inputs)  # noqa: E731
        WorkerReports(clock, lambda: list(client.run(usage_in_cluster).values())).run(workers, one_pass)
