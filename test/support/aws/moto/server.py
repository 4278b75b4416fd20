"""AWS for the tests: moto's server on a free port of loopback, with what is in the files beside this one. It prints its port, and ends
when its standard input does. docs/testing.md tells what it emulates."""

import os
import socket
import sys
import threading
import warnings

warnings.simplefilter("ignore")
listener = socket.create_server(("127.0.0.1", 0))
# Moto reads these when it is imported: names and images that are not there must be refused, as EC2 does.
os.environ |= {"MOTO_PORT": str(listener.getsockname()[1]), "MOTO_ENABLE_KEYPAIR_VALIDATION": "true", "MOTO_ENABLE_AMI_VALIDATION": "true"}

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

import control  # noqa: E402
import ec2  # noqa: E402
import lookups  # noqa: E402
import operations  # noqa: E402
import resources  # noqa: E402
import s3  # noqa: E402


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


for part in (lookups, operations, resources, ec2, s3):
    part.install()
server = make_server("127.0.0.1", 0, control.front(DomainDispatcherApplication(create_backend_app)), threaded=True, request_handler=Quiet, fd=listener.fileno())
print(listener.getsockname()[1], flush=True)
# Nobody reads further; what moto prints goes where errors go.
sys.stdout = sys.stderr
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
