#!/usr/bin/env python3
"""The style test: python3 tests/style/check.py CHECK [--root DIR] [--build DIR]

Prints `file:line: what: what to do` for each finding, and fails if there is one."""

import argparse
import os
import pathlib
import sys

import calls
import formatting
import layering
import limits
import links
import names
import protocol_numbers
import tidy

CHECKS = {
    "layering": layering.check,
    "file_length": limits.check_files,
    "function_length": limits.check_functions,
    "banned_calls": calls.check,
    "names": names.check_names,
    "readmes": names.check_readmes,
    "links": links.check,
    "format": formatting.check,
    "protocol_numbers": protocol_numbers.check,
    "tidy": tidy.check,
}
SKIPPED = 77  # ctest shows it as skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", choices=CHECKS)
    checkout = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--root", type=pathlib.Path, default=checkout)
    parser.add_argument("--build", type=pathlib.Path, help="a build folder, for clang-tidy's compile commands")
    arguments = parser.parse_args()
    if arguments.check == "tidy":
        full = os.environ.get("PERDURE_STYLE_FULL") == "1"
        findings, summary = tidy.check(arguments.root, arguments.build, full)
    else:
        findings, summary = CHECKS[arguments.check](arguments.root)
    for finding in findings:
        print(finding)
    print(f"{arguments.check}: {summary}; findings: {len(findings)}")
    if findings:
        return 1
    return SKIPPED if summary.startswith("skipped") else 0


if __name__ == "__main__":
    sys.exit(main())
