"""A newcomer understands any file in five minutes (STYLE 5): its length, and that of its functions."""

import re

from sources import Finding, cpp_files, source_files

FILE_LINES = 600
FUNCTION_LINES = 60


def check_files(root):
    sources = source_files(root, {".cpp", ".hpp", ".proto", ".py"})
    lengths = sorted(len(source.lines) for source in sources)
    findings = []
    for source in sources:
        if len(source.lines) > FILE_LINES:
            what = f"{len(source.lines)} lines, the limit is {FILE_LINES}"
            findings.append(Finding(source.path, FILE_LINES + 1, what, "split it by what its parts are about"))
    if not lengths:
        return findings, "no files"
    median, tenth = (lengths[int(share * len(lengths))] for share in (0.5, 0.9))
    summary = f"median {median} (aim 120), largest tenth from {tenth} (aim 350), longest {lengths[-1]}"
    return findings, f"{len(lengths)} files; lines: {summary}"


def functions(code):
    """(first line, lines) of each function body in stripped code that clang-format has laid out.

    Read by braces: after a blank one opens a block, otherwise a value. A block is a function if a
    parenthesis stands in what leads to it and it lies in a namespace or class, not in another function."""
    scopes = []  # "container", "function" or "inner", and the line where it opened
    lead_start, line = 0, 1
    for match in re.finditer(r"[{};\n]", code):
        token, at = match.group(0), match.start()
        if token == "\n":
            line += 1
        elif token == "{":
            outer = scopes[-1][0] if scopes else "container"
            lead = re.sub(r"^\s*#.*$", "", code[lead_start:at], flags=re.MULTILINE)
            scopes.append((kind_of_block(lead, outer), line))
            if scopes[-1][0] != "inner":
                lead_start = at + 1
        elif token == "}":
            if scopes:
                kind, first = scopes.pop()
                if kind == "function":
                    yield first, line - first + 1
                if kind != "inner":
                    lead_start = at + 1
        elif not scopes or scopes[-1][0] == "container":
            lead_start = at + 1


def kind_of_block(lead, outer):
    if outer != "container" or not lead[-1:].isspace() or lead.rstrip()[-1:] in {"=", ",", "(", "{"}:
        return "inner"
    lead = without_template(lead.strip())
    container = r"(inline |export |typedef )*(namespace|class|struct|union|enum|extern)\b"
    if "(" not in lead or re.match(container, lead):
        return "container"
    return "function"


def without_template(lead):
    """`template <class T> void f()` begins with `void`, whatever stands in the angle brackets."""
    while match := re.match(r"template\s*<", lead):
        depth, at = 1, match.end()
        while depth and at < len(lead):
            depth += {"<": 1, ">": -1}.get(lead[at], 0)
            at += 1
        lead = lead[at:].strip()
    return lead


def check_functions(root):
    findings, lengths = [], []
    for source in cpp_files(root):
        for first, lines in functions(source.code):
            lengths.append(lines)
            if lines > FUNCTION_LINES and not source.allows(first, "length"):
                what = f"a function of {lines} lines, the limit is {FUNCTION_LINES}"
                remedy = "split it, or say why not: // style: allow(length) reason"
                findings.append(Finding(source.path, first, what, remedy))
    lengths.sort()
    longest = lengths[-1] if lengths else 0
    return findings, f"{len(lengths)} functions, the longest has {longest} lines"
