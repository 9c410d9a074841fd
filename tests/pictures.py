#!/usr/bin/python3
"""Makes the pictures of README and docs/page.md from a running quickstart: two tokens are broken, and restored in the end.

The quickstart should have run for a minute, so that the strips of probes are full. Needs Debian's chromium and npm.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests/e2e"))

from browser import Browser, browser_modules  # noqa: E402
from processes import eventually, request  # noqa: E402

MOST_BYTES = 150_000
PICTURES = {
    "now-light.png": ("/", {"width": 1120, "height": 980}),
    "now-dark.png": ("/", {"width": 1120, "height": 980, "dark": True}),
    "now-phone.png": ("/", {"width": 390, "height": 844}),
    "targets.png": ("/targets", {"width": 1120, "height": 520}),
}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--exporter", default="http://127.0.0.1:10073")
    options.add_argument("--api", default="http://127.0.0.1:10074", help="the demo API")
    options.add_argument("--folder", type=Path, default=TOP / "docs/pictures")
    chosen = options.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)

    def control(action: str, **parameters: str):
        assert request(f"{chosen.api}/control/{action}?{urlencode(parameters)}", "POST").status == 200

    def failing() -> list[dict]:
        return json.loads(request(chosen.exporter + "/api/v1/targets?state=failing").text)

    browser = Browser(browser_modules(TOP / "build"))
    try:
        control("revoke", token="demo-billing", how="revoked")
        control("revoke", token="demo-crm", how="scope")
        eventually(lambda: {"revoked_token", "insufficient_scope"} <= {target["cause"] for target in failing()}, 60)
        time.sleep(12)  # so that the strips show the refusals
        for name, (path, window) in PICTURES.items():
            browser.open(**window)
            browser.go(chosen.exporter + path)
            browser.until_shown("live, as of")
            browser.evaluate("() => { const row = document.querySelector('.trouble'); if (row) row.open = true; }")
            picture = chosen.folder / name
            browser.picture(picture)
            size = picture.stat().st_size
            print(f"{picture}: {size // 1000} kB")
            assert size < MOST_BYTES, f"{picture} is larger than {MOST_BYTES // 1000} kB"
    finally:
        control("restore")
        browser.close()


if __name__ == "__main__":
    main()
