"""What cannot be done is said in a sentence that tells what to do. No broker is started here."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

from brokers import KAFKA, SOURCE, Directory, listener, processes_below

import failure  # found by `brokers`
import jars


def program():
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("kafka_program", str(KAFKA))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("kafka_program", loader))
    loader.exec_module(module)
    return module


class Usage(unittest.TestCase):
    def run_with(self, *arguments):
        return subprocess.run([sys.executable, KAFKA, *arguments], capture_output=True, text=True, check=False)

    def test_wrong_usage_ends_with_2(self):
        for arguments, word in (((), "COMMAND"), (("begin",), "begin"), (("start",), "--directory"),
                                (("start", "--directory", "/tmp", "--brokers", "2"), "--brokers"),
                                (("start", "--directory", "/tmp", "--version", "2.0"), "2.0"),
                                (("start", "--directory", "/tmp", "--port", "80"), "80"),
                                (("start", "--directory", "/tmp", "--speed", "9"), "--speed"),
                                (("kill", "--directory", "/tmp"), "--broker"),
                                (("kill", "--directory", "/tmp", "--broker", "0"), "0")):
            run = self.run_with(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertIn(word, run.stderr)

    def test_help_names_every_command_and_option(self):
        whole = self.run_with("--help")
        self.assertEqual(whole.returncode, 0)
        for command in ("start", "stop", "status", "kill", "restart", "freeze", "thaw", "fetch"):
            self.assertIn(command, whole.stdout)
        start = self.run_with("start", "--help")
        for option in ("--directory", "--brokers", "--version", "--port", "--wait", "--owner"):
            self.assertIn(option, start.stdout)


class Pages(unittest.TestCase):
    def test_what_the_pages_tell_to_type_can_be_typed(self):
        parser = program().parser()
        for page, least in (("deploy/kafka/README.md", 5), ("docs/operations.md", 3)):
            typed = re.findall(r"^deploy/kafka/kafka ([^#\n]*)", (SOURCE / page).read_text(encoding="utf-8"), re.MULTILINE)
            self.assertGreaterEqual(len(typed), least)
            for line in typed:
                parser.parse_args(shlex.split(line))


class Refusals(unittest.TestCase):
    def setUp(self):
        self.here = Directory(self)

    def stopped(self, **changes):
        """A directory as `stop` leaves it, without the data."""
        self.here.path.mkdir()
        settings = dict(version="4.4.0", brokers=1, port=20000, cluster_id="pAAAAAAAAAAAAAAAAAAAAA") | changes
        (self.here.path / "cluster.json").write_text(json.dumps(settings))
        return self.here

    def test_a_directory_without_kafka(self):
        for command in ("stop", "status"):
            self.assertIn("there is no Kafka in", self.here.fails(command))

    def test_a_directory_that_holds_something_else(self):
        self.here.path.mkdir()
        (self.here.path / "thesis.tex").touch()
        self.assertIn("holds something else: name a directory that is new or empty", self.here.fails("start"))
        self.assertEqual(os.listdir(self.here.path), ["thesis.tex"])

    def test_a_directory_that_cannot_be_made(self):
        self.assertIn("/proc/", Directory(self, "/proc/nowhere").fails("start"))

    def test_a_damaged_description(self):
        here = self.stopped()
        for damaged in ('{"version": "4.4.0"', '{"version": "4.4.0"}', "[]"):
            (here.path / "cluster.json").write_text(damaged)
            self.assertIn("cluster.json is damaged", here.fails("start"))
            self.assertIn("cluster.json is damaged", here.fails("stop"))
        (here.path / "cluster.json").unlink()

    def test_a_port_that_is_taken(self):
        with listener() as taken:
            port = taken.getsockname()[1]
            said = self.here.fails("start", "--owner", str(os.getpid()), "--port", str(port),
                                   XDG_CACHE_HOME=self.cache_with_jars())
        self.assertEqual(processes_below(self.here.path), [])
        self.assertIn(f"port {port}, which broker 1 needs, is taken by another process", said)

    def test_an_owner_that_does_not_live(self):
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            pass
        self.assertIn(f"there is no process {ended.pid}", self.here.fails("start", "--owner", str(ended.pid)))

    def test_a_process_that_is_not_ours_is_left_alone(self):
        here = self.stopped()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
            (here.path / "broker-1").mkdir()
            (here.path / "broker-1/pid").write_text(str(stranger.pid))
            self.assertIn("broker 1: dead", here.fails("status"))
            self.assertIn("broker 1 is dead", here.fails("kill", "--broker", "1"))
            here.succeeds("stop")
            self.assertIsNone(stranger.poll())
            stranger.communicate(b"\n")
            self.assertEqual(stranger.returncode, 0)

    # ---- Fetching -------------------------------------------------------------------------------------------
    def cache_with_jars(self):
        cache = tempfile.mkdtemp(prefix="perdure-kafka-cache-")
        self.addCleanup(shutil.rmtree, cache)
        (pathlib.Path(cache) / "perdure/kafka/4.4.0/lib").mkdir(parents=True)
        return cache

    def fails_to_fetch(self, **programs):
        """What it says in a world with an empty cache and these shell scripts as only programs."""
        world = pathlib.Path(tempfile.mkdtemp(prefix="perdure-kafka-cache-"))
        self.addCleanup(shutil.rmtree, world)
        for name, body in programs.items():
            (world / name).write_text(f"#!/bin/sh\n{body}\n")
            (world / name).chmod(0o755)
        return self.here.fails("start", PATH=str(world), XDG_CACHE_HOME=str(world / "cache"))

    def test_no_java(self):
        self.assertIn("there is no java here: apt-get install openjdk-17-jre-headless", self.fails_to_fetch())

    def test_no_maven(self):
        self.assertIn("there is no mvn here: apt-get install maven", self.fails_to_fetch(java="exit 1"))

    def test_maven_that_fails(self):
        said = self.fails_to_fetch(java="exit 1", mvn="echo 'Unknown host'; exit 1")
        self.assertIn("Maven could not fetch Kafka 4.4.0:\n  Unknown host\ntry again", said)

    def test_maven_that_brings_something_else(self):
        self.assertIn("could not fetch", self.fails_to_fetch(java="exit 1", mvn="exit 0"))

    def test_a_disk_that_is_full(self):
        with self.assertRaisesRegex(failure.Failure, r"^/ has \d+ MiB free, \d+ MiB are needed: make room"):
            jars.require_space("/", 1 << 40)
        said = failure.last_words("java.io.IOException: No space left on device\n\tat a.b(C.java:1)\n\t... 3 more\n")
        self.assertEqual(said, "  java.io.IOException: No space left on device\n"
                               "the disk is full: make room, or take another one")


if __name__ == "__main__":
    unittest.main()
