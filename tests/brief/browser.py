"""Opens pages in a headless browser and reads back what their scripts say about themselves."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--virtual-time-budget=8000",
)

# A browser window cannot be made narrower than some 500 pixels, so a phone is a frame of its width in a wider window.
FRAME = """<!doctype html><html lang="en"><title>frame</title>
<style>body{{margin:0}}iframe{{border:0;display:block}}</style>
<iframe id="f" src="{page}" width="{width}" height="{height}"></iframe>
<script>
const copy = () => {{
  const inner = document.getElementById("f").contentDocument?.documentElement;
  if (inner?.dataset.ready)
    Object.assign(document.documentElement.dataset, inner.dataset, {{width: inner.clientWidth}});
  else setTimeout(copy, 50);
}};
copy();
</script></html>
"""


def find() -> str | None:
    """The browser to use: ``CHROMIUM``, or ``chromium``, or ``chromium-browser``; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def run(browser: str, url: str, *more: str) -> str:
    """Run the browser once with a profile of its own and return what it prints."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", *more, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine only; gives the address."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def framed(folder: Path, page: str, width: int, height: int = 800) -> str:
    """Write a page that holds another in a frame of that width; gives its file name."""
    name = f"frame-{width}-{page}"
    (folder / name).write_text(FRAME.format(page=page, width=width, height=height), encoding="utf-8")
    return name


def dom(browser: str, url: str, width: int = 1200, height: int = 900) -> str:
    """The document after its scripts have run."""
    return run(browser, url, f"--window-size={width},{height}", "--dump-dom")


def screenshot(browser: str, url: str, picture: Path, width: int = 1200, height: int = 900, dark: bool = False) -> None:
    """Save a picture of the page."""
    more = ["--force-dark-mode"] if dark else []
    run(browser, url, f"--window-size={width},{height}", f"--screenshot={picture}", *more)


def said(document: str) -> Mapping[str, str]:
    """The data attributes of the root element."""
    root = re.search(r"<html[^>]*>", document)
    found = re.findall(r'data-([\w-]+)="([^"]*)"', root[0]) if root else []
    return {name: html.unescape(value) for name, value in found}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
