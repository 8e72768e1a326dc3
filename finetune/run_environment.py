"""What a run was made with and what it took: versions, processor, time and memory."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_LIBRARIES = ("sommelier", "torch", "transformers", "peft", "trl", "sentence-transformers", "numpy")


def environment(began: datetime, seconds: float) -> dict[str, Any]:
    """The environment of the run that ends now, in this process."""
    import torch

    cuda = torch.cuda.is_available()
    return {
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "peak_memory_bytes": peak_memory(),
        "device": torch.cuda.get_device_name(0) if cuda else "cpu",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _LIBRARIES},
    }


def peak_memory() -> int:
    """The most memory this process ever held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def free_memory(read: Callable[[], str] | None = None) -> int | None:
    """The bytes that a new process could take without swapping; None where nobody tells.

    `read` gives the text of Linux's /proc/meminfo.
    """
    try:
        text = read() if read else Path("/proc/meminfo").read_text(encoding="utf-8")
    except OSError:
        return None
    for line in text.splitlines():
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * 1024
    return None


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line)
    return next(names, platform.machine())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
