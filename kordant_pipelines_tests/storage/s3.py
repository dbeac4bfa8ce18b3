"""A server that speaks S3, on loopback."""

from collections.abc import Generator
from contextlib import contextmanager

import boto3
import pytest
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem


@contextmanager
def s3_server(monkeypatch: pytest.MonkeyPatch, bucket: str) -> Generator[str]:
    """Serve an empty bucket; AWS's own variables name the server. Yields the bucket's URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        boto3.client("s3").create_bucket(Bucket=bucket)
        S3FileSystem.clear_instance_cache()  # those kept have the address of an earlier server
        yield f"s3://{bucket}/kordant"
    finally:
        S3FileSystem.clear_instance_cache()
        server.stop()
