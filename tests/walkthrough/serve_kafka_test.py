"""`perdure serve` as the way into a cluster: it has no agents, and takes and shows what those of another node take."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from node import HELLO, PERDURE, Node

KAFKA = pathlib.Path(os.environ["PERDURE_SOURCE_DIR"]) / "deploy/kafka/kafka"
GREET = ("workflow", "start", "hello.v1.Greeter", "Greet")
PATIENCE_SECONDS = 60


class ServeOnKafka(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="perdure-serve-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        started = self.kafka("start", "--owner", str(os.getpid()))
        self.addCleanup(self.kafka, "stop", "--at-once")
        self.config = self.folder / "kafka.yaml"
        self.config.write_text(f"kafka:\n  bootstrap_servers: {started.split('=', 1)[1]}")

    def kafka(self, command, *options):
        done = subprocess.run([KAFKA, command, "--directory", self.folder / "kafka", *options], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def node(self, name, *command):
        return Node(self, *command, "--config", str(self.config), "--node", name,
                    "--data-directory", str(self.folder / name))

    def told(self, node, *arguments):
        done = node.perdure(*arguments)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stderr}")
        return done.stdout

    def told_in_time(self, node, *arguments):
        """Also where a busy machine takes seconds to make a link."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while node.perdure(*arguments).returncode != 0 and time.monotonic() < deadline:
            time.sleep(0.5)
        return self.told(node, *arguments)

    def shown(self, node, *arguments):
        return json.loads(self.told(node, *arguments, "--json"))

    def wait_for_hosts(self, node, names):
        """Until the node has read in the cluster's log who has the agent."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while {host["node"] for host in self.shown(node, "agents", "list")["hosts"]} != names:
            self.assertLess(time.monotonic(), deadline, f"agents are not on {names}")
            time.sleep(0.05)

    def test_any_node_takes_and_shows_what_the_agents_of_another_take(self):
        entry = self.node("entry", PERDURE, "serve")
        worker = self.node("worker", HELLO)
        self.wait_for_hosts(entry, {"worker"})
        self.assertEqual(self.shown(entry, "agents", "list")["agents"], [])
        self.told(entry, "cluster", "drain", "entry")  # else runs would wait there for an agent

        guests = json.dumps({"party": "one", "names": ["Ada"]})
        started = self.told_in_time(entry, *GREET, "--input", guests, "--key", "k")
        self.assertIn("party/one", started, "its id is made as the agent says")
        again = self.shown(worker, *GREET, "--input", guests, "--key", "k")
        self.assertTrue(again["duplicate"], "the bytes are those that the agent's own node makes")

        wrong = entry.perdure(*GREET, "--input", '{"sparty": "one"}')
        self.assertIn("hello.v1.Guests", wrong.stderr)
        self.assertEqual(wrong.returncode, worker.perdure(*GREET, "--input", '{"sparty": "one"}').returncode)
        unknown = entry.perdure("workflow", "start", "hello.v1.Greeter", "Greed")
        self.assertIn("it has: Greet", unknown.stderr)

        for question in (("workflow", "query", "party/one", "Progress"), ("workflow", "describe", "party/one")):
            self.assertEqual(self.shown(entry, *question), self.shown(worker, *question))
        self.assertEqual(self.shown(entry, "workflow", "describe", "party/one")["input"]["names"], ["Ada"])

        self.told(entry, "workflow", "signal", "party/one", "Thank", "--input", '{"from": "Ada"}')
        result = ("workflow", "result", "party/one", "--wait", "30s")
        self.assertEqual(self.shown(entry, *result)["output"], {"lines": ["Hello, Ada!", "You are welcome, Ada!"]})
        history = ("workflow", "history", "party/one")
        seen = self.shown(entry, *history)
        self.assertEqual(seen, self.shown(worker, *history))
        self.assertIn({"from": "Ada"}, [event.get("body") for event in seen["events"]])

        self.told(entry, *GREET, "--input", '{"party": "late"}')
        self.assertEqual(worker.end(signal.SIGTERM), 0, worker.said)
        self.wait_for_hosts(entry, set())
        self.assertEqual(self.shown(entry, *history), seen, "what was told is remembered")
        self.told(entry, "workflow", "signal", "party/late", "Thank", "--input", '{"from": "Eve"}')
        nobody = entry.perdure(*GREET, "--input", guests)
        self.assertIn("no node has agent 'hello.v1.Greeter' at this moment", nobody.stderr)
        self.assertNotEqual(nobody.returncode, 0)

        self.node("worker", HELLO)
        self.wait_for_hosts(entry, {"worker"})
        self.told_in_time(entry, *GREET, "--input", '{"party": "two", "names": []}', "--key", "two")
        self.told(entry, "workflow", "signal", "party/two", "Thank", "--input", '{"from": "Bob"}')
        ended = self.shown(entry, "workflow", "result", "party/two", "--wait", "30s")
        self.assertEqual(ended["output"], {"lines": ["You are welcome, Bob!"]})
        late = self.shown(entry, "workflow", "result", "party/late", "--wait", "30s")
        self.assertEqual(late["output"], {"lines": ["You are welcome, Eve!"]})
        self.assertEqual(entry.end(signal.SIGTERM), 0, entry.said)


if __name__ == "__main__":
    unittest.main()
