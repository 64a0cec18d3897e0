"""Runs moto, which imitates AWS, with the database's URL of each environment in its Secrets Manager."""

import json
import os
import signal
from pathlib import Path
from urllib.parse import quote

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"  # as in platform.yaml
HOST = "postgresql.stand-ins:5432"


def url(environment: str, password: str) -> str:
    """The address of an environment's database, as k8s/base/externalsecret.yaml expects it under `url`."""
    name = f"service_{environment}"
    return f"postgresql://{name}:{quote(password, safe='')}@{HOST}/{name}?sslmode=disable"


def main() -> None:
    """Serve on port 5000 until it is told to stop; what is in it is made anew with each start."""
    server = ThreadedMotoServer(ip_address="0.0.0.0", port=5000, verbose=False)  # noqa: S104 - the pod's own
    server.start()
    client = boto3.client(
        "secretsmanager", endpoint_url="http://127.0.0.1:5000", region_name=REGION,
        aws_access_key_id="stand-in", aws_secret_access_key="stand-in",  # noqa: S106 - moto asks for none
    )  # fmt: skip
    for environment in ("dev", "stage", "prod"):
        secret = json.dumps({"url": url(environment, os.environ["POSTGRES_PASSWORD"])})
        client.create_secret(Name=f"service/{environment}/database", SecretString=secret)
    Path("/tmp/ready").touch()  # noqa: S108 - the readiness probe looks for it
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
