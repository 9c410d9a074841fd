"""A machine to install packages on: systemd as process 1 in namespaces of its own, over a copy-on-write view of this
system's files. What happens in it is gone with it, and it reaches no network but its own loopback."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from processes import Process, eventually

# What systemd wants of a container: its own /run, /dev and control groups, and /sys and /proc/sys that it cannot write to,
# so that it leaves this kernel's settings and devices alone.
BOOT = r"""set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run dev tmp; do mount -t tmpfs tmpfs $folder; done
chmod 755 run dev
chmod 1777 tmp
mkdir run/shared dev/pts dev/shm dev/mqueue
mount --bind "$2" run/shared
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
: >etc/fstab
rm -f usr/sbin/policy-rc.d var/lib/man-db/auto-update  # services start when installed; manuals need no index
mkdir -p .outside
pivot_root . .outside
umount -l /.outside
rmdir /.outside
mount --make-rshared /
echo "here we go"
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=sysinit.target
"""


class Machine:
    def __init__(self, folder: Path):
        """Skips the test where this system cannot be a host, which is known before anything is installed."""
        if os.geteuid() != 0 or not Path("/lib/systemd/systemd").exists():
            pytest.skip("a machine of its own takes root and systemd")
        self.shared = folder / "shared"  # /run/shared in the machine
        self.shared.mkdir()
        root = folder / "machine"
        root.mkdir()
        self.host = Process("unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--net", "--uts", "--ipc",
                            "sh", "-c", BOOT, "boot", root, self.shared)
        try:
            self.host.wait_for_line("^here we go$", 60)  # before it, a command would meet this system's own files
            eventually(lambda: self.run("systemctl", "is-active", "sysinit.target", check=False).returncode == 0, 60)
        except AssertionError as error:
            self.close()
            pytest.skip(f"this system cannot be the host of a machine: {error}")

    def _process_1(self) -> str:
        pid = self.host.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()

    def run(self, *command, check: bool = True) -> subprocess.CompletedProcess:
        """A command in the machine, as root. Its output is text, standard error included."""
        result = subprocess.run(
            ["nsenter", "--target", self._process_1(), "--all", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
             "DEBIAN_FRONTEND=noninteractive", *map(str, command)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        assert not check or result.returncode == 0, f"{' '.join(map(str, command))}: {result.returncode}\n{result.stdout}"
        return result

    def shell(self, script: str, check: bool = True) -> str:
        return self.run("sh", "-ec", script, check=check).stdout

    def write(self, path: str, text: str, mode: str = "644", owner: str = "root:root"):
        """A file in the machine."""
        (self.shared / "file").write_text(text, encoding="utf-8")
        user, group = owner.split(":")
        self.run("install", "-D", "-m", mode, "-o", user, "-g", group, "/run/shared/file", path)

    def put(self, source: Path) -> str:
        """A copy of one of our files; its path in the machine."""
        shutil.copy(source, self.shared)
        return f"/run/shared/{source.name}"

    def close(self):
        self.host.process.kill()  # unshare heeds nothing else, and takes process 1 and all the others along
        self.host.close()
