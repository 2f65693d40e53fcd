"""Each numbered rule of docs/protocol.md is named by a test: `rule_2_3` in the name of one.

Rules are list items or headings that begin with their number (`2.3`). Those below a heading with the word
"Deferred" are not built yet and are printed instead."""

import re

from sources import Finding, Source, source_files

PAGE = "docs/protocol.md"
RULE = re.compile(r"^\s*(?:#{1,6}\s+|[-*|]\s*)?(?:\*\*|`)?(\d+\.\d+)(?![\d.]*\d)\.?(?:\*\*|`)?(?:[\s:|]|$)")
TEST = re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)", re.MULTILINE)


def read_page(lines):
    """({number: line} in scope, {number: line} deferred)"""
    rules, deferred = {}, {}
    deferred_level = 0
    for number, text in enumerate(lines, 1):
        if heading := re.match(r"(#{1,6})\s", text):
            if deferred_level and len(heading.group(1)) <= deferred_level:
                deferred_level = 0
            if re.search(r"\bdeferred\b", text, re.IGNORECASE):
                deferred_level = len(heading.group(1))
        if rule := RULE.match(text):
            (deferred if deferred_level else rules).setdefault(rule.group(1), number)
    return rules, deferred


def tested_rules(root):
    """{number: (path, line) of a test that names it}"""
    tested = {}
    for source in source_files(root, {".cpp"}, ("tests",)):
        for match in TEST.finditer(source.text):
            for section, item in re.findall(r"rule_(\d+)_(\d+)", "_".join(match.groups())):
                place = (source.path, source.text.count("\n", 0, match.start(1)) + 1)
                tested.setdefault(f"{section}.{item}", place)
    return tested


def order(number):
    return tuple(int(part) for part in number.split("."))


def check(root):
    if not (root / PAGE).is_file():
        return [], f"skipped: there is no {PAGE}"
    rules, deferred = read_page(Source(root, PAGE).lines)
    tested = tested_rules(root)
    findings = []
    if not rules:
        findings.append(Finding(PAGE, 1, "no numbered rule", "begin each rule with its number, as in `2.3`"))
    for number in sorted(rules, key=order):
        name = "rule_" + number.replace(".", "_")
        if number in deferred:
            what = f"rule {number} is both in scope and deferred"
            findings.append(Finding(PAGE, deferred[number], what, "take it out of one"))
        elif number not in tested:
            remedy = f"write one whose name holds {name}, or list the number under a heading `Deferred`"
            findings.append(Finding(PAGE, rules[number], f"no test names rule {number}", remedy))
    for number in sorted(tested.keys() - rules.keys(), key=order):
        path, line = tested[number]
        if number in deferred:
            what = f"a test names rule {number}, which {PAGE} lists as deferred"
            findings.append(Finding(path, line, what, "move the rule out of `Deferred`"))
        else:
            what = f"a test names rule {number}, which {PAGE} does not have"
            findings.append(Finding(path, line, what, "correct the number"))
    text = f"{len(rules)} rules in scope; deferred: {', '.join(sorted(deferred, key=order)) or 'none'}"
    return findings, text
