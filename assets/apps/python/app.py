"""A web application without dependencies. `application` is what gunicorn would serve too (requirements.txt)."""
import os
import platform
import signal
import sys
from wsgiref.simple_server import make_server


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain; charset=utf-8')])
    if environ['PATH_INFO'] == '/healthz':
        return [b'ok\n']
    return [f"Hello from Python {platform.python_version()}, pod {os.environ.get('HOSTNAME')}\n".encode()]


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get('PORT', '8080'))
    print(f'listening on {port}', flush=True)
    make_server('', port, application).serve_forever()
