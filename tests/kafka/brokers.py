"""What the tests share: a directory for brokers, of which nothing is left however a test ends."""

import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("PERDURE_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
FOLDER = SOURCE / "deploy/kafka"
KAFKA = FOLDER / "kafka"
CREATE_TOPICS, CREATE_TOPICS_VERSION = 19, 4
PATIENCE_SECONDS = 60  # far more than anything takes, also on a machine that is busy with other tests

sys.path.insert(0, str(FOLDER))
import metadata  # noqa: E402  found by the line above


def processes_below(folder):
    """Processes whose command line names the folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(folder) in entry.read_bytes():
                found.append(entry.parent.name)
        except OSError:
            pass  # it has ended
    return found


def eventually(test, what, condition):
    """What the condition gives as soon as it is true of anything."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        test.assertLess(time.monotonic(), deadline, what)
        time.sleep(0.05)
    return value


class Directory:
    def __init__(self, test, name="kafka"):
        self.test = test
        self.parent = tempfile.mkdtemp(prefix="perdure-kafka-test-")
        test.addCleanup(shutil.rmtree, self.parent)
        self.path = pathlib.Path(self.parent) / name
        test.addCleanup(self.clean_up)

    def clean_up(self):
        if (self.path / "cluster.json").exists():
            self.succeeds("stop", "--at-once")
        self.test.assertEqual(processes_below(self.path), [])

    def run(self, command, *options, **environment):
        return subprocess.run([sys.executable, KAFKA, command, "--directory", self.path, *options], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              env={**os.environ, **environment})

    def succeeds(self, command, *options):
        """What it prints."""
        run = self.run(command, *options)
        self.test.assertEqual(run.returncode, 0, f"{command} {options}\n{run.stdout}{run.stderr}")
        return run.stdout

    def fails(self, command, *options, **environment):
        """What it prints, and says."""
        run = self.run(command, *options, **environment)
        self.test.assertEqual(run.returncode, 1, f"{command} {options}\n{run.stdout}{run.stderr}")
        return run.stdout + run.stderr

    def start(self, *options):
        """The brokers' ports, by number. They end with this process, also if ctest kills it."""
        printed = self.succeeds("start", "--owner", str(os.getpid()), *options)
        self.test.assertRegex(printed, r"^bootstrap\.servers=127\.0\.0\.1:\d+(,127\.0\.0\.1:\d+)*\n$")
        servers = printed.strip().partition("=")[2].split(",")
        return {number: int(server.rpartition(":")[2]) for number, server in enumerate(servers, 1)}


def answer(port, topics=(), seconds=2.0):
    """What a broker tells a client, or None: it does not answer."""
    try:
        return metadata.ask(port, topics, seconds)
    except OSError:
        return None


def told_by(port, topics=()):
    """What a broker that is ready tells a client, however busy the machine is."""
    return metadata.ask(port, topics, PATIENCE_SECONDS)


def create_topic(port, name, copies):
    """Its error code, 0 if it was made."""
    topic = metadata.text(name) + struct.pack(">ih", 1, copies) + metadata.array([]) + metadata.array([])
    body = metadata.array([topic]) + struct.pack(">i?", 30000, False)
    told = metadata.call(port, CREATE_TOPICS, CREATE_TOPICS_VERSION, body, PATIENCE_SECONDS)
    told.field("i")  # throttled for so long
    (code,) = told.array(lambda: (told.text(), told.field("h"), told.text())[1])
    return code


def listener():
    """A socket that has a port of its own; close it."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken
