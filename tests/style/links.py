"""The documentation holds together: its links lead somewhere, and docs/README.md leads to every page."""

import re

from sources import CODE_FOLDERS, OTHER_FOLDERS, Finding, Source, source_files

INDEX = "docs/README.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def links(source):
    """(line, target) of every relative link outside code."""
    fenced = False
    for number, text in enumerate(source.lines, 1):
        if text.lstrip().startswith("```"):
            fenced = not fenced
        if fenced or text.startswith("    "):
            continue
        for target in LINK.findall(re.sub(r"`[^`]*`", "", text)):
            if not re.match(r"[a-z]+:|#", target):
                yield number, target.split("#", 1)[0]


def check(root):
    pages = source_files(root, {".md"}, (*CODE_FOLDERS, *OTHER_FOLDERS))
    pages += [Source(root, path.name) for path in sorted(root.glob("*.md"))]
    findings, leads_to = [], {}
    for page in pages:
        here = (root / page.path).parent
        for number, target in links(page):
            place = (here / target).resolve()
            if not place.exists():
                remedy = "correct the link, or write the page"
                findings.append(Finding(page.path, number, f"{target} does not exist", remedy))
            else:
                leads_to.setdefault(page.path, set()).add(place)
    reached, waiting = set(), [INDEX]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [p.relative_to(root.resolve()).as_posix() for p in leads_to.get(path, ())]
    for page in pages:
        if page.folder == "docs" and page.path not in reached:
            remedy = f"link it from there, or from a page that {INDEX} links"
            findings.append(Finding(page.path, 1, f"nothing leads here from {INDEX}", remedy))
    return findings, f"{len(pages)} pages"
