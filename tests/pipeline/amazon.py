"""S3 and CloudFront on this machine, by moto, and the real `aws` of the agents' image, which talks to them."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from tests.pipeline.checkouts import ROOT

PROGRAMS: Final = ROOT / "build/aws/bin"
BUCKET: Final = "example-site"
_ORIGIN: Final = {
    "Id": BUCKET, "DomainName": f"{BUCKET}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""},
}  # fmt: skip
_BEHAVIOUR: Final = {"TargetOriginId": BUCKET, "ViewerProtocolPolicy": "redirect-to-https"}
_DISTRIBUTION: Final = {
    "CallerReference": "tests", "Comment": "", "Enabled": True, "DefaultRootObject": "index.html",
    "Origins": {"Quantity": 1, "Items": [_ORIGIN]}, "DefaultCacheBehavior": _BEHAVIOUR,
}  # fmt: skip


@dataclass(frozen=True)
class Amazon:
    """An AWS at `address`, with the bucket BUCKET and a `distribution` in front of it."""

    address: str
    distribution: str = ""

    @property
    def env(self) -> Mapping[str, str]:
        """What leads `aws` there; in the place of a pod's role it has two words."""
        return {
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "LANG": "C.UTF-8", "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "stand-in", "AWS_SECRET_ACCESS_KEY": "stand-in", "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }  # fmt: skip

    def empty(self) -> "Amazon":
        """Return it with nothing in it but an empty bucket and a new distribution."""
        self._ask("POST", "/moto-api/reset")
        self._ask("PUT", f"/{BUCKET}")
        done = subprocess.run(
            ["aws", "--region=eu-west-1", "cloudfront", "create-distribution", "--query=Distribution.Id",
             "--output=text", f"--distribution-config={json.dumps(_DISTRIBUTION)}"],
            env=self.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return Amazon(self.address, done.stdout.strip())

    def names(self) -> set[str]:
        """Return the names of what the bucket has."""
        return _texts("Key", self._ask("GET", f"/{BUCKET}?list-type=2")[1])

    def file(self, name: str) -> Message:
        """Return the headers with which S3 serves the file that has this name."""
        return self._ask("HEAD", f"/{BUCKET}/{quote(name)}")[0]

    def forgotten(self) -> list[set[str]]:
        """Return the paths of each invalidation."""
        place = f"/2020-05-31/distribution/{self.distribution}/invalidation"
        listed = _texts("Id", self._ask("GET", place, of="cloudfront")[1])
        return [_texts("Path", self._ask("GET", f"{place}/{one}", of="cloudfront")[1]) for one in listed]

    def _ask(self, method: str, path: str, of: str = "s3") -> tuple[Message, bytes]:
        """Return the answer of a service. moto takes it from the signature which one is asked, and believes any."""
        signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=stand-in/20260101/us-east-1/{of}/aws4_request"}
        request = urllib.request.Request(f"{self.address}{path}", headers=signed, method=method)  # noqa: S310 - http
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return answer.headers, answer.read()


def _texts(name: str, document: bytes) -> set[str]:
    """Return what stands in the elements of this name."""
    elements = ET.fromstring(document).iter()  # noqa: S314 - moto wrote it
    return {element.text or "" for element in elements if element.tag.rpartition("}")[2] == name}


@contextmanager
def running() -> Iterator[Amazon]:
    """Give an AWS of one's own."""
    program = [PROGRAMS / "python", ROOT / "tests/pipeline/moto_server.py"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdin
        assert server.stdout
        yield Amazon(f"http://127.0.0.1:{int(server.stdout.readline())}")
        server.stdin.close()
