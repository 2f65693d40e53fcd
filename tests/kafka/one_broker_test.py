"""One real broker through all that may happen to it."""

import os
import pathlib
import subprocess
import sys
import unittest
import unittest.mock

from brokers import Directory, answer, create_topic, eventually, processes_below, told_by


class OneBroker(unittest.TestCase):
    def test_it_lives_dies_freezes_and_comes_back_where_it_was(self):
        here = Directory(self, "ä folder, with =")
        ports = here.start()
        first = told_by(ports[1])
        self.assertEqual(first.ports, ports)
        self.assertEqual(create_topic(ports[1], "kept", copies=1), 0)
        pid = (here.path / "broker-1/pid").read_text()
        self.assertEqual(here.start(), ports, "a second start finds what runs")
        self.assertEqual((here.path / "broker-1/pid").read_text(), pid)
        self.assertRegex(here.succeeds("status"), rf"broker 1: running, process {pid.strip()}, port {ports[1]}, answers")
        self.refuses_another(here)

        here.succeeds("kill", "--broker", "1")
        self.assertIsNone(answer(ports[1]))
        self.assertIn("broker 1: dead", here.fails("status"))
        self.assertIn("broker 1 is dead, not running", here.fails("freeze", "--broker", "1"))
        with unittest.mock.patch.dict(os.environ, KAFKA_HEAP_OPTS="-Xms200m -Xmx200m"):
            here.succeeds("restart", "--broker", "1")
        options = pathlib.Path(f"/proc/{(here.path / 'broker-1/pid').read_text().strip()}/cmdline").read_text()
        self.assertIn("-Xmx200m", options)
        self.assertNotIn("-Xmx256m", options)
        again = told_by(ports[1], ["kept"])
        self.assertEqual((again.ports, again.cluster_id), (ports, first.cluster_id))
        self.assertEqual(again.leaders, {("kept", 0): 1})

        here.succeeds("freeze", "--broker", "1")
        self.assertIsNone(answer(ports[1]))
        self.assertIn("broker 1: frozen", here.fails("status"))
        self.assertIn("broker 1 is frozen: thaw or kill it", here.fails("start"))
        here.succeeds("thaw", "--broker", "1")
        eventually(self, "it answers", lambda: (told := answer(ports[1])) and told.ports == ports)

        here.succeeds("freeze", "--broker", "1")
        here.succeeds("stop")  # a frozen one too, and the process that watches over it
        self.assertEqual(processes_below(here.path), [])
        self.assertIn("broker 1: stopped", here.fails("status"))
        here.succeeds("stop")
        self.tells_why_it_does_not_start(here)

    def refuses_another(self, here):
        self.assertIn("was made with --version 4.4.0, not 3.9.2: take another directory",
                      here.fails("start", "--version", "3.9.2"))
        self.assertIn("was made with --brokers 1, not 3", here.fails("start", "--brokers", "3"))
        self.assertIn("stop it before it can have another", here.fails("start", "--port", "31999"))
        self.assertIn("there is no broker 2", here.fails("kill", "--broker", "2"))
        self.assertIn("broker 1 is running, not dead", here.fails("restart", "--broker", "1"))

    def tells_why_it_does_not_start(self, here):
        properties = here.path / "broker-1/data/meta.properties"
        properties.write_text(properties.read_text().replace("node.id=1", "node.id=7"))
        said = here.fails("start")
        self.assertIn("broker 1 ended while it started", said)
        self.assertIn("Stored node id 7", said)
        self.assertNotIn("\tat ", said)
        self.assertEqual(processes_below(here.path), [])

    def test_it_ends_with_its_owner_however_that_ends(self):
        here = Directory(self)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
            here.succeeds("start", "--owner", str(owner.pid))
            owner.kill()
        eventually(self, "all ended", lambda: not processes_below(here.path))


if __name__ == "__main__":
    unittest.main()
