"""What programs do with Python's client, as Debian packages it. Prints one JSON document of what it saw, for python.test.ts.

client.py KUBECONFIG NAMESPACE POD
"""

import json
import sys
import tempfile

import yaml
from kubernetes import client, config, dynamic, utils, watch
from kubernetes.stream import stream

kubeconfig, namespace, pod = sys.argv[1:]
config.load_kube_config(config_file=kubeconfig)
api_client = client.ApiClient()
core = client.CoreV1Api()
apps = client.AppsV1Api()
seen = {}


def typed():
    """Create, read, list, patch, replace and delete with the typed API; what a refusal looks like."""
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="typed", labels={"by": "python"}), data={"a": "1"})
    core.create_namespaced_config_map(namespace, body)
    try:
        core.create_namespaced_config_map(namespace, body)
    except client.ApiException as error:
        seen["again"] = [error.status, json.loads(error.body)["reason"]]
    core.patch_namespaced_config_map("typed", namespace, {"data": {"b": "2"}})
    read = core.read_namespaced_config_map("typed", namespace)
    seen["patched"] = read.data
    read.data = {"c": "3"}
    core.replace_namespaced_config_map("typed", namespace, read)
    found = core.list_namespaced_config_map(namespace, label_selector="by=python")
    seen["listed"] = [item.data for item in found.items]
    core.delete_namespaced_config_map("typed", namespace)


def watched():
    """A watch from a list's version on; it is stopped from within."""
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    for name in ("one", "two"):
        core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name)))
    core.delete_namespaced_config_map("one", namespace)
    events = []
    watcher = watch.Watch()
    for event in watcher.stream(
        core.list_namespaced_config_map, namespace, resource_version=version, timeout_seconds=120, field_selector="metadata.name!=kube-root-ca.crt"
    ):
        events.append(f"{event['type']} {event['object'].metadata.name}")
        if len(events) == 3:
            watcher.stop()
    seen["watched"] = events


def expired():
    """A version from before the cluster's time: the client hears of it as of an error with 410, or sees everything since."""
    try:
        for _ in watch.Watch().stream(core.list_namespaced_config_map, namespace, resource_version="1", timeout_seconds=1):
            pass
        seen["expired"] = "replayed"
    except client.ApiException as error:
        seen["expired"] = error.status


def from_yaml():
    """utils.create_from_yaml makes what a manifest says."""
    documents = [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": "oo-test/web-a"}]},
                },
            },
        },
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as manifest:
        yaml.safe_dump_all(documents, manifest)
        manifest.flush()
        utils.create_from_yaml(api_client, manifest.name, namespace=namespace)
    apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 0}})
    seen["from_yaml"] = [apps.read_namespaced_deployment("web", namespace).metadata.name, core.read_namespaced_service("web", namespace).spec.type]


def dynamically():
    """The dynamic client finds kinds by discovery: built-in ones and those of definitions."""
    dyn = dynamic.DynamicClient(api_client)
    maps = dyn.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(body={"metadata": {"name": "dynamic"}, "data": {"a": "1"}}, namespace=namespace)
    maps.patch(body={"data": {"a": None, "b": "2"}}, name="dynamic", namespace=namespace, content_type="application/merge-patch+json")
    seen["dynamic"] = maps.get(name="dynamic", namespace=namespace).to_dict()["data"]
    applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"x": "1"}}
    maps.patch(
        body=json.dumps(applied), name="applied", namespace=namespace, content_type="application/apply-patch+yaml", field_manager="python"
    )
    seen["applied"] = maps.get(name="applied", namespace=namespace).to_dict()["data"]
    deployments = dyn.resources.get(api_version="apps/v1", kind="Deployment")
    seen["dynamic_list"] = [item.metadata.name for item in deployments.get(namespace=namespace).items]


def streamed():
    """exec and logs of a pod that runs."""
    command = ["sh", "-c", "echo out; echo err >&2; exit 3"]
    socket = stream(
        core.connect_get_namespaced_pod_exec, pod, namespace, command=command, stdout=True, stderr=True, stdin=False, tty=False,
        _preload_content=False,
    )
    socket.run_forever(timeout=120)
    seen["exec"] = [socket.read_stdout(), socket.read_stderr(), socket.returncode]
    # What it has printed may be told a moment later.
    while not seen.get("log"):
        seen["log"] = core.read_namespaced_pod_log(pod, namespace, tail_lines=1)


for step in (typed, watched, expired, from_yaml, dynamically, streamed):
    step()
json.dump(seen, sys.stdout)
