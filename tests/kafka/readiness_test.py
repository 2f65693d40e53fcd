"""When a start is over, with brokers that say what they are told to say."""

import pathlib
import tempfile
import unittest

import brokers  # noqa: F401  with it the next ones are found

from cluster import Cluster, Settings
from failure import Failure
from metadata import Metadata


class Actor:
    """A broker that registers, or ends, at the given question."""

    def __init__(self, number, listed, state="running"):
        self.number, self.port, self.name, self.log = number, 20000 + number, f"broker {number}", f"{number}.log"
        self.listed = list(listed)  # the numbers that it tells a client, by question; the last one stays
        self.process = self
        self.state = lambda: state

    def metadata(self, _):
        now = self.listed.pop(0) if len(self.listed) > 1 else self.listed[0]
        return now if now is None else Metadata("id", {number: 20000 + number for number in now}, {})

    def last_words(self):
        return "  farewell"


class Readiness(unittest.TestCase):
    def wait(self, *actors, seconds=10):
        with tempfile.TemporaryDirectory(prefix="perdure-kafka-test-") as folder:
            cluster = Cluster(pathlib.Path(folder), print)
            cluster.settings = Settings("4.4.0", len(actors), 20000, "id")
            cluster.brokers = list(actors)
            cluster.wait_until_ready(actors, seconds)

    def test_each_must_tell_of_all_that_run(self):
        slow = Actor(2, [None, [], [2], [1, 2]])
        self.wait(Actor(1, [[1], [1], [1, 2]]), slow)
        self.assertEqual(slow.listed, [[1, 2]])

    def test_what_does_not_run_is_not_waited_for(self):
        self.wait(Actor(1, [[1]]), Actor(2, [None], state="frozen"))

    def test_a_majority_is_asked_for_when_time_is_over(self):
        words = "broker 3 not ready after 0.1 s; 1 of 3 run, but more than half of them must run"
        with self.assertRaisesRegex(Failure, words):
            self.wait(Actor(1, [None], "stopped"), Actor(2, [None], "stopped"), Actor(3, [None]), seconds=0.1)

    def test_one_that_ends_is_told_with_its_last_words(self):
        with self.assertRaisesRegex(Failure, "broker 1 ended while it started; the end of 1.log:\n  farewell"):
            self.wait(Actor(1, [[1]], state="dead"))


if __name__ == "__main__":
    unittest.main()
