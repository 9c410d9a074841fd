"""A real browser for the tests of the pages: Debian's Chromium, driven by npm's playwright-core (browser.mjs)."""

import json
import shutil
import subprocess
from pathlib import Path

PLAYWRIGHT = "1.56.1"
AXE = "4.14.1"


def browser_modules(build: Path) -> Path:
    """npm's playwright-core and axe-core, installed once under build/, with the driver beside them."""
    folder = build / "e2e-browser"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = f'{{"private": true, "playwright-core": "{PLAYWRIGHT}", "axe-core": "{AXE}"}}'
    stamp = folder / "installed.json"
    if not stamp.exists() or stamp.read_text() != wanted:
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", f"playwright-core@{PLAYWRIGHT}", f"axe-core@{AXE}"],
                       cwd=folder, check=True, timeout=300)
        stamp.write_text(wanted)
    shutil.copy(Path(__file__).with_name("browser.mjs"), folder)
    return folder


class Browser:
    def __init__(self, modules: Path):
        self.process = subprocess.Popen(["node", modules / "browser.mjs"], cwd=modules, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout.readline() == "ready\n", "Chromium does not start"

    def _command(self, command: str, **options):
        self.process.stdin.write(json.dumps({"command": command, **options}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, f"{command} {options}: {answer['error']}"
        return answer["value"]

    def open(self, **options):
        """A new window; the options are those of browser.mjs."""
        self._command("open", **options)

    def go(self, url: str) -> int:
        return self._command("go", url=url)

    def evaluate(self, function: str, argument=None):
        return self._command("evaluate", text=function, argument=argument)

    def until(self, function: str, argument=None, timeout: float = 15.0):
        """The first true value of the JavaScript function."""
        return self._command("until", text=function, argument=argument, timeout=timeout * 1000)

    def until_shown(self, text: str, timeout: float = 15.0):
        self.until("text => document.body.innerText.includes(text)", text, timeout)

    def text(self) -> str:
        return self.evaluate("() => document.body.innerText")

    def press(self, *keys: str):
        for key in keys:
            self._command("press", keys=key)

    def type(self, text: str):
        self._command("type", text=text)

    def click(self, selector: str):
        self._command("click", selector=selector)

    def select(self, selector: str, value: str):
        self._command("select", selector=selector, value=value)

    def wheel(self, by: int):
        self._command("wheel", by=by)

    def picture(self, path: Path, full: bool = False):
        self._command("picture", path=str(path), full=full)

    def where(self) -> str:
        return self._command("where")

    def problems(self) -> list[str]:
        """What the page complained about since open(): errors of scripts, and what its policy forbade."""
        return self._command("problems")

    def axe(self) -> list[str]:
        return self._command("axe")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
