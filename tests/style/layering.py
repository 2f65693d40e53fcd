"""Dependencies point one way (DESIGN 10, STYLE 1-2): what each folder may include."""

import re

from sources import CODE_FOLDERS, Finding, cpp_files, includes

# Own folders that a folder may include, besides itself.
BELOW = {
    "proto": (),
    "runtime": ("proto",),
    "transport": ("proto", "runtime"),
    "actors": ("proto", "runtime"),
    "nexus": ("proto", "runtime", "transport", "actors"),
    "deploy": ("proto", "runtime", "transport", "actors", "nexus"),
    "bench": ("proto", "runtime", "transport", "actors", "nexus", "deploy"),
    "examples": ("proto", "runtime", "transport", "actors", "nexus", "deploy"),
    "tests": CODE_FOLDERS,
}

CAF = r"caf/"
KAFKA = r"librdkafka/|rdkafka"
NETWORK = r"boost/(asio|beast)|openssl/|curl/|netinet/|arpa/|sys/socket\.h"
STORES = r"rocksdb/"
PROGRAM = r"CLI/|yaml-cpp/|spdlog/"
THREADS = (
    r"(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|pthread\.h)$"
)
FILES = r"(fstream|filesystem|fcntl\.h|unistd\.h|dirent\.h)$|sys/"
CLOCKS = r"(ctime|time\.h|random)$"

APART = "transport/ and actors/ do not know each other: meet in an interface of runtime/"

# folder -> (headers it must not know, why)
FORBIDDEN = {
    "proto": [(f"{CAF}|{KAFKA}|{NETWORK}|{STORES}|{PROGRAM}|boost/", "proto/ holds schemas and the plugin")],
    "runtime": [
        (CAF, "the core knows no CAF: put the shell into actors/"),
        (
            f"{KAFKA}|{NETWORK}|{STORES}|boost/|prometheus/",
            "the core knows no I/O: declare an interface, implement it in transport/",
        ),
        (PROGRAM, "the core knows no program around it: deploy/ passes options in"),
        (THREADS, "the core has no threads: a shell in actors/ or transport/ owns them"),
        (FILES, "the core touches no files: declare an interface, implement it in transport/"),
        (CLOCKS, "time and chance enter the core as events or through its interfaces"),
    ],
    "transport": [
        (CAF, APART),
        (PROGRAM, "options are structs here; deploy/ reads flags and files"),
    ],
    "actors": [
        (f"{KAFKA}|{NETWORK}|{STORES}|boost/", APART),
        (PROGRAM, "options are structs here; deploy/ reads flags and files"),
        (FILES, "files are reached through the interfaces of runtime/"),
    ],
    "nexus": [
        (f"{KAFKA}|{STORES}", "the log and the stores are reached through the interfaces of runtime/"),
        (PROGRAM, "options are structs here; deploy/ reads flags and files"),
    ],
}


def check(root):
    findings = []
    for source in cpp_files(root):
        folder = source.folder
        # A unit test may know what its folder may know, and the tests' own support.
        parts = source.path.split("/")
        if folder == "tests" and len(parts) > 3 and parts[1] == "unit":
            allowed = (parts[2], "tests", *BELOW.get(parts[2], ()))
        else:
            allowed = (folder, *BELOW.get(folder, ()))
        for line, kind, name in includes(source):
            if source.allows(line, "include"):
                continue
            top = name.split("/", 1)[0]
            if kind == '"' and top != "perdure" and "/" not in name:
                remedy = "include by the path from the root of the checkout"
                findings.append(Finding(source.path, line, f'"{name}" has no folder', remedy))
            elif kind == '"' and top in CODE_FOLDERS and top not in allowed:
                remedy = f"it may include {', '.join(allowed)}; move the code or declare an interface in runtime/"
                findings.append(Finding(source.path, line, f"{folder}/ must not include {top}/", remedy))
            for pattern, why in FORBIDDEN.get(folder, ()):
                if kind == "<" and re.match(pattern, name):
                    findings.append(Finding(source.path, line, f"<{name}> in {folder}/", why))
    return findings, f"{sum(1 for _ in cpp_files(root))} C++ files"
