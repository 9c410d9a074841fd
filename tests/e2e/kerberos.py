"""A realm of MIT Kerberos and an Apache that takes its tickets, on loopback and in folders of their own."""

import os
import subprocess
from pathlib import Path

from processes import Process, eventually, free_port, request

REALM = "EXAMPLE.TEST"


class Realm:
    """The database of a realm, and its KDC while it runs. `under` is a command that runs the KDC, such as faketime."""

    def __init__(self, folder: Path, running):
        self.folder, self.running = folder, running
        folder.mkdir()
        self.port = free_port()
        self.kdc = None
        (folder / "krb5.conf").write_text(f"""[libdefaults]
            default_realm = {REALM}
            dns_lookup_kdc = false
            [realms]
            {REALM} = {{
              kdc = 127.0.0.1:{self.port}
            }}
            """)
        (folder / "kdc.conf").write_text(f"""[kdcdefaults]
            kdc_listen = ""
            kdc_tcp_listen = 127.0.0.1:{self.port}
            [realms]
            {REALM} = {{
              database_name = {folder}/principal
              acl_file = {folder}/acl
              key_stash_file = {folder}/stash
            }}
            [logging]
            kdc = STDERR
            """)
        self.environment = {"KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
                            "KRB5RCACHENAME": f"dfl:{folder}"}
        self._run("/usr/sbin/kdb5_util", "create", "-s", "-r", REALM, "-P", "master")

    def _run(self, *command):
        done = subprocess.run(command, env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def admin(self, query: str):
        self._run("/usr/sbin/kadmin.local", "-r", REALM, "-q", query)

    def add(self, principal: str, keytab: Path | None = None, attributes: str = ""):
        self.admin(f"addprinc -randkey {attributes} {principal}")
        if keytab:
            self.new_key(principal, keytab)

    def new_key(self, principal: str, keytab: Path):
        keytab.unlink(missing_ok=True)
        self.admin(f"ktadd -k {keytab} {principal}")

    def start(self, *under: str):
        self.kdc = self.running.add(Process(*under, "/usr/sbin/krb5kdc", "-n", "-r", REALM, "-P", self.folder / "pid", **self.environment))
        self.kdc.wait_for_line("commencing operation")

    def stop(self):
        self.kdc.close()


class NegotiatingApache(Process):
    """Debian's apache2 with mod_auth_gssapi: a page for whoever has a ticket for a name in `keytab`."""

    def __init__(self, folder: Path, realm: Realm, keytab: Path, *under: str):
        folder.mkdir()
        (folder / "index.html").write_text("in")
        self.port = free_port()
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                          for name in ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi", "dir"))
        (folder / "apache.conf").write_text(f"""{modules}
            ServerName localhost
            Listen 127.0.0.1:{self.port}
            PidFile {folder}/pid
            DefaultRuntimeDir {folder}
            ErrorLog /dev/stderr
            LogLevel auth_gssapi:debug
            DocumentRoot {folder}
            <Location />
              AuthType GSSAPI
              AuthName intranet
              GssapiCredStore keytab:{keytab}
              GssapiAllowedMech krb5
              Require valid-user
            </Location>""")
        super().__init__(*under, "/usr/sbin/apache2", "-f", folder / "apache.conf", "-DFOREGROUND", **realm.environment)
        self.url = f"http://localhost:{self.port}"
        eventually(lambda: (folder / "pid").exists() and request(f"http://127.0.0.1:{self.port}/").status == 401)
