"""Kafka's jars, fetched from Maven Central by the machine's own Maven, once for all checkouts."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess

from failure import Failure, last_words

VERSIONS = ("4.4.0", "3.9.2")  # the first one is the default
SPACE_MIB = 200  # for the jars, and for Maven's own copies of them
PACKAGES = {"java": "openjdk-17-jre-headless", "mvn": "maven"}

PROJECT = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>perdure</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""


def cache():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "perdure/kafka"


def program(name):
    if found := shutil.which(name):
        return found
    raise Failure(f"there is no {name} here: apt-get install {PACKAGES[name]}")


def require_space(folder, mib):
    free = shutil.disk_usage(folder).free >> 20
    if free < mib:
        raise Failure(f"{folder} has {free} MiB free, {mib} MiB are needed: make room, or take another disk")


@contextlib.contextmanager
def locked(folder):
    """Whoever else wants it waits; it is free again when the process ends, however it does."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def fetch(version, say):
    """The folder with the jars of that version, fetched if they are not there yet."""
    folder = cache() / version
    jars = folder / "lib"
    if jars.is_dir():
        return jars
    program("java")
    maven = program("mvn")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if not jars.is_dir():  # another process may just have made it
            require_space(folder, SPACE_MIB)
            say(f"fetching Kafka {version} (about 45 MB, once) to {jars}")
            copy_jars(maven, folder, version).rename(jars)
    return jars


def copy_jars(maven, folder, version):
    unfinished = folder / "lib.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    project = folder / "pom.xml"
    project.write_text(PROJECT.format(version=version))
    command = [maven, "-B", "-ntp", "-q", "-Dstyle.color=never", "-f", project, "dependency:copy-dependencies",
               "-DincludeScope=runtime", f"-DoutputDirectory={unfinished}"]
    # Maven remembers what it once failed to get; -U makes it ask again.
    for options in ([], ["-U"]):
        run = subprocess.run([*command, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if run.returncode == 0 and (unfinished / f"kafka_2.13-{version}.jar").is_file():
            return unfinished
    raise Failure(f"Maven could not fetch Kafka {version}:\n{last_words(run.stdout)}\n"
                  "try again; if this machine reaches Maven Central by a mirror or a proxy only, "
                  "~/.m2/settings.xml has to name it")
