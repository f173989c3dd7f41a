"""A mail server of one's own: OpenSMTPD takes mails for post.test, Dovecot gives them out by POP3 over TLS."""
import shutil
import signal
import subprocess

from harness import free_ports, wait

PASSWORD = "a mailbag on a rainy day"
OWNER = "mail"      # Debian's own user, whose the maildirs are


class Mail:
    def __init__(self, folder, authority):
        """authority: a deployment's state directory, whose CA vouches for the server."""
        self.folder = folder
        self.smtp = free_ports(2)
        self.pop3 = self.smtp + 1
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / "tls.key", "-out",
                        folder / "tls.crt", "-CA", authority / "ca.pem", "-CAkey", authority / "ca/ca.key", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext",
                        "basicConstraints=critical,CA:FALSE"], check=True, stderr=subprocess.DEVNULL)
        for name in ("tls.crt", "tls.key"):
            (folder / name).chmod(0o600)
        (folder / "boxes").mkdir()
        folder.chmod(0o755)
        shutil.chown(folder / "boxes", OWNER)
        self.processes = []

    def __enter__(self):
        conf = self.folder / "smtpd.conf"
        conf.write_text(f"""
# No TLS: with OpenSSL 3 that of Debian 12's OpenSMTPD breaks off each handshake (alert internal error).
table everyone {{ "@" = "{OWNER}" }}
listen on 127.0.0.1 port {self.smtp}
action "deliver" maildir "{self.folder}/boxes/%{{rcpt.user}}" virtual <everyone>
match from any for domain "post.test" action "deliver"
""")
        conf.chmod(0o600)
        (self.folder / "dovecot.conf").write_text(f"""
protocols = pop3
base_dir = {self.folder}/run
log_path = {self.folder}/dovecot.log
listen = 127.0.0.1
ssl = required
ssl_cert = <{self.folder}/tls.crt
ssl_key = <{self.folder}/tls.key
first_valid_uid = 1
mail_location = maildir:{self.folder}/boxes/%n
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {self.pop3}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password={PASSWORD.replace(" ", "_")}
}}
userdb {{
  driver = static
  args = uid={OWNER} gid={OWNER} home={self.folder}/boxes
}}
""")
        for argv in (["smtpd", "-d", "-f", conf], ["dovecot", "-F", "-c", self.folder / "dovecot.conf"]):
            with open(self.folder / f"{argv[0]}.out", "ab") as out:
                self.processes.append(subprocess.Popen([f"/usr/sbin/{argv[0]}", *map(str, argv[1:])], stdout=out,
                                                       stderr=out, stdin=subprocess.DEVNULL))
        for port in (self.smtp, self.pop3):
            wait(lambda: subprocess.run(["/usr/bin/python3", "-c",
                                         f"import socket; socket.create_connection(('127.0.0.1', {port}))"],
                                        stderr=subprocess.DEVNULL).returncode == 0, what=f"port {port}")
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
            process.wait(20)

    def settings(self, path, own, other, ca):
        """A file for lib/post.h."""
        path.write_text(f"""# tests
smtp = smtp://localhost:{self.smtp}
plain = yes
pop3 = pop3s://localhost:{self.pop3}
from = {own}@post.test
to = {other}@post.test
user = {own}
password = {PASSWORD.replace(" ", "_")}
ca = {ca}
""")
        path.chmod(0o600)
        return path
