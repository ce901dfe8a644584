"""A file system in a loop image, which can lose its power or stand still.  Needs root."""
import contextlib
import fcntl
import os
import struct
import subprocess
import time

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32): FS_IOC_SHUTDOWN, EXT4 and XFS
NO_LOG_FLUSH = 2
FREEZE, THAW = 0xC0045877, 0xC0045878  # _IOWR('X', 119 and 120, int)


class Disk:
    def __init__(self, kind, directory, size=512 << 20):
        self.kind = kind
        self.image = os.path.join(directory, kind + ".img")
        self.mount_point = os.path.join(directory, kind)
        os.mkdir(self.mount_point)
        with open(self.image, "wb") as f:
            f.truncate(size)
        subprocess.run(["mkfs." + kind, "-q", self.image], check=True)

    def mount(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.mount_point], check=True)

    def unmount(self):
        for _ in range(100):
            if subprocess.run(["umount", self.mount_point],
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.mount_point} stays busy")

    def control(self, request, argument):
        fd = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, request, struct.pack("I", argument))
        finally:
            os.close(fd)

    def cut_power(self):
        self.control(SHUTDOWN, NO_LOG_FLUSH)

    @contextlib.contextmanager
    def frozen(self):
        """Nothing is written; who tries waits."""
        self.control(FREEZE, 0)
        try:
            yield
        finally:
            self.control(THAW, 0)
