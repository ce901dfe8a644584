"""Kills one role at its n-th system call: build/crash/killat, attached."""
import subprocess
import time


class Counter:
    """killat, attached to one role; kills it at its n-th system call."""

    def __init__(self, killat, pid, n):
        self.process = subprocess.Popen([killat, "attach", str(pid), str(n)],
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "attached\n":
            raise RuntimeError("killat could not attach")

    def end(self):
        """Whether it killed; tells it to let go when it has not."""
        try:
            self.process.wait(0.03)
        except subprocess.TimeoutExpired:
            self.process.terminate()
        self.process.stdout.read()
        return self.process.wait(10) == 0


def pid_of(demo, role):
    """Waits for one that was killed a moment ago."""
    end = time.monotonic() + 10
    while (pid := demo.roles().get(role)) is None:
        if time.monotonic() > end:
            raise RuntimeError(f"{role} does not come back")
        time.sleep(0.005)
    return pid
