"""The main job on the reference data: seconds, proven gap and peak memory of migrate, seed and match.

Run it with ``python -m benchmarks.main_job``. Each step is a process of its own on a new SQLite file.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEPS = (("migrate",), ("seed",), ("match", "--as-of", "2026-11-24", "--json", "plan.json"))


def run(step: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """Wall seconds, and peak memory in MiB, of one command line step."""
    environment = {**os.environ, "SSTIC_DATA_DIR": str(folder), "SSTIC_DATABASE_URL": ""}
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", "from sstic.cli import main; main()", *step],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"`sstic {' '.join(step)}` failed")
    return time.monotonic() - started, usage.ru_maxrss / 1024


def main() -> None:
    """Print the figures."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for step in STEPS:
            seconds, mebibytes = run(step, folder)
            print(f"sstic {step[0]:<8} {seconds:6.1f} s {mebibytes:7.0f} MiB")
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    options = plan["options"]
    print(f"options: {options['triangular']:,} triangular, {options['investment']:,} investment")
    print(f"plan: {len(plan['triangular'])} triangular, {len(plan['investment'])} investment proposals")
    points, bound = plan["objective"] / 100, plan["bound"] / 100
    print(f"points {points:.2f}, bound {bound:.2f}, gap {plan['gap']:.4%}, {plan['status']}")
    print(f"from problem to checked plan: {plan['seconds']:.1f} s")


if __name__ == "__main__":
    main()
