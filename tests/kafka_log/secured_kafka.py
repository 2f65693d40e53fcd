#!/usr/bin/env python3
"""deploy/kafka/kafka, but its brokers also listen with TLS and log-in: for tests only.

Beside the folder of the brokers it makes `tls` with what a client needs: `servers` (where to ask), `ca.pem` (who signed the
brokers' certificate), `other-ca.pem` (who did not), `user`, `password`."""

import pathlib
import runpy
import secrets
import subprocess
import sys

sys.dont_write_bytecode = True
KAFKA = pathlib.Path(__file__).resolve().parents[2] / "deploy/kafka"
sys.path.insert(0, str(KAFKA))
import broker  # noqa: E402  found by the line above
import cluster  # noqa: E402

USER = "perdure"
MECHANISM = "SCRAM-SHA-256"

# Added to a broker's settings, of which the last one counts.
SETTINGS = """\
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},SECURED://127.0.0.1:{secured_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SECURED://127.0.0.1:{secured_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location={tls}/server.pem
listener.name.secured.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
user_{user}="{password}";
listener.name.secured.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def make_certificates(folder):
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("ca", "other-ca"):
        openssl(folder, "req", "-x509", *key, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out",
                f"{name}.pem")
    openssl(folder, "req", *key, "-subj", "/CN=broker", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "server.crt")
    (folder / "server.pem").write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())


class SecuredBroker(broker.Broker):
    def __init__(self, folder, number, port, controller_port):
        super().__init__(folder, number, port, controller_port)
        self.tls = folder.parent.parent / "tls"
        self.secured_port = controller_port + 1  # there is one broker, and of its ports the first two are taken

    def prepare(self, everyone):
        super().prepare(everyone)
        if not self.tls.exists():
            self.tls.mkdir(mode=0o700)
            make_certificates(self.tls)
            (self.tls / "servers").write_text(f"127.0.0.1:{self.secured_port}")
            (self.tls / "user").write_text(USER)
            (self.tls / "password").write_text(secrets.token_hex(16))
        with open(self.folder / "server.properties", "a", encoding="utf-8") as settings:
            settings.write(SETTINGS.format(port=self.port, controller_port=self.controller_port, tls=self.tls, user=USER,
                                           secured_port=self.secured_port, password=self.password()))

    def password(self):
        return (self.tls / "password").read_text()

    def java(self, library, *arguments):
        if "format" in arguments:
            arguments += ("--add-scram", f"{MECHANISM}=[name={USER},password={self.password()}]")
        return super().java(library, *arguments)


cluster.Broker = SecuredBroker
runpy.run_path(str(KAFKA / "kafka"), run_name="__main__")
