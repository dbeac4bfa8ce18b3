"""`python -m kordant_pipelines.sandbox`: serves the seeded world until it is told to stop."""

import argparse
import ipaddress
import signal
import sys
from pathlib import Path

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.serve import PortRefusedError, SandboxServer, address, listen
from kordant_pipelines.sandbox.world.world import World


def main() -> int:
    """Serve until SIGTERM or SIGINT (0); 2 when the address cannot be listened on."""
    parser = argparse.ArgumentParser(
        prog="python -m kordant_pipelines.sandbox",
        description="Imitates the outside providers over an invented world, on loopback only.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (%(default)s)")
    parser.add_argument("--port", type=int, default=8089, help="0 takes a free one (%(default)s)")
    parser.add_argument("--smtp-port", type=int, help="where it takes mail; default: nowhere")
    parser.add_argument(
        "--fcm-credentials", type=Path, help="where it writes its service account's key file"
    )
    asked = parser.parse_args()
    if not _is_loopback(asked.host):
        return _refuse(f"{asked.host} is not a loopback address; use --host 127.0.0.1 or ::1")
    try:
        bound = listen(asked.host, asked.port)
        mail = None if asked.smtp_port is None else listen(asked.host, asked.smtp_port)
    except PortRefusedError as refused:
        return _refuse(str(refused))
    url, world = address(bound), World()
    if asked.fcm_credentials is not None:
        _write_secret(asked.fcm_credentials, world.pushing.service_account(url))
    server = SandboxServer(
        Bench(world), on_ready=lambda: _say(f"The sandbox listens on {url}"), mail=mail
    )

    def stop(signum: int, frame: object) -> None:
        # uvicorn raises the signal again once it has stopped: this keeps that from killing us
        del signum, frame
        server.should_exit = True

    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, stop)
    with bound:
        server.run(sockets=[bound])
    return 0


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(text)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _refuse(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
