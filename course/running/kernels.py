"""The kernels that a run's lessons work in.

On Linux a kernel is forked from one process, the server, that has imported what the lessons import:
it is there at once, and all kernels share that memory. Elsewhere, and wherever the server does not
answer, Jupyter starts a kernel as it always does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from threading import Lock
from warnings import catch_warnings, simplefilter

import psutil
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.utils import run_sync

from course.environment import ROOT, import_duckdb_without_progress_bars, prepare
from dlt_pipelines.locks import FORKED_KERNEL

FORKS = sys.platform == "linux"
IMPORTED = (  # by the server, for all kernels; no module may start a thread or open a file
    "course.lesson",
    "course.history",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "dlt.sources.rest_api",
    "dlt.destinations.impl.duckdb.factory",
    "dlt_pipelines.load.landing",
    "dlt_pipelines.load.pages",
    "dlt_pipelines.marketplace.api",
    "ipykernel.kernelapp",
    "matplotlib.pyplot",
    "sql.magic",
    "uvicorn",
)


class Server:
    """The process that kernels are forked from; one serves all runs of this process."""

    def __init__(self) -> None:
        answers, told = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", FORKED_KERNEL, str(told)],
            stdin=subprocess.PIPE,
            cwd=ROOT,
            pass_fds=[told],
            start_new_session=True,  # Ctrl-C is for the run, which ends its kernels itself
            text=True,
        )
        os.close(told)
        self._answers = os.fdopen(answers)
        self._asking = Lock()
        atexit.register(self._process.communicate)  # it ends when nobody can ask any more

    def fork(self, arguments: list[str], env: dict[str, str], folder: str) -> int | None:
        """The number of a new kernel's process; None where the server does not answer."""
        request = {"arguments": arguments, "env": env, "folder": folder}
        with self._asking, suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return int(self._answers.readline())
        return None


server = cache(Server)


class Kernels:
    """The kernels of a run, which end with the block that it is entered for."""

    def __init__(self) -> None:
        self._started: list[AsyncKernelManager] = []
        self.ended = False
        if FORKS:
            server()  # it imports while the first lesson is read

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def manager_class(self, variables: dict[str, str]) -> type[AsyncKernelManager]:
        """The class of a manager whose kernel has these environment variables as well."""
        return type("Manager", (_Manager,), {"variables": variables, "kernels": self})

    def started(self, manager: AsyncKernelManager) -> None:
        """Note a kernel that has been started: it is ended with the others."""
        self._started.append(manager)
        if self.ended:
            self.end()

    def end(self) -> None:
        """End all kernels at once; a lesson at work finds its kernel dead."""
        self.ended = True
        for manager in self._started:
            process = getattr(manager.provisioner, "process", None)
            if process and process.poll() is None:
                _kill(process.pid)


def _kill(pid: int) -> None:
    """End a kernel, and on Unix, where it leads a group of its own, what it has started."""
    with suppress(OSError):  # it has ended by itself
        if os.name == "posix":
            with suppress(ProcessLookupError):  # it has only just begun
                os.killpg(pid, signal.SIGKILL)
                return
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


class _Manager(AsyncKernelManager):
    """Of a kernel of a run."""

    variables: dict[str, str]
    kernels: Kernels

    async def _async_start_kernel(self, **options) -> None:
        self.provisioner = _provisioner(self)
        await super()._async_start_kernel(env=os.environ | self.variables, **options)
        self.kernels.started(self)

    start_kernel = _async_start_kernel


class ForkedKernelManager(KernelManager):
    """Of any kernel, for who waits for it: the tests start those of the notebooks so."""

    async def _async_start_kernel(self, **options) -> None:
        self.provisioner = _provisioner(self)
        await super()._async_start_kernel(**options)

    start_kernel = run_sync(_async_start_kernel)


def _provisioner(manager: KernelManager) -> LocalProvisioner | None:
    """What asks the server for the manager's kernel; None: Jupyter chooses."""
    return _Forked(parent=manager, kernel_spec=manager.kernel_spec) if FORKS else None


class _Forked(LocalProvisioner):
    """Asks the server for a kernel."""

    async def launch_kernel(self, cmd: list[str], **kwargs):
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        env = kwargs["env"] | {"JPY_PARENT_PID": str(os.getpid())}  # as any kernel has it
        pid = server().fork(arguments, env, kwargs["cwd"])
        if pid is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = _Process(pid), pid, pid  # type: ignore[assignment]
        return self.connection_info


class _Process:
    """A forked kernel, with what a provisioner asks of a process."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        return None if psutil.pid_exists(self.pid) else 0

    def wait(self) -> int:
        return 0

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def serve(answers: int) -> None:
    """Fork a kernel for each line of the standard input, and write its process's number."""
    _import_all()
    signal.signal(signal.SIGCHLD, _bury)
    for line in sys.stdin:
        with catch_warnings():  # of the threads of numpy, which knows what a fork is
            simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            os.close(answers)
            _work(**json.loads(line))
            os._exit(0)
        os.write(answers, f"{pid}\n".encode())


def _bury(*_: object) -> None:
    """Take note of kernels that have ended."""
    with suppress(ChildProcessError):  # there is none
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _import_all() -> None:
    import_duckdb_without_progress_bars()
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    for name in IMPORTED:
        with suppress(Exception):  # the lesson that needs it says what is wrong
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is shared is not looked at again, or each kernel would copy it


def _work(arguments: list[str], env: dict[str, str], folder: str) -> None:
    """Be a kernel."""
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["ipykernel_launcher", *arguments]
    # it ends with its parent
    kernel = IPKernelApp.instance(parent_handle=os.getppid())
    kernel.initialize(arguments)
    prepare()
    kernel.start()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
