"""The page's files, and the parts of it that need no browser."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.page import FILES, PAGE
from tests.app.client import an_app, call_app

ROOT = Path(__file__).parents[2]
WEB, UNITS = ROOT / "web", ROOT / "tests" / "page" / "units"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg"}
node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")


async def get(path: str, **headers: str):
    return await call_app(an_app(), "GET", path, headers=headers)


async def test_the_page_is_at_the_root() -> None:
    answer = await get("/")
    assert answer.status_code == 200
    assert answer.text == (WEB / PAGE).read_text()


@pytest.mark.parametrize("name", FILES)
async def test_a_file_is_served_as_what_it_is(name: str) -> None:
    answer = await get(f"/web/{name}")
    assert answer.content == (WEB / name).read_bytes()
    assert answer.headers["content-type"].startswith(TYPES[Path(name).suffix])
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_file_of_the_page_is_served() -> None:
    kept = {path.name for path in WEB.iterdir() if path.suffix in TYPES}
    assert kept == set(FILES)


@pytest.mark.parametrize(
    "name", ["package.json", "../app/page.py", "%2e%2e/app/page.py", "..%2fapp%2fpage.py", "x.js"]
)
async def test_nothing_else_is(name: str) -> None:
    assert (await get(f"/web/{name}")).status_code == 404


async def test_what_a_browser_has_is_not_sent_again() -> None:
    first = await get("/web/main.js")
    again = await get("/web/main.js", **{"if-none-match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = await get("/web/main.js", **{"if-none-match": '"x"'})
    assert other.status_code == 200


async def test_a_browser_may_run_nothing_but_the_pages_files() -> None:
    policy = (await get("/")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_scripts_are_small_and_make_no_markup_of_text(name: str) -> None:
    text = (WEB / name).read_text()
    assert text.startswith("/**")
    assert text.count("\n") <= 300
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


@node
@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_scripts_can_be_parsed(name: str) -> None:
    subprocess.run(["node", "--check", WEB / name], check=True, capture_output=True)


@node
def test_the_parts_that_know_no_page_do_as_they_say() -> None:
    done = subprocess.run(
        ["node", "--test", UNITS], check=False, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stdout
