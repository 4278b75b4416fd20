import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, nodeName } = await useNamespace('describe');

before(async () => {
  await kubectl.create(webController('web', 2));
  await kubectl(['expose', 'rc', 'web', '--port=80', '--target-port=http']);
  await kubectl.create(webPod('single'));
  await kubectl(['wait', '--for=condition=Ready', 'pod/single', IN_TIME]);
  await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=2', 'rc/web', IN_TIME]);
});

test('describe pod: state, address, conditions, mounts and the events of its start', async () => {
  await eventually(async () => {
    // kubectl 1.36 says of each event which container it is about.
    const text = (await kubectl.text('describe', 'pod', 'single')).replaceAll('spec.containers{web}: ', '');
    assert.match(text, /^Name: +single\nNamespace: +describe-/);
    assert.match(text, new RegExp(`Node: +${nodeName}/\\d+\\.\\d+`));
    assert.match(text, /Status: +Running\nIP: +10\./);
    assert.match(text, /Container ID: +docker:\/\/[0-9a-f]{64}/);
    assert.match(text, /Image ID: +docker(-pullable)?:\/\//);
    assert.match(text, /State: +Running\n +Started: /);
    assert.match(text, /Ready: +True\n +Restart Count: +0/);
    assert.match(text, /Readiness: +http-get http:\/\/:http\/ delay=0s timeout=10s period=1s #success=1 #failure=3/);
    assert.match(text, /\/var\/run\/secrets\/kubernetes.io\/serviceaccount from kube-api-access-\w+ \(ro\)/);
    assert.match(text, /QoS Class: +BestEffort/);
    assert.match(text, /Tolerations: +node.kubernetes.io\/not-ready:NoExecute op=Exists for 300s/);
    for (const condition of ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'])
      assert.match(text, new RegExp(`${condition} +True`));
    assert.match(text, new RegExp(`Normal +Scheduled +.*Successfully assigned ${namespace}/single to ${nodeName}`));
    assert.match(text, /Normal +Pulled +.*kubelet +Container image "oo-test\/web-a:latest" already present on machine/);
    assert.match(text, /Normal +Created +.*kubelet +Created container:? web/);
    assert.match(text, /Normal +Started +.*kubelet +Started container web/);
  });
});

test('describe rc, service, namespace', async () => {
  await eventually(async () => {
    const rc = await kubectl.text('describe', 'rc', 'web');
    assert.match(rc, /Replicas: +2 current \/ 2 desired\nPods Status: +2 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/);
    assert.match(rc, /Normal +SuccessfulCreate +.*replication-controller +Created pod: web-\w{5}/);
  });
  await eventually(async () => {
    const service = await kubectl.text('describe', 'service', 'web');
    assert.match(service, /Type: +ClusterIP/);
    assert.match(service, /TargetPort: +http\/TCP/);
    assert.match(service, /Endpoints: +10\.\d+\.\d+\.\d+:8080,10\.\d+\.\d+\.\d+:8080/);
  });
  assert.match(await kubectl.text('describe', 'namespace', namespace), new RegExp(`Name: +${namespace}[^]*Status: +Active`));
});

test('describe node: conditions, capacity, its pods and what they ask for', async () => {
  const text = await kubectl.text('describe', 'node', nodeName);
  for (const condition of ['MemoryPressure +False', 'DiskPressure +False', 'PIDPressure +False', 'Ready +True'])
    assert.match(text, new RegExp(condition));
  assert.match(text, /InternalIP: +\d/);
  assert.match(text, /Capacity:\n +cpu: +\d+/);
  assert.match(text, /Container Runtime Version: +docker:\/\/\d/);
  assert.match(text, /PodCIDR: +10\./);
  assert.match(text, new RegExp(`Non-terminated Pods:[^]*${namespace} +single`));
  assert.match(text, /Allocated resources:/);
});
