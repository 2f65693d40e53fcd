"""The files for Docker Compose and Kubernetes: no engine runs them here, so their form is looked at, what belongs
together in them, and whether Kafka itself accepts the settings that they give it."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml  # Debian's python3-yaml

from brokers import FOLDER

import jars  # found by `brokers`

IMAGE = f"apache/kafka:{jars.VERSIONS[0]}"
NOT_SETTINGS = {"KAFKA_HEAP_OPTS"}  # of the image, not of Kafka


def documents(name):
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


def settings(environment):
    """The image's rule: KAFKA_LOG_DIRS is log.dirs."""
    return {name.removeprefix("KAFKA_").replace("_", ".").lower(): str(value) for name, value in environment.items()
            if name.startswith("KAFKA_") and name not in NOT_SETTINGS}


def voters(given):
    """(number, host) of each"""
    return [tuple(one.removesuffix(":9093").split("@")) for one in given["controller.quorum.voters"].split(",")]


class Form(unittest.TestCase):
    def kafka_accepts(self, given, cluster_id):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="perdure-kafka-test-"))
        self.addCleanup(shutil.rmtree, folder)
        lines = [f"{name}={value}\n" for name, value in (given | {"log.dirs": str(folder / "data")}).items()]
        (folder / "server.properties").write_text("".join(lines))
        library = jars.fetch(jars.VERSIONS[0], print)
        run = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                              "-cp", f"{library}/*", "kafka.tools.StorageTool", "format", "-t", cluster_id,
                              "-c", folder / "server.properties"], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertNotIn("WARN", run.stderr)

    def common(self, given, count):
        self.assertEqual(given["auto.create.topics.enable"], "false")
        for name, copies in (("offsets.topic.replication.factor", count),
                             ("transaction.state.log.replication.factor", count),
                             ("transaction.state.log.min.isr", count // 2 + 1)):
            self.assertEqual(given[name], str(copies))


class Compose(Form):
    def check(self, name, count):
        file, = documents(name)
        services = file["services"]
        self.assertEqual(len(services), count)
        ports = set()
        for number, (host, service) in enumerate(services.items(), 1):
            given = settings(service["environment"])
            self.assertEqual((service["image"], given["node.id"]), (IMAGE, str(number)))
            self.assertEqual([host for _, host in voters(given)], list(services))
            self.assertIn((str(number), host), voters(given))
            self.common(given, count)
            published, = service["ports"]
            address, port = re.fullmatch(r"(127\.0\.0\.1):(\d+):9092", published).groups()
            ports.add(port)
            self.assertEqual(given["advertised.listeners"], f"PLAINTEXT://{host}:19092,HOST://{address}:{port}")
            volume, folder = service["volumes"][0].split(":")
            self.assertIn(volume, file["volumes"])
            self.assertEqual(folder, given["log.dirs"])
        self.assertEqual(len(ports), count)
        self.kafka_accepts(given, service["environment"]["CLUSTER_ID"])

    def test_one_broker(self):
        self.check("compose.yaml", 1)

    def test_three_brokers(self):
        self.check("compose-three.yaml", 3)


class Kubernetes(Form):
    def setUp(self):
        parts = documents("kubernetes.yaml")
        self.kinds = {part["kind"]: part for part in parts}
        self.assertEqual(len(self.kinds), len(parts))
        self.brokers = self.kinds["StatefulSet"]["spec"]
        self.container, = self.brokers["template"]["spec"]["containers"]

    def test_what_belongs_together_has_the_same_names(self):
        self.assertEqual(set(self.kinds), {"Service", "PodDisruptionBudget", "StatefulSet"})
        self.assertEqual(self.brokers["serviceName"], self.kinds["Service"]["metadata"]["name"])
        labels = self.brokers["template"]["metadata"]["labels"]
        self.assertEqual(self.brokers["selector"]["matchLabels"], labels)
        self.assertEqual(self.kinds["Service"]["spec"]["selector"], labels)
        self.assertEqual(self.kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"], labels)
        self.assertEqual(self.kinds["Service"]["spec"]["clusterIP"], "None")
        ports = {each["name"]: each["containerPort"] for each in self.container["ports"]}
        self.assertEqual({each["name"]: each["port"] for each in self.kinds["Service"]["spec"]["ports"]}, ports)
        self.assertEqual(ports[self.container["readinessProbe"]["tcpSocket"]["port"]], 9092)
        mount, = self.container["volumeMounts"]
        claim, = self.brokers["volumeClaimTemplates"]
        self.assertEqual(mount["name"], claim["metadata"]["name"])

    def test_a_majority_of_three_is_kept(self):
        self.assertEqual(self.brokers["replicas"], 3)
        self.assertEqual(self.kinds["PodDisruptionBudget"]["spec"]["maxUnavailable"], 1)

    def test_kafka_accepts_its_settings(self):
        self.assertEqual(self.container["image"], IMAGE)
        environment = {each["name"]: each.get("value", "") for each in self.container["env"]}
        name = self.kinds["StatefulSet"]["metadata"]["name"]
        for variable, value in (("$(POD)", f"{name}-2"), ("$(NAMESPACE)", "default")):
            environment = {each: text.replace(variable, value) for each, text in environment.items()}
        self.assertIn("export KAFKA_NODE_ID=${HOSTNAME##*-};", self.container["command"][-1])
        given = settings(environment | {"KAFKA_NODE_ID": "2"})
        self.assertEqual(voters(given), [(str(number), f"{name}-{number}.{name}") for number in range(3)])
        self.assertEqual(given["advertised.listeners"], f"PLAINTEXT://{name}-2.{name}.default.svc:9092")
        self.assertRegex(given["log.dirs"], rf"^{self.container['volumeMounts'][0]['mountPath']}/\w+$")
        self.common(given, 3)
        self.kafka_accepts(given, environment["CLUSTER_ID"])


if __name__ == "__main__":
    unittest.main()
