"""The demo on Kafka keeps its promises on a small directory, and its proof is not content with less."""

import contextlib
import copy
import datetime
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["PERDURE_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["PERDURE_BUILD"])
EXAMPLE = SOURCE / "examples/licence_audit"
PACKAGES = EXAMPLE / "tests/packages"

sys.path.insert(0, str(EXAMPLE))
import kafka_log  # noqa: E402  found by the line above
import prove  # noqa: E402
import prove_kafka  # noqa: E402
from processes import processes_below  # noqa: E402


def demo(folder, **options):
    arguments = ["--kafka", "--directory", PACKAGES, "--output", folder, "--at-once", "2", "--pace", "1500",
                 "--freeze", "5"]
    return subprocess.Popen([EXAMPLE / "demo", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            stdin=subprocess.DEVNULL, env={**os.environ, "PERDURE_BUILD": str(BUILD)}, **options)


class Done:
    """The demo, run once for all tests that look at what it left."""

    def __init__(self):
        self.parent = pathlib.Path(tempfile.mkdtemp(prefix="perdure-demo-test-"))
        self.folder = self.parent / "with a blank"
        run = demo(self.folder)
        self.output, self.errors = run.communicate()
        self.code = run.returncode
        self.left = processes_below(self.folder)


done = None


def setUpModule():
    global done
    done = Done()


def tearDownModule():
    shutil.rmtree(done.parent)


class DemoOnKafka(unittest.TestCase):
    def test_it_does_what_it_says_and_proves_that_nothing_changed(self):
        self.assertEqual(done.code, 0, done.output + done.errors)
        for word in ("kill -9", "kill -STOP", "kill -CONT", "the broker is killed", "NODE "):
            self.assertEqual(done.output.count(word), 1, done.output)
        self.assertEqual(done.output.count("  holds  "), 7, done.output)
        self.assertNotIn("FAILS", done.output)
        self.assertEqual(done.errors, "")

    def test_it_leaves_equal_reports_and_no_process(self):
        for name in ("report.md", "report.json"):
            disturbed, peace = ((done.folder / run / name).read_bytes() for run in ("disturbed", "peace"))
            self.assertEqual(disturbed, peace)
        figures = json.loads((done.folder / "disturbed/report.json").read_text())["figures"]
        self.assertEqual(figures["packages"], 12)
        self.assertEqual(done.left, [])

    def test_the_commands_that_it_prints_name_what_is_there(self):
        broker, node, status, history, removal = re.search(
            r"^  (.+)\n  (.+) &\n  (.+)\n  (.+)\n\nWhen you have seen enough: kill %1; (.+)$", done.output,
            re.MULTILINE).groups()
        for command in (broker, node, status, history):
            self.assertTrue(os.access(shlex.split(command)[0], os.X_OK), command)
        self.assertEqual(shlex.split(removal)[-3:], ["rm", "-r", str(done.folder)])
        self.assertIn(str(done.folder / "kafka"), shlex.split(broker))

    def prove_changed(self, change):
        """The proof, when `change` has been in a copy of the folder of the audit with faults."""
        with tempfile.TemporaryDirectory() as parent:
            other = pathlib.Path(parent) / "other"
            shutil.copytree(done.folder / "disturbed", other, ignore=shutil.ignore_patterns("node-*"))
            change(other)
            return subprocess.run([sys.executable, "-B", EXAMPLE / "prove_kafka.py", other, done.folder / "peace"],
                                  capture_output=True, text=True, check=False)

    def test_the_proof_ends_with_0_if_nothing_was_changed(self):
        self.assertEqual(self.prove_changed(lambda folder: None).returncode, 0)

    def test_the_proof_ends_with_1_if_the_reports_differ_in_a_byte(self):
        def change(folder):
            with open(folder / "report.md", "a", encoding="utf-8") as report:
                report.write("\n")
        proof = self.prove_changed(change)
        self.assertEqual(proof.returncode, 1, proof.stdout)
        self.assertRegex(proof.stdout, r"FAILS +Both audits wrote the same report")

    def test_the_proof_ends_with_1_if_a_partition_is_missing(self):
        proof = self.prove_changed(lambda folder: (folder / "log/audit-0.jsonl").unlink())
        self.assertEqual(proof.returncode, 1, proof.stdout)
        self.assertIn("FAILS", proof.stdout)

    def test_the_proof_refuses_a_dump_that_was_cut_off(self):
        def change(folder):
            file = folder / "log/audit-0.jsonl"
            file.write_bytes(file.read_bytes()[:-5])
        proof = self.prove_changed(change)
        self.assertEqual(proof.returncode, 1, proof.stdout)
        self.assertIn("audit-0.jsonl", proof.stderr)


def first(partitions, matches):
    """The partition and the place of the first record of that sort."""
    return next((records, i) for records in partitions for i, record in enumerate(records) if matches(record))


def counted_turn(partitions, matches):
    """A record that is a turn which counts."""
    turns = {offset for turns in kafka_log.Log(partitions).turns.values() for offset, _ in turns}
    records, i = first(partitions, lambda r: r["kind"] == "turn" and r["offset"] in turns and matches(r["header"]))
    return records[i]["header"]


class Claims(unittest.TestCase):
    """Each claim fails when the records are made to say otherwise."""

    @classmethod
    def setUpClass(cls):
        cls.records = {name: [[json.loads(line) for line in file.read_text().splitlines()]
                              for file in sorted((done.folder / name / "log").glob("*.jsonl"))]
                       for name in ("disturbed", "peace")}
        cls.faults = prove_kafka.read_faults(done.folder / "disturbed")
        cls.report = json.loads((done.folder / "peace/report.json").read_text())

    def failed(self, change, faults=None):
        """The claims that fail once `change` has been at the partitions of the audit with faults."""
        partitions = copy.deepcopy(self.records["disturbed"])
        change(partitions)
        logs = [("disturbed", kafka_log.Log(partitions)), ("peace", kafka_log.Log(self.records["peace"]))]
        claims = {"faults": lambda p: prove_kafka.prove_faults(p, logs[0][1], faults or self.faults),
                  "results": lambda p: prove_kafka.prove_results(p, logs),
                  "attempts": lambda p: prove_kafka.prove_attempts(p, logs),
                  "decisions": lambda p: prove.prove_decisions(p, logs, self.report),
                  "order": lambda p: prove_kafka.prove_order(p, logs),
                  "fences": lambda p: prove_kafka.prove_fences(p, logs)}
        failed = set()
        for name, claim in claims.items():
            proof = prove.Proof()
            with contextlib.redirect_stdout(io.StringIO()):
                claim(proof)
            failed |= {name} if proof.failed else set()
        return failed

    def test_unchanged_records_fail_none(self):
        self.assertEqual(self.failed(lambda partitions: None), set())

    def test_copies_of_all_records_behind_them_change_nothing(self):
        def change(partitions):
            for records in partitions:
                last = records[-1]["offset"]
                records += [{**record, "offset": last + i} for i, record in enumerate(copy.deepcopy(records), 1)
                            if record["kind"] in ("message", "turn", "claim", "step_result")]
        self.assertEqual(self.failed(change), set())

    def test_nodes_that_did_not_lose_what_they_owned(self):
        def change(partitions):  # whoever lost a partition had handed it over
            for records in partitions:
                for claim in [r for r in records if r["kind"] == "claim"]:
                    records.insert(records.index(claim), {
                        **claim, "kind": "handed_over", "offset": claim["offset"] - 1,
                        "header": {"epoch": claim["header"].get("replaces", 0)}})
        self.assertIn("faults", self.failed(change))

    def test_a_zombie_that_was_another_process(self):
        frozen = self.faults["frozen"]

        def change(partitions):
            for records in partitions:
                for r in records:
                    if (r["kind"] == "claim" and r["header"]["node"] == frozen.node
                            and kafka_log.seconds(r["time"]) > frozen.end):
                        r["header"]["session"] += 1
        self.assertIn("faults", self.failed(change))

    def test_faults_before_the_work_began_or_when_it_was_done(self):
        for moment in (0, 4e9):
            faults = {**self.faults, "broker": self.faults["broker"]._replace(begin=moment)}
            self.assertIn("faults", self.failed(lambda partitions: None, faults))

    def test_a_broker_that_was_never_away(self):
        broker = self.faults["broker"]

        def change(partitions):
            records = partitions[0]
            for tenth in range(int((broker.end - broker.begin) * 10)):
                time = datetime.datetime.fromtimestamp(broker.begin + tenth / 10, datetime.UTC).isoformat()
                records.append({**records[-1], "kind": "barrier", "header": {}, "time": time})
        self.assertEqual(self.failed(change), {"faults"})

    def test_a_result_that_is_missing(self):
        def change(partitions):
            counted_turn(partitions, lambda h: h.get("results")).pop("results")
        self.assertIn("results", self.failed(change))

    def test_a_result_that_was_given_back_twice(self):
        def change(partitions):
            turn = counted_turn(partitions, lambda h: h.get("results"))
            turn.setdefault("consumed", []).append({"kind": prove.STEP_ITEM, "thing": turn["results"][0]["step"],
                                                    "at": 1, "attempt": 1, "outcome": prove.OK})
        self.assertIn("results", self.failed(change))

    def test_a_step_that_was_not_taken_in_peace(self):
        def change(partitions):
            counted_turn(partitions, lambda h: any(c["kind"] == prove.STEP_COMMAND for c in h.get("commands", [])))[
                "commands"][0]["name"] = "another"
        self.assertIn("results", self.failed(change))

    def test_an_attempt_that_nothing_asked_for(self):
        def change(partitions):
            counted_turn(partitions, lambda h: h.get("results"))["results"][0]["attempt"] += 9
        self.assertIn("attempts", self.failed(change))

    def test_a_message_that_is_missing(self):
        def change(partitions):
            records, i = first(partitions, lambda r: r["kind"] == "message")
            number = records[i]["header"]["number"]
            source = records[i]["header"].get("source_partition", 0)
            records[:] = [r for r in records if r["kind"] != "message" or r["header"]["number"] != number
                          or r["header"].get("source_partition", 0) != source]
        self.assertIn("order", self.failed(change))

    def test_a_message_that_nobody_sent(self):
        def change(partitions):
            records, i = first(partitions, lambda r: r["kind"] == "message")
            channel = {"source_partition", "source_incarnation"}
            again = copy.deepcopy(records[i])
            again["header"]["number"] = 1 + max(
                r["header"]["number"] for r in records if r["kind"] == "message"
                and all(r["header"].get(k) == again["header"].get(k) for k in channel))
            records.append(again)
        self.assertIn("order", self.failed(change))

    def test_a_question_that_was_decided_twice(self):
        def change(partitions):
            calls = [r["header"]["body"] for records in partitions for r in records if r["kind"] == "message"
                     and r["header"].get("body", {}).get("workflow_id", "").startswith("licence/")]
            ids = [call["workflow_id"] for call in calls]
            calls[0]["workflow_id"] = next(id for id in ids if id != ids[0])
        self.assertIn("decisions", self.failed(change))

    def test_a_turn_of_the_owner_that_does_not_count(self):
        def change(partitions):
            counted_turn(partitions, lambda h: h["seq"] > 1)["seq"] += 7
        self.assertIn("fences", self.failed(change))


class Interrupted(unittest.TestCase):
    def test_it_ends_its_nodes_and_its_broker_when_it_is_stopped(self):
        with tempfile.TemporaryDirectory() as parent:
            folder = pathlib.Path(parent) / "demo"
            run = demo(folder, start_new_session=True)
            for line in run.stdout:
                if "kill -STOP" in line:
                    break
            self.assertGreater(len(processes_below(folder)), 3)
            run.send_signal(signal.SIGTERM)
            run.communicate()
            self.assertNotEqual(run.returncode, 0)
            self.assertEqual(processes_below(folder), [])


if __name__ == "__main__":
    unittest.main()
