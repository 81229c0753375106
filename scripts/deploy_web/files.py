"""The files of the shop in its bucket, each with its type and how long it may be kept."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e_aws.processes import Failed

# Spelled out: Python's own table differs from machine to machine.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# Their names have a hash of what they contain.
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass
class File:
    """An object of the bucket."""

    key: str
    body: bytes

    @property
    def content_type(self) -> str:
        """By the extension."""
        return CONTENT_TYPES[Path(self.key).suffix]

    @property
    def cache_control(self) -> str:
        """For CloudFront and for browsers."""
        return FOR_GOOD if self.key.startswith("assets/") else ASK_AGAIN


def built(directory: Path) -> list[File]:
    """What Vite has built. `config.json` is not among it."""
    if not (directory / "index.html").is_file():
        raise Failed(f"{directory} has no index.html. Build the shop: make shop")
    paths = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    unknown = [path.name for path in paths if path.suffix not in CONTENT_TYPES]
    if unknown:
        raise Failed(f"Of which type are {', '.join(unknown)}? scripts/deploy_web/files.py does not know.")
    found = [File(path.relative_to(directory).as_posix(), path.read_bytes()) for path in paths]
    return [file for file in found if file.key != "config.json"]


def config(document: dict[str, Any]) -> File:
    """`config.json`."""
    return File("config.json", json.dumps(document, indent=2).encode())


def in_order(files: list[File]) -> list[File]:
    """Whatever a page loads is there before the page: assets first, index.html last."""
    last = ["config.json", "index.html"]
    return sorted(files, key=lambda file: (last.index(file.key) + 1 if file.key in last else 0, file.key))


def upload(s3: Any, bucket: str, files: list[File]) -> None:
    """Uploads them. Nothing is removed: pages that are open load the assets of their own build."""
    for file in in_order(files):
        s3.put_object(Bucket=bucket, Key=file.key, Body=file.body, ContentType=file.content_type, CacheControl=file.cache_control)
    print(f"Uploaded {len(files)} files to {bucket}.", flush=True)
