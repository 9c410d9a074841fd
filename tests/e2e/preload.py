"""Libraries that stand between a program and the C library, for what a test cannot bring about otherwise."""

import subprocess
from pathlib import Path


def preload(folder: Path, name: str, source: str) -> str:
    """Compiles it; the value of LD_PRELOAD."""
    (folder / f"{name}.c").write_text("#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdlib.h>\n#include <unistd.h>\n" + source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / f"{name}.so", folder / f"{name}.c"], check=True)
    return str(folder / f"{name}.so")
