"""A process in the background, known by a file that holds its id."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

from failure import Failure

POLL_SECONDS = 0.02
SIGNAL_SECONDS = 10  # within which the kernel has done what it was told


class ProcessFile:
    """The id in the file may be another process's by now, so it counts only while `mark` is one of the arguments
    on that process's command line: nobody else is ever sent a signal."""

    def __init__(self, path, mark):
        self.path = pathlib.Path(path)
        self.mark = mark

    def state(self):
        """stopped (there is no file), dead (the process has ended), frozen or running"""
        pid = self.pid()
        if pid is None:
            return "dead" if self.path.exists() else "stopped"
        return "frozen" if kernel_state(pid) in "Tt" else "running"

    def pid(self):
        """None: it does not live."""
        try:
            pid = int(self.path.read_text())
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.mark) in arguments_of(pid) else None

    def start(self, command, log, folder):
        """`mark` must be one of the arguments. It outlives whoever calls, also when a terminal is closed."""
        with open(log, "ab") as output:
            process = subprocess.Popen(command, cwd=folder, start_new_session=True, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, env=environment())
        self.path.write_text(f"{process.pid}\n")
        return process.pid

    def send(self, number):
        pid = self.pid()
        try:
            if pid is not None:
                os.kill(pid, number)
        except ProcessLookupError:
            pass

    def becomes(self, states, seconds):
        """False: not within that time."""
        deadline = time.monotonic() + seconds
        while self.state() not in states:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def ended_within(self, seconds):
        return self.becomes(("dead", "stopped"), seconds)

    def ask_to_end(self):
        """A frozen one is woken to hear it."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)

    def freeze(self):
        self.send(signal.SIGSTOP)
        self.becomes(("frozen", "dead"), SIGNAL_SECONDS)

    def thaw(self):
        self.send(signal.SIGCONT)
        self.becomes(("running", "dead"), SIGNAL_SECONDS)

    def kill(self):
        self.send(signal.SIGKILL)
        if not self.ended_within(SIGNAL_SECONDS):
            raise Failure(f"process {self.pid()} cannot be ended, not even by SIGKILL: look at dmesg")


def environment():
    """Ours, but with a character set in which Java can read every file's name."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def kernel_state(pid):
    """R, S, T… as in proc(5); X: it is not there. Z only when its last thread has ended: before that, though the kernel
    calls it so from the end of the first one on, its ports and locks are still taken."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "X"
    fields = stat[stat.rindex(")") + 2:].split()  # from the third on
    state, threads = fields[0], int(fields[17])
    return "R" if state == "Z" and threads > 1 else state


def arguments_of(pid):
    """Those of its command line. A process that is about to exec has none for a moment, one whose threads are about to
    end neither; one that has ended has none for ever."""
    deadline = time.monotonic() + SIGNAL_SECONDS
    while kernel_state(pid) not in "XZ" and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if line := pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                return line.split(b"\0")
        time.sleep(POLL_SECONDS)
    return []
