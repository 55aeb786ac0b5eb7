"""The platform under test: a process of its own on a free port, with a fresh store."""

import json
import os
import re
import subprocess
import tempfile
import threading
import urllib.request
from configparser import ConfigParser
from pathlib import Path

from worldline.connect.sdk.client import Client
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration
from worldline.connect.sdk.factory import Factory

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
READY = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")
READY_WITHIN_S = 30

MERCHANT = "1226"
"""The merchant that most checks use."""
MERCHANT_WITH_REFUND_APPROVAL = "1227"
"""A merchant of the same account whose refunds wait for an approval."""
FOREIGN_MERCHANT = "20000"
"""A merchant of another account."""
KEY = ("demo-key", "demo-secret")
"""The key of the account that owns the first two."""
FOREIGN_KEY = ("other-key", "other-secret")
"""The key of the other account."""

CONFIGURATION = """
[ConnectSDK]
connect.api.integrator=Florin conformance
connect.api.authorizationType=v1HMAC
connect.api.connectTimeout=5
connect.api.socketTimeout=30
connect.api.maxConnections=10
connect.api.endpoint.scheme=http
connect.api.endpoint.host=127.0.0.1
connect.api.endpoint.port={port}
"""


def binary() -> Path:
    """FLORIN_BIN, or the debug build."""
    if "FLORIN_BIN" in os.environ:
        return Path(os.environ["FLORIN_BIN"])
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    return target / "debug" / "florin"


class Server:
    """A running platform."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="florin-conformance-")
        self.data = Path(self._folder.name) / "data"
        self._log = open(Path(self._folder.name) / "stderr", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [
                str(binary()), "serve", "--listen", "127.0.0.1:0", "--data", str(self.data),
                "--provision", str(HERE / "provision.toml"),
                "--simulator", str(HERE / "simulator.toml"),
            ],
            cwd=self._folder.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self._log, text=True,
        )
        self.port = None
        self._ready = threading.Event()
        # The pipe is read to its end: a full one would stop the platform.
        threading.Thread(target=self._read, daemon=True).start()
        self._ready.wait(READY_WITHIN_S)
        if self.port is None:
            log = self.log()
            self.stop()
            raise RuntimeError(f"{binary()} did not say where it listens.\n{log}")
        self._admin_token = (self.data / "admin-token").read_text(encoding="utf-8").strip()

    def _read(self):
        for line in self._process.stdout:
            found = READY.search(line)
            if found and self.port is None:
                self.port = int(found[1])
                self._ready.set()
        self._ready.set()

    def log(self) -> str:
        """The end of what it wrote to its standard error."""
        self._log.flush()
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")[-8000:]

    def stop(self):
        """Ends it and removes its store."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._folder.cleanup()

    def client(self, key=KEY) -> Client:
        """A client of the official SDK, configured as its documentation says."""
        properties = ConfigParser()
        properties.read_string(CONFIGURATION.format(port=self.port))
        key_id, secret = key
        configuration = CommunicatorConfiguration(
            properties=properties, authorization_id=key_id, authorization_secret=secret,
        )
        return Factory.create_client_from_configuration(configuration)

    def settle(self, payment_id: str, merchant: str = MERCHANT) -> dict:
        """Runs the capture run for a payment, and the refund run for its refunds."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/sandbox/v1/{merchant}/payments/{payment_id}/settle",
            data=b"", method="POST", headers={"Authorization": f"Bearer {self._admin_token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.status == 200
            return json.load(response)
