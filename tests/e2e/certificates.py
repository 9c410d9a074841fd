"""Certificates for tests, made by openssl."""

import subprocess
from pathlib import Path


def openssl(*arguments: object, cwd: Path):
    subprocess.run(["openssl", *(str(part) for part in arguments)], cwd=cwd, check=True, capture_output=True)


class Authority:
    """A CA in a folder: ca.pem, and NAME.pem with NAME.key for each certificate that it signs."""

    def __init__(self, folder: Path):
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.certificate = folder / "ca.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                "-out", "ca.pem", "-subj", "/CN=test ca", "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign", cwd=folder)

    def sign(self, name: str, names: str = "DNS:localhost,IP:127.0.0.1", key: str = "ec", usage: str = "") -> Path:
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256") if key == "ec" else ("-newkey", "rsa:2048")
        openssl("req", "-new", *kind, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
                cwd=self.folder)
        (self.folder / f"{name}.ext").write_text(
            f"subjectAltName={names}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"  # Python 3.13 wants them
            + (f"extendedKeyUsage={usage}\n" if usage else ""), encoding="utf-8")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                f"{name}.pem", "-days", "20", "-extfile", f"{name}.ext", cwd=self.folder)
        return self.folder / f"{name}.pem"
