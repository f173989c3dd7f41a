"""A real S3 server: Ceph's gateway with one monitor and one store in memory, from Debian's packages, which `./bootstrap deps
--bench` unpacks into build/ceph (they are not installed: a test wants no cluster on the machine)."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import uuid

from harness import ROOT, free_ports, wait

HOME = ROOT / "build/ceph"
LIBRARIES = HOME / "usr/lib/x86_64-linux-gnu"
ACCESS, SECRET = "AKIDTEST", "secretkey123"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def is_there():
    return (HOME / "complete").exists()


class Ceph:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-ceph-"))
        self.processes = []
        first = free_ports(3)
        self.monitor, self.port = f"[v2:127.0.0.1:{first},v1:127.0.0.1:{first + 1}]", first + 2
        for name in ("mon", "osd", "run"):
            (self.folder / name).mkdir()
        self.ca = self.folder / "gateway.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gateway",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / "gateway.key", "-out", self.ca],
                       check=True, capture_output=True)
        self.credentials = self.folder / "credentials"
        self.credentials.write_text(f"access_key = {ACCESS}\nsecret_key = {SECRET}\n")
        self.credentials.chmod(0o600)
        self.configure()
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise

    def configure(self):
        folder, self.fsid = self.folder, uuid.uuid4()
        (folder / "ceph.conf").write_text(f"""[global]
fsid = {self.fsid}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
mon_host = {self.monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = {1 << 30}
run_dir = {folder}/run
crash_dir = {folder}/run
admin_socket =
pid_file =
log_file = {folder}/run/$name.log
mon_cluster_log_file = {folder}/run/cluster.log
plugin_dir = {LIBRARIES}/ceph
erasure_code_dir = {LIBRARIES}/ceph/erasure-code
osd_class_dir = {LIBRARIES}/rados-classes
keyring = {folder}/run/keyring
[mon.a]
mon_data = {folder}/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 1
[osd.0]
host = here
osd_data = {folder}/osd
[client.gateway]
rgw_data = {folder}/run
rgw_frontends = beast ssl_endpoint=127.0.0.1:{self.port} ssl_certificate={self.ca} ssl_private_key={folder}/gateway.key
""")

    def environment(self):
        path = f"{HOME}/lib/x86_64-linux-gnu:{LIBRARIES}:{LIBRARIES}/ceph:{HOME}/usr/lib/ceph:{HOME}/usr/lib"
        return os.environ | {"LD_LIBRARY_PATH": path}

    def run(self, program, *words):
        done = subprocess.run([HOME / "usr/bin" / program, *words], env=self.environment(), capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, (program, done.stderr[-2000:])

    def spawn(self, program, *words):
        with open(self.folder / "run" / f"{program}.out", "w") as out:
            self.processes.append(subprocess.Popen(
                [HOME / "usr/bin" / program, "-c", self.folder / "ceph.conf", "-f", *words], env=self.environment(),
                stdout=out, stderr=out, stdin=subprocess.DEVNULL))

    def start(self):
        conf = ("-c", self.folder / "ceph.conf")
        self.run("ceph-authtool", "--create-keyring", self.folder / "run/keyring", "--gen-key", "-n", "client.gateway")
        self.run("monmaptool", "--create", "--fsid", str(self.fsid), "--addv", "a", self.monitor, self.folder / "monmap")
        self.run("osdmaptool", *conf, "--create-from-conf", self.folder / "osdmap")
        self.run("ceph-mon", *conf, "--mkfs", "-i", "a", "--monmap", self.folder / "monmap", "--osdmap", self.folder / "osdmap",
                 "--keyring", "/dev/null")
        self.spawn("ceph-mon", "-i", "a")
        self.run("ceph-osd", *conf, "-i", "0", "--mkfs")
        self.spawn("ceph-osd", "-i", "0")
        self.run("radosgw-admin", *conf, "-n", "client.gateway", "user", "create", "--uid=agent", "--display-name=agent",
                 f"--access-key={ACCESS}", f"--secret={SECRET}")
        self.spawn("radosgw", "-n", "client.gateway", "--ms_mon_client_mode=crc")
        wait(lambda: self.curl("GET", "") == "200", 60, "the gateway")

    def curl(self, method, path, *words):
        """The status of a request, signed by curl itself."""
        return subprocess.run(
            ["curl", "-s", "--cacert", self.ca, "-X", method, "--aws-sigv4", "aws:amz:us-east-1:s3", "-u", f"{ACCESS}:{SECRET}",
             "-H", f"x-amz-content-sha256: {EMPTY}", *words, "-o", "/dev/null", "-w", "%{http_code}",
             f"https://127.0.0.1:{self.port}/{path}"], capture_output=True, text=True, timeout=30).stdout

    def section(self, name, bucket, port=None, more=""):
        return (f"[{name}]\nurl = s3://127.0.0.1:{port or self.port}/{bucket}/some/where\nca = {self.ca}\n"
                f"credentials = {self.credentials}\nrecovery = /dev/null\n{more}\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
