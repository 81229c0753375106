"""What the run says: one line for each step and each check, with its seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Wrong(Exception):
    """An answer that is not the promised one."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Prints the title, and the seconds when it is done."""
    started = time.monotonic()
    print(f"{title} ..", flush=True)
    yield
    print(f"   {time.monotonic() - started:6.1f} s", flush=True)


@contextmanager
def check(promise: str) -> Iterator[None]:
    """Prints the promise once it was kept; a broken one ends the run."""
    started = time.monotonic()
    try:
        yield
    except Exception as error:
        print(f"   FAILED  {promise}\n           {error}", flush=True)
        raise
    print(f"   ok      {promise} ({time.monotonic() - started:.1f} s)", flush=True)


def expect(found: object, wanted: object, about: str) -> None:
    """Both are equal."""
    if found != wanted:
        raise Wrong(f"{about}: expected {wanted!r}, found {found!r}")


def expect_part(found: dict, wanted: dict, about: str) -> None:
    """Every wanted field is there and equal."""
    for name, value in wanted.items():
        expect(found.get(name), value, f"{about}, {name} in {found}")
