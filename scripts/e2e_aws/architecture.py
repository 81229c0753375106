"""For which processor the functions are built, and how this machine runs them.

`E2E_ARCHITECTURE=arm64` builds what `make deploy` ships by default, with the same linker, and runs it under QEMU."""

import os
import platform
import shutil
from pathlib import Path

from .processes import Failed

ARCHITECTURE = os.environ.get("E2E_ARCHITECTURE", "x86_64")
EMULATOR = "qemu-aarch64-static"
# Where Debian's libc6-arm64-cross and libgcc-s1-arm64-cross put the libraries that Amazon Linux has.
LIBRARIES = Path("/usr/aarch64-linux-gnu")
# https://www.qemu.org/docs/master/user/main.html
SCRIPT = f"""#!/bin/sh
exec {EMULATOR} -L {LIBRARIES} "$(dirname "$0")/bootstrap.arm64" "$@"
"""


def own() -> str:
    """This machine's, in Lambda's words."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def is_foreign() -> bool:
    """Whether this machine's processor cannot run the functions."""
    return ARCHITECTURE == "arm64" and own() != "arm64"


def check() -> None:
    """Says what this machine lacks to run the functions."""
    if ARCHITECTURE not in ("arm64", "x86_64"):
        raise Failed(f"E2E_ARCHITECTURE is {ARCHITECTURE}; it may be arm64 or x86_64")
    if not is_foreign():
        return
    if shutil.which(EMULATOR) is None or not (LIBRARIES / "lib/libgcc_s.so.1").exists():
        raise Failed(
            f"Missing: {EMULATOR} and arm64's libraries in {LIBRARIES}\n"
            "         Debian, Ubuntu: apt install qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross"
        )


def compiler(target: str) -> dict[str, str]:
    """Variables that say who compiles: this machine's own compiler, which is quicker, or one with a linker for others."""
    return {"CARGO_LAMBDA_COMPILER": "cargo"} if target == own() else {}


def command(bootstrap: Path) -> list[str]:
    """What starts a function that was built."""
    return [EMULATOR, "-L", str(LIBRARIES), str(bootstrap)] if is_foreign() else [str(bootstrap)]


def runnable(built: Path, directory: Path) -> Path:
    """What SAM has built, as this machine can run it: a folder like it whose functions start through QEMU if they have to."""
    if not is_foreign():
        return built
    copy = directory / "built"
    shutil.copytree(built, copy)
    for bootstrap in copy.glob("*/bootstrap"):
        bootstrap.rename(bootstrap.with_suffix(".arm64"))
        bootstrap.write_text(SCRIPT)
        bootstrap.chmod(0o755)
    return copy
