"""A client's first question to a broker, in Kafka's own protocol: who is in the cluster?

Written by hand because it has to cost nothing: Kafka's command line tools take two seconds each.
Source: kafka.apache.org/protocol, Metadata (API key 3) version 7, which 3.9 and 4.x both know."""

import dataclasses
import socket
import struct

HOST = "127.0.0.1"
METADATA, METADATA_VERSION = 3, 7


@dataclasses.dataclass(frozen=True)
class Metadata:
    cluster_id: str
    ports: dict  # of the brokers that are registered and not fenced, by their number
    leaders: dict  # of the topics asked for: (topic, partition) -> number of the broker that leads it, or -1


class Answer:
    """Reads the fields of an answer, in their order."""

    def __init__(self, data):
        self.data = data
        self.position = 0

    def field(self, form):
        value, = struct.unpack_from(">" + form, self.data, self.position)
        self.position += struct.calcsize(">" + form)
        return value

    def text(self):
        length = self.field("h")
        return None if length < 0 else self.field(f"{length}s").decode()

    def array(self, read):
        return [read() for _ in range(self.field("i"))]


def text(value):
    return struct.pack(">h", len(value.encode())) + value.encode()


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


def call(port, api_key, api_version, body, seconds):
    """The answer's body. Raises OSError: nobody is there, or does not answer in time."""
    message = struct.pack(">hhi", api_key, api_version, 1) + text("perdure-kafka") + body
    with socket.create_connection((HOST, port), timeout=seconds) as connection:
        connection.sendall(struct.pack(">i", len(message)) + message)
        with connection.makefile("rb") as answers:
            length, = struct.unpack(">i", exactly(answers, 4))
            answer = Answer(exactly(answers, length))
    answer.field("i")  # the correlation id
    return answer


def exactly(file, length):
    data = file.read(length)
    if len(data) != length:
        raise ConnectionError("the connection was closed in mid-answer")
    return data


def ask(port, topics=(), seconds=1.0):
    """What the broker at this port says. Raises OSError as `call` does."""
    answer = call(port, METADATA, METADATA_VERSION, array([text(topic) for topic in topics]) + b"\0", seconds)
    answer.field("i")  # throttled for so long
    ports = {}
    for _ in range(answer.field("i")):
        number, _, ports[number], _ = answer.field("i"), answer.text(), answer.field("i"), answer.text()
    cluster_id = answer.text()
    answer.field("i")  # the controller, which in KRaft is any broker
    leaders = {}
    for _ in range(answer.field("i")):
        _, topic, _ = answer.field("h"), answer.text(), answer.field("?")
        for _ in range(answer.field("i")):
            _, partition, leader, _ = (answer.field(form) for form in "hiii")
            leaders[topic, partition] = leader
            for _ in ("replicas", "in sync", "offline"):
                answer.array(lambda: answer.field("i"))
    return Metadata(cluster_id, ports, leaders)
