"""`/`: the page people try it on, which talks to the public API only."""

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter()


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def page() -> HTMLResponse:
    """Return the page; everything it shows comes from the API."""
    text = files("web").joinpath("index.html").read_text("utf-8")
    policy = (
        "default-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    )
    return HTMLResponse(text, headers={"content-security-policy": policy})
