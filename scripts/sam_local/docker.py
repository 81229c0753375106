"""Docker on this machine, and how a container reaches the machine itself."""

import ipaddress
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from e2e_aws.architecture import own
from e2e_aws.client import wait_for
from e2e_aws.processes import Failed, end, run, start

MISSING = """There is no Docker on this machine, which sam local needs.
         Install it from https://docs.docker.com/get-started/get-docker and start it. `docker info` has to answer."""


def image() -> str:
    """The image that SAM runs functions of `provided.al2023` on."""
    return f"public.ecr.aws/lambda/provided:al2023-{own()}"


def answers() -> bool:
    """Whether there is a Docker that takes orders."""
    return shutil.which("docker") is not None and _docker("info").returncode == 0


def has_image() -> bool:
    """Whether the base image is here, so that nothing has to be pulled."""
    return _docker("image", "inspect", image()).returncode == 0


def host() -> str:
    """This machine, as containers call it: Docker Desktop has a name for it, Docker on Linux an address."""
    bridge = _docker("network", "inspect", "bridge")
    desktop = "Docker Desktop" in _docker("info").stdout
    if desktop or bridge.returncode != 0:
        return "host.docker.internal"
    network = json.loads(bridge.stdout)[0]["IPAM"]["Config"][0]
    # Not every version says it, but it is always the first one.
    return network.get("Gateway") or str(next(ipaddress.ip_network(network["Subnet"]).hosts()))


def make_image(directory: Path) -> None:
    """The base image, pulled; where no registry can be reached, one of this Debian: the functions need no more than its C library.
    SAM adds its own runtime emulator to either."""
    if has_image() or _docker("pull", "--quiet", image()).returncode == 0:
        return
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise Failed(f"{image()} cannot be pulled. To make one like it takes root and Debian's debootstrap.")
    root, log = directory / "root", directory / "image.log"
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    run(["debootstrap", "--variant=minbase", release, str(root)], dict(os.environ), log, seconds=900)
    make = f"tar -C {root} -c . | docker import - {image()}"
    run(["sh", "-c", make], dict(os.environ), log, seconds=300)
    shutil.rmtree(root)


class Daemon:
    """A Docker of our own, until it is closed: for a machine that has the programs, but where nobody has started them."""

    def __init__(self, directory: Path) -> None:
        socket = f"unix://{directory}/docker.sock"
        # Without a file system of its own, it works inside containers, too.
        options = ["--storage-driver=vfs", f"--data-root={directory}/data", f"--exec-root={directory}/exec"]
        command = ["dockerd", f"--host={socket}", f"--pidfile={directory}/docker.pid", *options]
        self.process = start(command, dict(os.environ), directory / "dockerd.log", directory)
        # What is started from here finds it.
        os.environ["DOCKER_HOST"] = socket
        try:
            wait_for("dockerd answers", answers, seconds=30)
        except Exception:
            self.close()
            raise

    @staticmethod
    def can_run() -> bool:
        """Whether this machine has the programs and lets us."""
        return shutil.which("dockerd") is not None and os.geteuid() == 0

    def close(self) -> None:
        """Ends it, with its containers."""
        for container in _docker("ps", "--quiet").stdout.split():
            _docker("kill", container)
        end(self.process)
        os.environ.pop("DOCKER_HOST", None)


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=600, check=False)
