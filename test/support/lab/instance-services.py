# What an EC2 instance finds around itself, as far as a host of a lab asks for it: the metadata service, version 2 alone, on port 80 of
# 169.254.169.254, and S3 on port 9000 with the buckets below a folder, for who signs with the role's credentials. Of the signature it checks
# what is signed and by whom; the test that uses it holds the signature itself to one that AWS publishes. A file says how S3 misbehaves.
import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN, ROLE = "metadata-token", "lab-host"
KEYS = {"AccessKeyId": "ASIATESTHOST", "SecretAccessKey": "a-secret", "Token": "a-session"}
BUCKETS, MODE = "/srv/buckets", "/root/s3-mode"


class Service(BaseHTTPRequestHandler):
    def answer(self, code, body=b""):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Metadata(Service):
    def do_PUT(self):
        known = self.path == "/latest/api/token" and int(self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "0")) > 0
        self.answer(200 if known else 400, TOKEN.encode() if known else b"")

    def do_GET(self):
        role = "/latest/meta-data/iam/security-credentials/"
        answers = {role: ROLE, role + ROLE: json.dumps(KEYS), "/latest/meta-data/services/domain": "amazonaws.com"}
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            return self.answer(401)
        found = answers.get(self.path)
        self.answer(404 if found is None else 200, (found or "").encode())


class Bucket(Service):
    def do_GET(self):
        mode = open(MODE).read().strip() if os.path.exists(MODE) else ""
        scope = r"AWS4-HMAC-SHA256 Credential=ASIATESTHOST/\d{8}/eu-central-1/s3/aws4_request,"
        signed = r"SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,Signature=[0-9a-f]{64}$"
        by_role = re.match(scope + signed, self.headers.get("Authorization", "")) and self.headers.get("x-amz-security-token") == KEYS["Token"]
        # As S3 answers who may not list a bucket: what is not there is denied too.
        there = os.path.isfile(BUCKETS + self.path) and "/../" not in self.path
        if mode == "denied" or not by_role or not there:
            return self.answer(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        with open(BUCKETS + self.path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            if mode == "corrupt":
                self.wfile.write(b"X")
                file.seek(1)
            if mode == "cut":
                return self.wfile.write(file.read(1 << 20))
            for chunk in iter(lambda: file.read(1 << 20), b""):
                self.wfile.write(chunk)


threading.Thread(target=ThreadingHTTPServer(("169.254.169.254", 80), Metadata).serve_forever, daemon=True).start()
bucket = ThreadingHTTPServer(("127.0.0.1", 9000), Bucket)
open("/run/instance-services", "w").close()
bucket.serve_forever()
