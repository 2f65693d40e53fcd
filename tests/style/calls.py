"""What must not be called where: clocks, chance, threads, sleeps, captures, and things left for later."""

import dataclasses
import re

from sources import CODE_FOLDERS, Finding, cpp_files, source_files

REAL_PARTS = r"tests/(integration|kill|kafka_kill|nodes)/|bench/|deploy/|examples/"
ANYWHERE = r""
NOWHERE = r"^$"


@dataclasses.dataclass(frozen=True)
class Banned:
    rule: str  # its name in `style: allow(rule) reason`
    pattern: str
    where: str  # paths that are looked at
    except_in: str  # paths that may
    remedy: str


BANNED = [
    Banned(
        "clock",
        r"\b(system_clock|steady_clock|high_resolution_clock|utc_clock|file_clock)\s*::\s*now\b"
        r"|\b(clock_gettime|gettimeofday|make_timestamp)\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)",
        ANYWHERE,
        r"transport/(\w+/)*\w*clock\w*\.cpp$|" + REAL_PARTS,
        "take the time from runtime/'s clock interface",
    ),
    Banned(
        "random",
        r"\brandom_device\b|\b(getrandom|getentropy|RAND_bytes|srand|rand|arc4random)\s*\(",
        ANYWHERE,
        r"transport/(\w+/)*\w*random\w*\.cpp$",
        "take it from runtime/'s random interface",
    ),
    Banned("capture", r"\[\s*=\s*[],]", ANYWHERE, NOWHERE, "name what the lambda captures"),
    Banned(
        "capture",
        r"\[\s*&\s*[],]",
        r"actors/",
        NOWHERE,
        "capture [self] or name it: a handler outlives the frame that it was made in",
    ),
    Banned(
        "sleep",
        r"\bthis_thread\s*::\s*sleep_|\b(usleep|nanosleep)\s*\(|(?m:^\s*|[;{}] *)(::\s*)?sleep\s*\(",
        r"tests/|runtime/|actors/|nexus/|transport/",
        r"tests/(integration|kill|kafka_kill|nodes)/",
        "wait for the condition, or let virtual time pass",
    ),
    Banned(
        "thread",
        r"\bstd\s*::\s*thread\b(?!\s*::)|\bpthread_create\s*\(",
        ANYWHERE,
        NOWHERE,
        "use std::jthread with an owner and a stop() that waits",
    ),
    Banned(
        "real_time",
        r"\bstd\s*::\s*jthread\b(?!\s*::)|\bwait_(for|until)\s*\(|\bcondition_variable\w*|\b\w+_semaphore\b",
        r"actors/",
        r"actors/(node_threads|scheduler|ready_queue|step_pool|loader|watchdog|thread_stack)\.\w+$",
        "what runs or waits in real time stands behind a seam of node_services, so that a test can run a node"
        " on one thread in virtual time",
    ),
    Banned("disabled", r"\bDISABLED_\w+", r"tests/", NOWHERE, "mend the test or take it out"),
]

TEXTS = {".cpp", ".hpp", ".proto", ".py", ".cmake", ".md", ".txt", ".sh"}

# Written in two halves, so that this file does not find itself.
LEFT_FOR_LATER = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X")) + r")\b")


def check(root):
    findings = []
    sources = cpp_files(root)
    for source in sources:
        for banned in BANNED:
            if not re.match(banned.where, source.path) or re.match(banned.except_in, source.path):
                continue
            for match in re.finditer(banned.pattern, source.code):
                line = source.code.count("\n", 0, match.start()) + 1
                if not source.allows(line, banned.rule):
                    remedy = f"{banned.remedy}, or say why not: // style: allow({banned.rule}) reason"
                    findings.append(Finding(source.path, line, f"`{match.group(0).strip()}`", remedy))
    for source in source_files(root, TEXTS, (*CODE_FOLDERS, "cmake", "docs")):
        for number, text in enumerate(source.lines, 1):
            if match := LEFT_FOR_LATER.search(text):
                remedy = "do it, or open an issue and say nothing here"
                findings.append(Finding(source.path, number, match.group(0), remedy))
    return findings, f"{len(sources)} C++ files"
