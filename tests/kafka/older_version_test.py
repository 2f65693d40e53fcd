"""The older Kafka works the same, in short."""

import unittest

from brokers import Directory, create_topic, processes_below, told_by


class OlderVersion(unittest.TestCase):
    def test_it_starts_answers_and_stops(self):
        here = Directory(self)
        ports = here.start("--version", "3.9.2")
        self.assertEqual(told_by(ports[1]).ports, ports)
        self.assertEqual(create_topic(ports[1], "made", copies=1), 0)
        self.assertIn("Kafka 3.9.2", here.succeeds("status"))
        here.succeeds("stop")
        self.assertEqual(processes_below(here.path), [])


if __name__ == "__main__":
    unittest.main()
