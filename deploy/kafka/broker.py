"""One broker, which is also a controller: its folder, its settings, its process."""

import contextlib
import os
import socket
import struct
import subprocess

import jars
import metadata
from failure import Failure, last_words
from process_file import ProcessFile, environment

STOP_SECONDS = 30
HEAP = "-Xms256m -Xmx256m"  # enough for tests; under load its collector takes as much as all else in it
JAVA_OPTIONS = (
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)
FOR_A_MOMENT = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # what ends at once starts a third faster so

# Everything but the session's time is what a cluster of this size needs to work at all. A broker that was killed is
# given up, and may come back, when its session has ended: by default after nine seconds. The cleaner of compacted topics
# takes half of the heap by default, and a broker with some hundred partitions needs that to start again.
SETTINGS = """\
process.roles=broker,controller
node.id={number}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters={voters}
log.dirs=data
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor={copies}
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={copies_in_sync}
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
log.cleaner.dedupe.buffer.size=16777216
"""


class Broker:
    def __init__(self, folder, number, port, controller_port):
        self.folder = folder
        self.number = number
        self.port = port
        self.controller_port = controller_port
        self.log = folder / "broker.log"
        self.process = ProcessFile(folder / "pid", f"-Dperdure.kafka={folder}")
        self.formatting = None
        self.log_start = 0  # where the lines of its present life begin

    @property
    def name(self):
        return f"broker {self.number}"

    def prepare(self, everyone):
        """Makes its folder and writes its settings; its ports must be free."""
        self.folder.mkdir(parents=True, exist_ok=True)
        copies = len(everyone)
        settings = SETTINGS.format(
            number=self.number, port=self.port, controller_port=self.controller_port,
            voters=",".join(f"{each.number}@{metadata.HOST}:{each.controller_port}" for each in everyone),
            copies=copies, copies_in_sync=copies // 2 + 1)
        (self.folder / "server.properties").write_text(settings)
        for port in (self.port, self.controller_port):
            if not port_is_free(port):
                raise Failure(f"port {port}, which {self.name} needs, is taken by another process: stop that one, or "
                              "start with another --port")

    def begin_format(self, library, cluster_id):
        """Makes its data directory, if there is none, in a process of its own: several can do so at the same time."""
        if (self.folder / "data/meta.properties").exists():
            return
        command = self.java(library, *FOR_A_MOMENT, "kafka.tools.StorageTool", "format", "-t", cluster_id,
                            "-c", "server.properties")
        self.formatting = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                           stderr=subprocess.STDOUT, text=True, errors="replace", env=environment())

    def finish_format(self):
        if self.formatting is None:
            return
        said, _ = self.formatting.communicate()
        if self.formatting.returncode != 0:
            raise Failure(f"the data directory of {self.name} could not be made:\n{last_words(said)}")

    def java(self, library, *arguments):
        # Its folder is the working directory: no path in the settings can have characters that Kafka reads as its own.
        heap = os.environ.get("KAFKA_HEAP_OPTS", HEAP).split()  # as Kafka's own scripts name it
        return [jars.program("java"), *heap, *JAVA_OPTIONS, self.process.mark, "-cp", f"{library}/*", *arguments]

    def start(self, library):
        with contextlib.suppress(OSError):
            self.log_start = self.log.stat().st_size
        self.process.start(self.java(library, "kafka.Kafka", "server.properties"), self.log, self.folder)

    def kill(self):
        if self.formatting is not None:
            self.formatting.kill()
            self.formatting.wait()
        self.process.kill()

    def last_words(self):
        with contextlib.suppress(OSError), open(self.log, encoding="utf-8", errors="replace") as log:
            log.seek(self.log_start)
            return last_words(log.read())
        return last_words("")

    def metadata(self, cluster_id):
        """What it tells a client, or None: it does not answer, or another cluster does at its port."""
        try:
            told = metadata.ask(self.port)
        except (OSError, ValueError, struct.error):
            return None
        return told if told.cluster_id == cluster_id else None


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as brokers do: connections that ended do not count
        try:
            probe.bind((metadata.HOST, port))
        except OSError:
            return False
        return True
