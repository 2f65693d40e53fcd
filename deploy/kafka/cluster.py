"""The brokers in one directory: what they are is kept there, so that every later command needs the directory only."""

import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import sys
import time
import uuid

import jars
from broker import STOP_SECONDS, Broker, port_is_free
from failure import Failure
from process_file import ProcessFile

SPACE_MIB = 256
FULL_MIB = 8
POLL_SECONDS = 0.1
# Below the range from which Linux takes ports for outgoing connections (32768 on): from there a client that tries
# again and again to reach a broker that was killed may connect to itself, and hold the broker's port.
FREE_PORTS = range(20000, 32000)
PORTS_AT_ONCE = 8


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a directory keeps in `cluster.json`."""

    version: str
    brokers: int
    port: int  # brokers listen from here on, and their controllers behind them
    cluster_id: str


def new_cluster_id():
    """As Kafka makes them, but never one that looks like an option of its tools."""
    return "p" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]


def free_ports(count):
    """The first of so many free ports in a row. Commands that run at the same time have other process ids, so they
    look at other ports."""
    blocks = len(FREE_PORTS) // PORTS_AT_ONCE
    for attempt in range(blocks):
        first = FREE_PORTS[(os.getpid() + attempt) % blocks * PORTS_AT_ONCE]
        if all(port_is_free(port) for port in range(first, first + count)):
            return first
    raise Failure(f"no {count} free ports in a row from {FREE_PORTS.start} to {FREE_PORTS.stop}: name some with --port")


class Cluster:
    def __init__(self, directory, say):
        self.directory = pathlib.Path(os.path.abspath(directory))
        self.say = say
        self.file = self.directory / "cluster.json"
        self.settings = None
        self.brokers = []
        self.guard = ProcessFile(self.directory / "guard.pid", f"--guarded={self.directory}")

    # ---- What the directory holds -----------------------------------------------------------------------
    @contextlib.contextmanager
    def opened(self):
        """One command at a time on a directory; others wait."""
        if not self.file.exists():
            raise Failure(f"there is no Kafka in {self.directory}: `start` makes one")
        with jars.locked(self.directory):
            self.read()
            yield self

    def read(self):
        try:
            self.use(Settings(**json.loads(self.file.read_text())))
        except (ValueError, TypeError) as error:
            raise Failure(f"{self.file} is damaged ({error}): take another directory") from error

    def use(self, settings):
        self.settings = settings
        first, count = settings.port, settings.brokers
        self.brokers = [Broker(self.directory / f"broker-{number}", number, first + number - 1, first + count + number - 1)
                        for number in range(1, count + 1)]

    def write(self, settings):
        unfinished = self.file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(dataclasses.asdict(settings)) + "\n")
        unfinished.rename(self.file)
        self.use(settings)

    def broker(self, number):
        if not 1 <= number <= len(self.brokers):
            raise Failure(f"there is no broker {number} in {self.directory}: it has {len(self.brokers)}")
        return self.brokers[number - 1]

    def bootstrap_servers(self):
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    # ---- Start ------------------------------------------------------------------------------------------
    def start(self, version, brokers, port, wait, owner):
        """None: as the directory has it, and for a new one the default."""
        with contextlib.suppress(FileExistsError):
            self.directory.mkdir(parents=True)
            self.directory.chmod(0o700)
        with jars.locked(self.directory):
            if not self.file.exists() and os.listdir(self.directory):
                raise Failure(f"{self.directory} holds something else: name a directory that is new or empty")
            self.settle(version, brokers, port)
            if owner is not None:
                self.watch(owner)
            try:
                self.bring(self.missing(), wait)
            except BaseException:
                if not any(broker.process.pid() for broker in self.brokers):
                    self.guard.kill()
                raise

    def settle(self, version, brokers, port):
        """Makes `cluster.json`, or refuses what does not fit to the one that is there."""
        if not self.file.exists():
            count = brokers or 1
            self.write(Settings(version or jars.VERSIONS[0], count, port or free_ports(2 * count), new_cluster_id()))
            return
        self.read()
        for what, wanted in (("version", version), ("brokers", brokers)):
            there = getattr(self.settings, what)
            if wanted not in (None, there):
                raise Failure(f"{self.directory} was made with --{what} {there}, not {wanted}: take another directory, "
                              "or stop this one and remove it if nobody needs its data")
        if port not in (None, self.settings.port):
            if any(broker.process.pid() for broker in self.brokers):
                raise Failure(f"{self.directory} runs at port {self.settings.port}: stop it before it can have another")
            self.write(dataclasses.replace(self.settings, port=port))

    def missing(self):
        for broker in self.brokers:
            if broker.process.state() == "frozen":
                raise Failure(f"{broker.name} is frozen: thaw or kill it")
        return [broker for broker in self.brokers if broker.process.state() != "running"]

    def bring(self, missing, wait):
        """Starts these and waits until a client can use all that run. Nothing that it started is left if it cannot."""
        library = jars.fetch(self.settings.version, self.say)
        if missing:
            jars.require_space(self.directory, SPACE_MIB)
        for broker in missing:
            broker.prepare(self.brokers)
        try:
            for broker in missing:
                broker.begin_format(library, self.settings.cluster_id)
            for broker in missing:
                broker.finish_format()
            for broker in missing:
                broker.start(library)
            self.wait_until_ready(missing, wait)
        except BaseException:
            for broker in missing:
                broker.kill()
            raise

    def wait_until_ready(self, started, seconds):
        """Each broker that runs must tell a client of all that run: then they are registered, and take requests."""
        deadline = time.monotonic() + seconds
        while True:
            for broker in started:
                if broker.process.state() == "dead":
                    jars.require_space(self.directory, FULL_MIB)  # or its log cannot say why
                    raise Failure(f"{broker.name} ended while it started; the end of {broker.log}:\n{broker.last_words()}")
            running = {broker.number: broker.port for broker in self.brokers if broker.process.state() == "running"}
            told = {number: self.brokers[number - 1].metadata(self.settings.cluster_id) for number in running}
            late = [number for number, one in told.items() if one is None or not running.items() <= one.ports.items()]
            if not late or seconds == 0:
                return
            if time.monotonic() > deadline:
                few = ", but more than half of them must run" if len(running) <= len(self.brokers) // 2 else ""
                raise Failure(f"{' and '.join(f'broker {number}' for number in late)} not ready after {seconds} s; "
                              f"{len(running)} of {len(self.brokers)} run{few}. Wait longer with --wait, or see what it "
                              f"says in {self.brokers[late[0] - 1].log}")
            time.sleep(POLL_SECONDS)

    # ---- The guard: nothing is left of a test that was killed -------------------------------------------
    def watch(self, owner):
        """A process that kills the brokers when `owner` ends. It is started before them."""
        if not pathlib.Path(f"/proc/{owner}").exists():
            raise Failure(f"there is no process {owner} that could own the brokers")
        self.guard.kill()
        script = pathlib.Path(__file__).with_name("kafka")
        self.guard.start([sys.executable, "-B", script, "guard", "--directory", self.directory, "--owner", str(owner),
                          self.guard.mark], self.directory / "guard.log", "/")

    # ---- Stop -------------------------------------------------------------------------------------------
    def stop(self, at_once):
        """All brokers, and the guard if it is not the one that asks. Returns the names of those that had to be killed."""
        killed = []
        if at_once:
            killed = [broker.name for broker in self.brokers if broker.process.pid()]
            for broker in self.brokers:
                broker.kill()
        deadline = time.monotonic() + STOP_SECONDS
        for broker in self.brokers:
            broker.process.ask_to_end()
        for broker in self.brokers:
            if not broker.process.ended_within(deadline - time.monotonic()):
                broker.kill()
                killed.append(broker.name)
            broker.process.path.unlink(missing_ok=True)
        if self.guard.pid() != os.getpid():
            self.guard.kill()
        self.guard.path.unlink(missing_ok=True)
        return killed
