#!/usr/bin/env python3
"""Keeps the status file of a host of a lab, which `oo-install lab status` reads.

  oo-install-lab-status STAGE running|done|failed [ERROR]
  oo-install-lab-status cloud-init      what became of cloud-init, as it says itself
"""
import datetime
import fcntl
import json
import os
import sys

HOST = "/etc/oo-install/lab-host.json"
FOLDER = "/var/lib/oo-install-lab"
STATUS = FOLDER + "/status.json"


def time_of(seconds=None):
    moment = datetime.datetime.now(datetime.timezone.utc)
    if seconds is not None:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def read(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def overall(stages):
    states = [stage["state"] for stage in stages]
    for state in ("failed", "running", "waiting"):
        if state in states:
            return "running" if state == "waiting" else state
    return "done"


def record(name, state, error="", began=None, ended=None):
    # The file is replaced as a whole, so that nobody reads half of it.
    host = read(HOST)
    known = {stage["name"]: stage for stage in read(STATUS).get("stages", [])}
    stage = known.get(name, {})
    if state == "running" or "began" not in stage:
        stage = {"name": name, "began": began or stage.get("began") or time_of()}
    if stage.get("state") != state:
        stage.pop("ended", None)
    stage.update(state=state, error=error[:2000])
    if state in ("done", "failed"):
        stage.setdefault("ended", ended or time_of())
    known[name] = stage
    order = host.pop("stages", [])
    stages = [known.get(one, {"name": one, "state": "waiting", "error": ""}) for one in order]
    image_based = os.path.exists("/run/ostree-booted")
    content = dict(host, version=1, imageBased=image_based, state=overall(stages), updated=time_of(), stages=stages)
    partial = STATUS + ".new"
    with open(partial, "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.chmod(partial, 0o644)
    os.replace(partial, STATUS)


def cloud_init():
    result = read("/run/cloud-init/result.json").get("v1")
    began = read("/run/cloud-init/status.json").get("v1", {}).get("init-local", {}).get("start")
    began = time_of(began) if began else None
    if result is None:
        return record("cloud-init", "running", "", began)
    errors = "; ".join(str(error) for error in result.get("errors", []))
    record("cloud-init", "failed" if errors else "done", errors, began)


def main(arguments):
    os.makedirs(FOLDER, mode=0o755, exist_ok=True)
    with open(FOLDER + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if arguments == ["cloud-init"]:
            cloud_init()
        elif len(arguments) in (2, 3) and arguments[1] in ("running", "done", "failed"):
            record(*arguments)
        else:
            sys.exit(__doc__)


main(sys.argv[1:])
