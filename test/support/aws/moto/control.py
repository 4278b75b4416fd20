"""What stands before moto: the list of calls, the faults, and a door of the tests' own below /_emulator/."""

import io
import json
import threading
from urllib.parse import parse_qsl

from moto.core.base_backend import BackendDict  # noqa: F401  (moto's backends are made before the first reset)
from moto.moto_api._internal.models import moto_api_backend

import ec2
import faults
import lifecycle

calls = []
_lock = threading.Lock()


def reset():
    moto_api_backend.reset()
    ec2.reset()
    faults.clear()
    calls.clear()
    lifecycle.PACE["seconds"] = 0.0


def command(path, method, given):
    match (method, path):
        case ("POST", "reset"):
            return reset()
        case ("POST", "faults"):
            return faults.add(**given)
        case ("DELETE", "faults"):
            return faults.clear()
        case ("GET", "calls"):
            with _lock:
                return list(calls)
        case ("DELETE", "calls"):
            calls.clear()
        case ("POST", "console"):
            ec2.consoles[given["instance"]] = given["text"]
        case ("POST", "silence"):
            ec2.silence["kept"] = given["kept"]
        case ("POST", "address"):
            ec2.set_address(given["instance"], given["address"])
        case ("POST", "quota"):
            ec2.quotas[given["service"], given["code"]] = given["value"]
        case ("POST", "pace"):
            lifecycle.PACE["seconds"] = given["seconds"]
        case _:
            raise ValueError(f"no such command: {method} {path}")
    return None


def answer(start_response, status, headers, body):
    data = body.encode()
    start_response(f"{status} {'OK' if status < 400 else 'Refused'}", [*headers, ("Content-Length", str(len(data)))])
    return [data]


def body_of(environ):
    data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(data)
    return data


def front(application):
    def serve(environ, start_response):
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path.startswith("/_emulator/"):
            try:
                result = command(path.removeprefix("/_emulator/"), method, json.loads(body_of(environ) or b"{}"))
                return answer(start_response, 200, [("Content-Type", "application/json")], json.dumps(result))
            except Exception as error:
                return answer(start_response, 400, [("Content-Type", "text/plain")], f"{type(error).__name__}: {error}")
        scope = environ.get("HTTP_AUTHORIZATION", "").split("Credential=")[-1].split(",")[0].split("/")
        if len(scope) != 5:
            return application(environ, start_response)
        service, region = scope[3], scope[2]
        form = {}
        if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
            form = dict(parse_qsl(body_of(environ).decode(), keep_blank_values=True))
        action = faults.action_of(service, method, path, environ.get("QUERY_STRING", ""), environ.get("HTTP_X_AMZ_TARGET"), form)
        # A region that the account has not switched on takes nobody's credentials; one that there is not is no host's name, which one server cannot show.
        kind = faults.met(f"{service}:{action}") if region in ec2.open_regions() else "closed"
        with _lock:
            calls.append({"action": f"{service}:{action}", "region": region, "refused": kind})
        if kind is not None:
            if method != "HEAD":
                body_of(environ)
            return answer(start_response, *faults.refusal(service, action, kind))
        return application(environ, start_response)

    return serve
