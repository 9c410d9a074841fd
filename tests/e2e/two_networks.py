"""Run in a network namespace of its own, where 203.0.113.7 is this host: the answers of targets at a public and at a private
address that redirect to the other, as JSON on standard output. Its argument is the program."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from loopback import Handler, Server

PUBLIC, PRIVATE = "203.0.113.7", "127.0.0.1"
asked: list[str] = []


class Inside(Handler):
    def do_GET(self):
        asked.append(self.path)
        self.answer(200, "inside")


def main(program: str):
    for command in (["link", "set", "lo", "up"], ["addr", "add", f"{PUBLIC}/32", "dev", "lo"]):
        subprocess.run(["ip", *command], check=True)
    with Server(Inside, address="0.0.0.0") as inside:
        class Sending(Handler):
            def do_GET(self):
                self.answer(302, Location=f"http://{self.path[1:]}:{inside.port}{self.path}")

        with Server(Sending, address="0.0.0.0") as sending, tempfile.TemporaryDirectory() as folder:
            told = {}
            for name, sender, to, allowed in (
                ("to an address", PUBLIC, PRIVATE, False), ("to a name", PUBLIC, "localhost", False),
                ("allowed", PUBLIC, PRIVATE, True), ("to a public one", PUBLIC, PUBLIC, False),
                ("from a private one", PRIVATE, PRIVATE, False), ("out of a private one", PRIVATE, PUBLIC, False),
            ):
                config = Path(folder) / "authprobe.toml"
                config.write_text(f"""
                    [targets.sent]
                    url = "http://{sender}:{sending.port}/{to}"
                    max_redirects = 3
                    redirects_to_private = {str(allowed).lower()}
                    """)
                asked.clear()
                done = subprocess.run([program, "diagnose", "sent", f"--config.file={config}", "--json"],
                                      capture_output=True, text=True, timeout=30, check=False)
                told[name] = {"code": done.returncode, "asked": len(asked), "report": json.loads(done.stdout)}
            print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
