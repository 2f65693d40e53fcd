"""The demo keeps its promises on a small directory, and its proof is not content with less."""

import copy
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
PERDURE = BUILD / "deploy/perdure"
PACE = "200"
UNAVAILABLE = 5  # the exit code of `perdure` while a node that starts is not ready

sys.path.insert(0, str(EXAMPLE))
import prove  # noqa: E402  found by the line above
from processes import processes_below  # noqa: E402


def demo(*arguments, **options):
    return subprocess.Popen([EXAMPLE / "demo", *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, **options)


class Done:
    """The demo, run once for all tests that look at what it left."""

    def __init__(self):
        self.parent = pathlib.Path(tempfile.mkdtemp(prefix="perdure-demo-test-"))
        self.folder = self.parent / "with a blank"
        build = self.parent / "another blank"
        build.symlink_to(BUILD)
        run = demo("--directory", PACKAGES, "--output", self.folder, "--at-once", "2", "--pace", PACE,
                   env={**os.environ, "PERDURE_BUILD": str(build)})
        self.output, self.errors = run.communicate()
        self.code = run.returncode


done = None


def setUpModule():
    global done
    done = Done()


def tearDownModule():
    shutil.rmtree(done.parent)


class Demo(unittest.TestCase):
    def test_it_kills_three_times_and_proves_that_nothing_changed(self):
        self.assertEqual(done.code, 0, done.output + done.errors)
        self.assertEqual(done.output.count("kill -9"), 3, done.output)
        self.assertEqual(done.output.count("  holds  "), 6, done.output)
        self.assertNotIn("FAILS", done.output)
        self.assertEqual(done.errors, "")

    def test_it_leaves_equal_reports_and_no_process(self):
        for name in ("report.md", "report.json"):
            killed, peace = ((done.folder / run / name).read_bytes() for run in ("killed", "peace"))
            self.assertEqual(killed, peace)
        figures = json.loads((done.folder / "killed/report.json").read_text())["figures"]
        self.assertEqual(figures["packages"], 12)
        self.assertIn(str(done.folder), done.output)
        self.assertEqual(processes_below(done.folder), [])

    def test_it_shows_progress_without_a_terminal(self):
        self.assertRegex(done.output, r"(?m)^  \d+ of 12 packages")
        self.assertNotIn("\r", done.output)

    def test_the_commands_that_it_prints_work_whatever_the_path(self):
        node, *questions, removal = re.search(
            r"^  (.+) &\n  (.+)\n  (.+)\n\nWhen you have seen enough: kill %1; (.+)$", done.output,
            re.MULTILINE).groups()
        self.assertEqual(shlex.split(removal), ["rm", "-r", str(done.folder)])
        data, aside = done.folder / "killed/data", done.parent / "aside"
        shutil.copytree(data, aside)
        self.addCleanup(aside.rename, data)  # the last cleanup: other tests count this log's claims
        self.addCleanup(shutil.rmtree, data)
        run = subprocess.Popen(["bash", "-c", f"exec {node} --http-port 0"], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.communicate)
        self.addCleanup(run.terminate)
        found = next(filter(None, (re.search(r"API at (http://\S+)", line) for line in run.stderr)))
        for command, word in zip(questions, ("audit/demo", "started, given"), strict=True):
            answers = (subprocess.run(["bash", "-c", command], env={**os.environ, "PERDURE_NODE": found[1]},
                                      capture_output=True, text=True, check=False) for _ in range(500))
            self.assertIn(word, next(a.stdout for a in answers if a.returncode != UNAVAILABLE))

    def proof(self, *folders, kills=3):
        return subprocess.run(
            [sys.executable, "-B", EXAMPLE / "prove.py", "--perdure", PERDURE, "--kills", str(kills),
             *folders], capture_output=True, text=True, check=False)

    def test_the_proof_fails_for_other_kills_than_there_were(self):
        killed, peace = done.folder / "killed", done.folder / "peace"
        self.assertEqual(self.proof(killed, peace).returncode, 0)
        self.assertEqual(self.proof(killed, peace, kills=2).returncode, 1)
        self.assertEqual(self.proof(peace, killed).returncode, 1)
        self.assertEqual(self.proof(peace, peace).returncode, 1)

    def test_the_proof_fails_if_the_reports_differ_in_a_byte(self):
        other = done.parent / "other"
        shutil.copytree(done.folder / "peace", other)
        with open(other / "report.md", "a", encoding="utf-8") as report:
            report.write("\n")
        proof = self.proof(done.folder / "killed", other)
        self.assertEqual(proof.returncode, 1, proof.stdout)
        self.assertRegex(proof.stdout, r"FAILS +Both audits wrote the same report")

    def test_the_proof_refuses_a_damaged_log(self):
        other = done.parent / "damaged"
        shutil.copytree(done.folder / "peace", other)
        segment = sorted((other / "data/log").glob("*"), key=lambda path: path.stat().st_size)[-1]
        with open(segment, "r+b") as file:
            file.seek(5000)
            byte = file.read(1)[0]
            file.seek(5000)
            file.write(bytes([byte ^ 1]))
        proof = self.proof(done.folder / "killed", other)
        self.assertNotEqual(proof.returncode, 0, proof.stdout)


class Claims(unittest.TestCase):
    """Each claim fails when the records are made to say otherwise."""

    @classmethod
    def setUpClass(cls):
        cls.records = {}
        for name in ("killed", "peace"):
            dump = subprocess.run([PERDURE, "log", "dump", "--json", done.folder / name / "data"],
                                  capture_output=True, text=True, check=True)
            cls.records[name] = [json.loads(line) for line in dump.stdout.splitlines()]

    def fails(self, claim, change):
        """Whether `claim` fails once `change` has been at the records of the audit with kills."""
        records = copy.deepcopy(self.records)
        change(records["killed"])
        logs = [(name, prove.Log(records[name])) for name in ("killed", "peace")]
        report = json.loads((done.folder / "peace/report.json").read_text())
        proof = prove.Proof()
        {"kills": lambda: prove.prove_kills(proof, logs[0][1], logs[1][1], 3),
         "results": lambda: prove.prove_results(proof, logs),
         "attempts": lambda: prove.prove_attempts(proof, logs[0][1], logs[1][1]),
         "order": lambda: prove.prove_order(proof, logs),
         "decisions": lambda: prove.prove_decisions(proof, logs, report)}[claim]()
        return proof.failed == 1

    def test_unchanged_records_fail_none(self):
        for claim in ("kills", "results", "attempts", "order", "decisions"):
            self.assertFalse(self.fails(claim, lambda records: None), claim)

    def test_a_kill_that_did_not_happen(self):
        def change(records):
            claims = [r for r in records if r["kind"] == "claim"]
            records.remove(claims[-1])
        self.assertTrue(self.fails("kills", change))

    def test_a_result_recorded_twice(self):
        def change(records):
            turn = next(r for r in records if r["header"].get("results"))
            turn["header"]["results"] *= 2
        self.assertTrue(self.fails("results", change))

    def test_a_result_that_is_missing(self):
        def change(records):
            next(r for r in records if r["header"].get("results"))["header"].pop("results")
        self.assertTrue(self.fails("results", change))

    def test_an_attempt_repeated_without_a_kill(self):
        def change(records):
            turn = next(r for r in records if r["header"].get("results"))
            turn["header"]["results"][0]["attempt"] += 1
        self.assertTrue(self.fails("attempts", change))

    def test_a_message_taken_twice(self):
        def change(records):
            records.append(copy.deepcopy(next(r for r in records if r["kind"] == "message")))
        self.assertTrue(self.fails("order", change))

    def test_a_question_decided_twice(self):
        def change(records):
            legal = {r["partition"] for r in records
                     if r["kind"] == "log_opened" and r["header"]["namespace"] == "legal"}
            records.append(copy.deepcopy(next(
                r for r in records if r["kind"] == "turn" and r["partition"] in legal
                and r["header"].get("status") == prove.COMPLETED)))
        self.assertTrue(self.fails("decisions", change))


class LongReport(unittest.TestCase):
    def test_its_beginning_is_shown_and_the_proof_follows(self):
        with tempfile.TemporaryDirectory() as parent:
            packages = pathlib.Path(parent) / "packages"
            shutil.copytree(PACKAGES, packages)
            stanzas = ["Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"]
            stanzas += [f"Files: part{i}/*\nCopyright: 2020 Somebody\n"
                        f"License: {'a-very-' * 30}long-name-{i}\n"
                        f" Permission is granted to use, modify and redistribute this, number {i}.\n"
                        for i in range(300)]  # more than a pipe holds
            (packages / "many").mkdir()
            (packages / "many/copyright").write_text("\n".join(stanzas))
            run = demo("--directory", packages, "--output", pathlib.Path(parent) / "out",
                       "--at-once", "2", "--pace", PACE)
            output, errors = run.communicate()
            self.assertEqual(run.returncode, 0, output + errors)
            self.assertEqual(output.count("  holds  "), 6, output)
            shown = output[output.index("# Licence audit"):output.index("  holds  ")]
            self.assertGreater(shown.count("\n"), 38)
            self.assertLess(shown.count("\n"), 50)


class Interrupted(unittest.TestCase):
    def test_it_ends_its_node_when_it_is_stopped(self):
        for stop in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(stop), tempfile.TemporaryDirectory() as parent:
                folder = pathlib.Path(parent) / "demo"
                run = demo("--directory", PACKAGES, "--output", folder, "--at-once", "1", "--pace",
                           "1000", start_new_session=True)
                for line in run.stdout:
                    if " of 12 packages" in line:
                        break
                self.assertEqual(len(processes_below(folder / "killed/data")), 1)
                run.send_signal(stop)
                run.communicate()
                self.assertNotEqual(run.returncode, 0)
                self.assertEqual(processes_below(folder), [])


class Refused(unittest.TestCase):
    def test_what_it_cannot_do_is_said_in_a_sentence(self):
        with tempfile.TemporaryDirectory() as empty:
            (pathlib.Path(empty) / "full").mkdir()
            (pathlib.Path(empty) / "full/file").touch()
            for arguments, word in ((["--directory", "/no/such"], "/no/such"),
                                    (["--directory", empty], "packages"),
                                    (["--pace", "soon"], "soon"),
                                    (["--pace"], "--pace"),
                                    (["--kafka", "--freeze", "long"], "long"),
                                    (["--speed", "9"], "--speed"),
                                    (["--directory", PACKAGES, "--output", empty + "/full"], "full")):
                run = demo(*arguments)
                _, errors = run.communicate()
                self.assertNotEqual(run.returncode, 0, arguments)
                self.assertIn(word, errors)


if __name__ == "__main__":
    unittest.main()
