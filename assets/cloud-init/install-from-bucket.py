#!/usr/bin/env python3
# Installs the platform on this host of a lab, out of a bundle that oo-install wrote and that is in a bucket.
#
# systemd runs it until it has succeeded, also after a reboot: what is there already is not fetched again. The credentials are those of the
# instance's role, asked for by IMDSv2; they are in this process alone. Python is there, since cloud-init is: no other program is needed.
import datetime
import hashlib
import hmac
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.parse
import urllib.request

FOLDER = "/var/lib/oo-install-lab"
BUNDLE = FOLDER + "/bundle"
PROGRAMS = FOLDER + "/programs"
METADATA = "http://169.254.169.254/latest/"
EMPTY = hashlib.sha256(b"").hexdigest()
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Problem(Exception):
    pass


def metadata(path, headers, method="GET"):
    request = urllib.request.Request(METADATA + path, headers=headers, method=method)
    try:
        with DIRECT.open(request, timeout=10) as response:
            return response.read().decode()
    except OSError as error:
        raise Problem("the instance's metadata does not answer %s: %s" % (path, error))


def signed(url, region, credentials, headers, now):
    # The headers of a GET by Signature Version 4 (Amazon S3's API reference, "Authenticating Requests: Using the Authorization Header").
    parts = urllib.parse.urlsplit(url)
    date = now.strftime("%Y%m%dT%H%M%SZ")
    all_headers = dict(headers, host=parts.netloc)
    all_headers.update({"x-amz-date": date, "x-amz-content-sha256": EMPTY})
    if credentials.get("Token"):
        all_headers["x-amz-security-token"] = credentials["Token"]
    names = sorted(all_headers)
    lines = "".join("%s:%s\n" % (name, all_headers[name]) for name in names)
    request = "\n".join(["GET", parts.path, parts.query, lines, ";".join(names), EMPTY])
    scope = "%s/%s/s3/aws4_request" % (date[:8], region)
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + credentials["SecretAccessKey"]).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    all_headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s" % (
        credentials["AccessKeyId"],
        scope,
        ";".join(names),
        signature,
    )
    return all_headers


def request_for(wanted):
    token = {"X-aws-ec2-metadata-token": metadata("api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "300"}, "PUT")}
    role = metadata("meta-data/iam/security-credentials/", token).split()
    if not role:
        raise Problem("this instance has no role")
    credentials = json.loads(metadata("meta-data/iam/security-credentials/" + role[0], token))
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3")
    if endpoint:
        base = endpoint + "/" + wanted["bucket"]
    else:
        domain = metadata("meta-data/services/domain", token).strip()
        base = "https://%s.s3.%s.%s" % (wanted["bucket"], wanted["region"], domain)
    url = base + "/" + urllib.parse.quote(wanted["key"], safe="/-_.~")
    now = datetime.datetime.now(datetime.timezone.utc)
    return urllib.request.Request(url, headers=signed(url, wanted["region"], credentials, {}, now))


def fetch(wanted):
    # It has its name only when its checksum is right.
    if os.path.exists(BUNDLE):
        return
    where = "s3://%s/%s" % (wanted["bucket"], wanted["key"])
    found = hashlib.sha256()
    try:
        with urllib.request.urlopen(request_for(wanted), timeout=60) as response, open(BUNDLE + ".part", "wb") as file:
            for chunk in iter(lambda: response.read(1 << 20), b""):
                found.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except urllib.error.HTTPError as error:
        code = re.search("<Code>([A-Za-z]{1,60})</Code>", error.read(4000).decode("utf8", "replace"))
        raise Problem("%s: %s %s" % (where, error.code, code.group(1) if code else error.reason))
    except OSError as error:
        raise Problem("%s: %s" % (where, error))
    if found.hexdigest() != wanted["sha256"]:
        os.remove(BUNDLE + ".part")
        raise Problem("%s has the sha256 %s, and not %s" % (where, found.hexdigest(), wanted["sha256"]))
    os.replace(BUNDLE + ".part", BUNDLE)


def unpack():
    # Only what oo-install itself runs on: it takes the rest out of the bundle as it needs it.
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    shutil.rmtree(PROGRAMS, ignore_errors=True)
    with tarfile.open(BUNDLE, "r:") as bundle:
        first = bundle.next()
        manifest = json.loads(bundle.extractfile(first).read().decode())
        trees = [one["runtime"] for one in manifest["platforms"] if one["architecture"] == architecture]
        if not trees:
            raise Problem("the bundle is not for %s" % architecture)
        files = {}
        for folder, tree in (("runtime", trees[0]), ("installer", manifest["installer"])):
            for file in tree["files"]:
                files.setdefault("blobs/" + file["sha256"], []).append((os.path.join(PROGRAMS, folder, file["path"]), file["mode"]))
        for member in bundle:
            for path, mode in files.pop(member.name, []):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as target:
                    shutil.copyfileobj(bundle.extractfile(member), target)
                os.chmod(path, mode)
        if files:
            raise Problem("the bundle lacks %s" % ", ".join(files))


def install():
    program = [PROGRAMS + "/runtime/node", "--disable-warning=ExperimentalWarning", PROGRAMS + "/installer/oo-install.mjs"]
    arguments = ["-f", "/etc/oo-install/cluster.yaml", "--bundle", BUNDLE, "--packages", "auto"]
    environment = dict(os.environ, XDG_CACHE_HOME=FOLDER + "/cache")
    done = subprocess.run(program + ["install"] + arguments, env=environment, stderr=subprocess.PIPE)
    told = done.stderr.decode("utf8", "replace")
    sys.stderr.write(told)
    if done.returncode != 0:
        raise Problem("oo-install ended with %d: %s" % (done.returncode, told.strip()[-1500:]))


def status(*arguments):
    subprocess.run(["/usr/local/sbin/oo-install-lab-status", "install"] + list(arguments), check=True)


def main():
    with open("/etc/oo-install/lab-install.json") as file:
        wanted = json.load(file)
    status("running")
    try:
        fetch(wanted)
        unpack()
        install()
    except Problem as problem:
        status("failed", str(problem))
        sys.exit(str(problem))
    with open(FOLDER + "/installed", "w"):
        pass
    status("done")
    for path in (PROGRAMS, FOLDER + "/cache"):
        shutil.rmtree(path, ignore_errors=True)
    os.remove(BUNDLE)


if __name__ == "__main__":
    main()
