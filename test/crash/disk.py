"""A file system in a loop image, which can lose its power or stand still.  Needs root."""
import contextlib
import ctypes
import fcntl
import os
import random
import struct
import subprocess
import time

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32): FS_IOC_SHUTDOWN, EXT4 and XFS
NO_LOG_FLUSH = 2
FREEZE, THAW = 0xC0045877, 0xC0045878  # _IOWR('X', 119 and 120, int)
SYNC_FILE_RANGE_WRITE_AND_WAIT = 2 | 4
LIBC = ctypes.CDLL(None, use_errno=True)


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


def write_back_a_little(path):
    """Some pages of a file reach the disk, as the kernel may decide at any time."""
    try:
        with open(path, "rb", buffering=0) as f:
            pages = os.fstat(f.fileno()).st_size // 4096 + 1
            for _ in range(3):
                LIBC.sync_file_range(f.fileno(),
                                     ctypes.c_long(random.randrange(pages) * 4096),
                                     ctypes.c_long(4096 * random.randrange(1, 64)),
                                     SYNC_FILE_RANGE_WRITE_AND_WAIT)
    except OSError:
        pass  # it has gone, or the power has


def chaos(top, ended):
    while not ended.is_set():
        for here, _, files in os.walk(top):
            for name in files:
                # The journal less often: its own fdatasync is what is being tested.
                if random.random() < (0.05 if "/journal" in here else 0.4):
                    write_back_a_little(os.path.join(here, name))
            if ended.is_set():
                break
        time.sleep(0.001)
