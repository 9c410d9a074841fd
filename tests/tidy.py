#!/usr/bin/env python3
"""Runs clang-tidy over all C++ sources: `tests/tidy.py BUILD [ROOM ...]`, where BUILD was configured by CMake and a room is "exporter/http".

Most of its time goes into the headers of libraries, so it reads a file of each room together: their namespaces keep them apart.
.clang-tidy has the checks, and why some are off. clang's static analyzer takes as long again and reads single files only: it is run
by hand (CONTRIBUTING.md). Exits with 1 if there is a finding.
"""

import itertools
import json
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def flags_of(build: Path) -> list[str]:
    """Where the sources find their headers, and what is defined for them: of all together, each once."""
    flags = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        words = shlex.split(entry["command"])
        flags |= {(word, *([after] if word == "-isystem" else [])): None for word, after in itertools.pairwise(words)
                  if word.startswith(("-I", "-D", "-isystem", "-std="))}
    return [word for flag in flags for word in flag]


def batches(rooms: list[str]) -> list[list[Path]]:
    """One file of each room, until there is none left. The tests of a room share its namespace, so that they are batches of their own."""
    files = {room: sorted((TOP / room).rglob("*.cc")) for room in rooms}
    return [[file for file in batch if file] for top in ("exporter/", "tests/")
            for batch in itertools.zip_longest(*(of for room, of in files.items() if room.startswith(top)))]


def findings(batch: list[Path], flags: list[str], folder: Path) -> str:
    together = folder / "-".join(batch[0].relative_to(TOP).parts)
    together.write_text("".join(f'#include "{file}"  // NOLINT(bugprone-suspicious-include)\n' for file in batch), encoding="utf-8")
    done = subprocess.run(["clang-tidy", "--quiet", f"--config-file={TOP}/.clang-tidy", "--checks=-clang-analyzer-*",
                           f"--header-filter={TOP}/(exporter|tests)/.*", together, "--", *flags], capture_output=True, text=True)
    return (done.stdout or done.stderr) if done.returncode else ""


def main() -> int:
    build, rooms = Path(sys.argv[1]).resolve(), sys.argv[2:]
    if unknown := [room for room in rooms if not (TOP / room).is_dir()]:
        sys.exit(f"tidy.py: no such room: {', '.join(unknown)}")
    rooms = rooms or [f"{top}/{room.name}" for top in ("exporter", "tests") for room in sorted((TOP / top).iterdir()) if room.is_dir()]
    flags = flags_of(build)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(lambda batch: findings(batch, flags, Path(folder)), batches(rooms)) if text]
    print("\n".join(found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
