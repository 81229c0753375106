"""A small school backend whose routes are guarded: `uvicorn --factory app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI

from tuition_guard import Meter, Problem, TuitionGuard, problem_response


def create_app(guard: TuitionGuard | None = None) -> FastAPI:
    """The application with its three guarded routes, and a public one."""
    guard = guard or TuitionGuard.from_environment()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await guard.aclose()

    app = FastAPI(title="Guarded by Tuition", lifespan=lifespan)
    app.add_exception_handler(Problem, problem_response)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/notebooks/vector-search", dependencies=[Depends(guard.require_course("vector-search"))])
    async def notebook() -> dict[str, str]:
        return {"notebook": "Building the index"}

    @app.get("/studio", dependencies=[Depends(guard.require_plan("premium", "plus", "enterprise"))])
    async def studio() -> dict[str, str]:
        return {"studio": "open"}

    @app.post("/tutor")
    async def tutor(
        meter: Annotated[Meter | None, Depends(guard.metered("ai_minutes", quantity=10))],
    ) -> dict[str, object]:
        # Here the model would be asked.
        return {"answer": "Measure before you ship.", "used": meter.used if meter else None}

    return app
