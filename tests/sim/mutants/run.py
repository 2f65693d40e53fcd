#!/usr/bin/env python3
"""Plants each bug of the table in turn and looks whether the simulator finds it.

python3 tests/sim/mutants/run.py --program build/sim/tests/sim/perdure_sim [--seeds 10000] [--only NAME…]

A bug is found by the first seed that fails with it and does not fail without it. A process that ends, or a
world that never does, is a failure. Prints what found it, and how many seeds that took."""

import argparse
import re
import resource
import subprocess
import sys
import time

import table

MEMORY = 4 << 30  # a bug may ask for memory without end
FAILED = re.compile(r"^FAILED seed (\d+) at commit \S+: (.*)$", re.MULTILINE)


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def failure(program, first, last, options, mutant=None):
    """(seed, why) of the first failure that is seen, or None."""
    command = [program, "--seeds", f"{first}..{last}", "--twice", "0", "--until-failure", *options]
    if mutant:
        command += ["--mutant", mutant]
    told = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                          preexec_fn=limit_memory)  # fmt: skip
    if told.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: {told.stderr.strip()}")
    found = FAILED.search(told.stdout)
    return (int(found.group(1)), found.group(2)) if found else None


def look_for(program, mutant, first, last, options):
    """(seeds it took, why), or None. A seed that fails anyway says nothing of the mutant."""
    at = first
    while at < last:
        found = failure(program, at, last, options, mutant)
        if not found:
            return None
        seed, why = found
        if not failure(program, seed, seed + 1, options):
            return seed - first + 1, why
        print(f"  seed {seed} fails without {mutant}, too", file=sys.stderr)
        at = seed + 1
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="perdure_sim of a build with the preset sim")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many, at most, for each")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--only", nargs="*", help="of those mutants alone")
    parser.add_argument("--goal", type=int, default=0, help="per cent that must be found")
    parser.add_argument("--workload")
    parser.add_argument("--jobs", default="1")
    arguments = parser.parse_args()
    options = ["--jobs", arguments.jobs] + (["--workload", arguments.workload] if arguments.workload else [])
    listed = subprocess.run([arguments.program, "--mutants"], capture_output=True, text=True, check=True)
    planted = set(listed.stdout.split())
    mutants = [row for row in table.rows() if row.name in planted]
    if arguments.only:
        mutants = [row for row in mutants if row.name in arguments.only]
    found = expected = 0
    for row in mutants:
        begin = time.monotonic()
        last = arguments.first + arguments.seeds
        result = look_for(arguments.program, row.name, arguments.first, last, options)
        seconds = time.monotonic() - begin
        expected += row.harmless == ""
        found += result is not None and row.harmless == ""
        said = f"found     {row.name:<38} {result[0]:>6}  {result[1]}" if result else f"NOT FOUND {row.name:<38}"
        print(f"{said}  ({seconds:.0f} s)", flush=True)
    share = 100 * found / max(1, expected)
    print(f"{found} of {expected} planted bugs found, {share:.0f} %; {len(mutants) - expected} are harmless")
    return 0 if share >= arguments.goal else 1


if __name__ == "__main__":
    sys.exit(main())
