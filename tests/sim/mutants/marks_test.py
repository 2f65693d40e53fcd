"""The marks in the product: their table, and that no program for users holds any of them.

PERDURE_WITHOUT_MARKS: programs of an ordinary build, separated by colons. PERDURE_WITH_MARKS: perdure_sim of
the preset sim. One of the two is given."""

import os
import pathlib
import re
import subprocess
import unittest

import table

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
PRODUCT = ("runtime", "transport", "actors", "nexus", "deploy")
MARK = re.compile(r'\b(BUGGIFY|REACHED|MUTANT)\(\s*"([^"]*)"\s*\)')


def marks():
    """(kind, name, file) of each mark in the product's sources."""
    for folder in PRODUCT:
        for path in sorted((CHECKOUT / folder).rglob("*.?pp")):
            if path.name == "simulation.hpp":
                continue
            for kind, name in MARK.findall(path.read_text(encoding="utf-8")):
                yield kind, name, str(path.relative_to(CHECKOUT))


def names_in(program):
    """Those of the marks' names that stand in the program's bytes, as whole words."""
    words = set(re.findall(rb"[a-z0-9]+(?:-[a-z0-9]+)+", pathlib.Path(program).read_bytes()))
    return {name for _, name, _ in marks() if name.encode() in words}


class Table(unittest.TestCase):
    def test_names_each_planted_bug_and_its_file(self):
        planted = {(name, file) for kind, name, file in marks() if kind == "MUTANT"}
        rows = {(row.name, row.where) for row in table.rows()}
        self.assertEqual(rows - planted, set(), "in the table, but not planted there")
        self.assertEqual({name for name, _ in planted} - {name for name, _ in rows}, set(), "not in the table")

    def test_has_each_once_and_enough_of_them(self):
        names = [row.name for row in table.rows()]
        self.assertEqual(len(names), len(set(names)))
        self.assertGreaterEqual(sum(row.harmless == "" for row in table.rows()), 45)

    def test_marks_have_two_words_or_more_of_their_own(self):
        kinds = {}
        for kind, name, file in marks():
            self.assertRegex(name, r"^[a-z0-9]+(-[a-z0-9]+)+$", file)
            self.assertIn(kinds.setdefault(name, kind), (kind,), f"{name} is also a {kinds[name]}")
        self.assertGreaterEqual(sum(kind == "REACHED" for kind in kinds.values()), 30)
        self.assertGreaterEqual(sum(kind == "BUGGIFY" for kind in kinds.values()), 10)


@unittest.skipUnless("PERDURE_WITHOUT_MARKS" in os.environ, "an ordinary build")
class OrdinaryPrograms(unittest.TestCase):
    def test_hold_no_mark(self):
        for program in os.environ["PERDURE_WITHOUT_MARKS"].split(":"):
            self.assertEqual(names_in(program), set(), program)


@unittest.skipUnless("PERDURE_WITH_MARKS" in os.environ, "a build with the preset sim")
class Simulator(unittest.TestCase):
    def setUp(self):
        self.program = os.environ["PERDURE_WITH_MARKS"]

    def listed(self, what):
        told = subprocess.run([self.program, what], capture_output=True, text=True, check=True)
        return [line.split()[-1] for line in told.stdout.splitlines()]

    def test_holds_and_lists_all_marks(self):
        here = set(self.listed("--marks")) | set(self.listed("--mutants"))
        linked = {file.split("/")[0] for _, name, file in marks() if name in here}
        self.assertGreaterEqual(linked, {"runtime", "actors"})
        self.assertEqual(here, {name for _, name, file in marks() if file.split("/")[0] in linked})
        self.assertEqual(here - names_in(self.program), set(), "the check of ordinary programs would miss them")

    def test_knows_no_other_mutant(self):
        told = subprocess.run([self.program, "--mutant", "no-such-bug", "--seeds", "1"], capture_output=True, check=False)
        self.assertEqual(told.returncode, 2)
        self.assertIn(b"no-such-bug", told.stderr)

    def test_finds_a_planted_bug_and_tells_how_to_repeat_it(self):
        command = [self.program, "--seeds", "0..2000", "--mutant", "claim-without-cas", "--until-failure"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(told.returncode, 1, told.stdout[-1000:])
        self.assertRegex(told.stdout, r"repeat it: .*perdure_sim'? --story \d+ --mutant claim-without-cas")


if __name__ == "__main__":
    unittest.main()
