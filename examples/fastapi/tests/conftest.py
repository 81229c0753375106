"""Runs the application under uvicorn, and signs learners in."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import uvicorn

import school
from app import create_app
from tuition_guard import TuitionGuard

UPGRADE_URL = "https://school.example/pricing"
START_SECONDS = 10

Serve = Callable[[TuitionGuard], httpx.Client]


@pytest.fixture(autouse=True, scope="session")
def _stack() -> None:
    if not (school.API and school.IDENTITY and school.STRIPE):
        pytest.exit("No stack: run ../with_stack .venv/bin/pytest", returncode=2)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts the application with a guard, on a free port. Returns a client of it."""
    with contextlib.ExitStack() as stack:
        yield lambda guard: stack.enter_context(_running(guard))


@pytest.fixture
def app(serve: Serve) -> httpx.Client:
    return serve(TuitionGuard(school.API, UPGRADE_URL))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def learner() -> school.Learner:
    return school.sign_in()


@contextlib.contextmanager
def _running(guard: TuitionGuard) -> Iterator[httpx.Client]:
    server = uvicorn.Server(uvicorn.Config(create_app(guard), log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + START_SECONDS
            while not server.started:
                assert time.monotonic() < deadline, "uvicorn does not start"
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
