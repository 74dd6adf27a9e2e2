"""Work that joblib spreads, on a backend that a parameter names: on this machine, or on a cluster."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from joblib import parallel_config  # noqa: TID251 - it spreads work over our own processes, nothing is loaded

from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

_REGISTER = {"ray": ("ray.util.joblib", "register_ray"), "spark": ("joblibspark", "register_spark")}
_BACKENDS = ("loky", "threading", "dask", *_REGISTER)


@contextmanager
def parallel(backend: str, jobs: int) -> Iterator[None]:
    """Within the block, estimators that use joblib run `jobs` tasks at once on `backend`; the results are the same.

    dask: the cluster that DASK_SCHEDULER_ADDRESS names, else one of `jobs` processes here. Raises InputError for a
    backend that is not known, or whose package is not installed.
    """
    if backend not in _BACKENDS:
        raise InputError(f"there is no backend {backend!r}", where="backend", mend=nearest(backend, _BACKENDS))
    if jobs < 1:
        raise InputError(f"{jobs} jobs cannot run at once", where="jobs", mend="write 1 or more")
    try:
        if backend == "dask":
            with _dask(jobs), parallel_config(backend="dask", n_jobs=jobs):
                yield
            return
        if backend in _REGISTER:
            module, function = _REGISTER[backend]
            getattr(import_module(module), function)()
    except ModuleNotFoundError as error:
        mend = "run `pip install 'gitmlops[dask]'`" if backend == "dask" else f"install {error.name}"
        raise InputError(f"the backend {backend} needs the package {error.name}", where="backend", mend=mend) from error
    with parallel_config(backend=backend, n_jobs=jobs):
        yield


@contextmanager
def _dask(jobs: int) -> Iterator[None]:
    dask, distributed = import_module("dask"), import_module("distributed")
    identity = import_module("toolz").identity

    class Client(distributed.Client):  # type: ignore[misc, name-defined]
        """joblib scatters what its tasks share, and what is scattered is lost with the worker that has it.

        Here it is what a task gives back, which Dask does again on another worker.
        """

        async def scatter(self, data: Any, **_: Any) -> Any:
            return self.submit(identity, data, pure=False)

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        if dask.config.get("scheduler-address", None):
            with Client():
                yield
            return
        with (
            tempfile.TemporaryDirectory(prefix="gitmlops-dask-") as folder,
            distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                local_directory=folder,
                silence_logs=True,
            ) as cluster,
            Client(cluster),
        ):
            yield
