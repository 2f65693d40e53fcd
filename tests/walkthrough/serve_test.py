"""`perdure serve` runs an installation whose agents are elsewhere: what is there can be seen and steered."""

import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

from node import HELLO, PERDURE, Node


class Serve(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="perdure-serve-test-")
        self.addCleanup(shutil.rmtree, self.data)

    def node(self, *command):
        return Node(self, *command, "--data-directory", self.data)

    def workflow(self, node):
        described = node.perdure("workflow", "describe", "party/one", "--json")
        self.assertEqual(described.returncode, 0, described.stderr)
        return json.loads(described.stdout)

    def test_it_has_no_agents_and_shows_and_steers_what_is_there(self):
        node = self.node(HELLO)
        started = node.perdure("workflow", "start", "hello.v1.Greeter", "Greet", "--input",
                               '{"party": "one", "names": ["Ada"]}')
        self.assertEqual(started.returncode, 0, started.stderr)
        self.assertEqual(node.end(signal.SIGKILL), -signal.SIGKILL)

        node = self.node(PERDURE, "serve")
        self.assertEqual(json.loads(node.perdure("agents", "list", "--json").stdout), {"agents": []})
        refused = node.perdure("workflow", "start", "hello.v1.Greeter", "Greet")
        self.assertEqual(refused.returncode, 3, refused.stderr)
        history = node.perdure("workflow", "history", "party/one")
        self.assertEqual(history.returncode, 0, history.stderr)
        self.assertIn("started", history.stdout)
        unreadable = node.perdure("workflow", "signal", "party/one", "Thank", "--input",
                                  '{"from": "Ada"}')
        self.assertEqual(unreadable.returncode, 4, unreadable.stderr)
        self.assertIn("agent 'hello.v1.Greeter', which this node does not have", unreadable.stderr)
        signalled = node.perdure("workflow", "signal", "party/one", "Thank", "--input",
                                 json.dumps({"base64": "CgNBZGE="}))  # Thanks{from: "Ada"}
        self.assertEqual(signalled.returncode, 0, signalled.stderr)
        run = self.workflow(node)
        self.assertEqual((run["status"], run["condition"]), ("open", "no_handler"))
        with urllib.request.urlopen(node.address + "/metrics") as metrics:
            self.assertIn(b"perdure_node", metrics.read())
        self.assertEqual(node.end(signal.SIGTERM), 0, node.said)

        node = self.node(HELLO)
        result = node.perdure("workflow", "result", "party/one", "--wait", "30s", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["output"]["lines"],
                         ["Hello, Ada!", "You are welcome, Ada!"])
        self.assertEqual(node.end(signal.SIGTERM), 0, node.said)

    def test_what_needs_no_code_works_without_agents(self):
        node = self.node(HELLO)
        for name in ("one", "two"):
            node.perdure("workflow", "start", "hello.v1.Greeter", "Greet", "--input",
                         json.dumps({"party": name, "names": ["Ada"]}))
        node.end(signal.SIGKILL)
        node = self.node(PERDURE, "serve")
        self.assertEqual(node.perdure("workflow", "terminate", "party/one").returncode, 0)
        ended = node.perdure("workflow", "result", "party/one", "--wait", "30s", "--json")
        self.assertEqual(json.loads(ended.stdout)["status"], "terminated")
        self.assertEqual(node.perdure("workflow", "pause", "party/two").returncode, 0)
        listed = json.loads(node.perdure("workflow", "list", "--json").stdout)
        self.assertEqual({run["workflow_id"] for run in listed["runs"]}, {"party/one", "party/two"})
        self.assertEqual(node.end(signal.SIGTERM), 0, node.said)

    def test_it_takes_the_configuration_file_of_every_node(self):
        file = pathlib.Path(self.data) / "node.yaml"
        file.write_text("node: alpha\nnamespaces:\n  - name: audit\n    partitions: 2\n")
        node = self.node(PERDURE, "serve", "--config", str(file))
        with urllib.request.urlopen(node.address + "/v1/status") as status:
            shown = json.load(status)
        self.assertEqual(shown["node"], "alpha")
        self.assertEqual([p["namespace"] for p in shown["partitions"]], ["audit", "audit"])
        node.end(signal.SIGTERM)

    def test_what_is_wrong_ends_it_with_a_code_and_a_sentence(self):
        for flags, code, word in ((["--http-port", "many"], 2, "many"),
                                  (["--no-such-flag", "1"], 2, "no-such-flag"),
                                  (["--config", "/no/such.yaml"], 2, "/no/such.yaml"),
                                  (["--data-directory", "/proc/nowhere"], 1, "/proc/nowhere")):
            end = subprocess.run([PERDURE, "serve", *flags], capture_output=True, text=True,
                                 check=False)
            self.assertEqual(end.returncode, code, end.stderr)
            self.assertIn(word, end.stderr)


if __name__ == "__main__":
    unittest.main()
