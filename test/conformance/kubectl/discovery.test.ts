import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { kubectlMinor } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, url, namespace } = await useNamespace('discovery');

test('api-resources lists the kinds with short names, scope and verbs', async () => {
  const text = await kubectl.text('api-resources', '-o', 'wide');
  for (const row of [
    /^pods +po +v1 +true +Pod +create,delete,deletecollection,get,list,patch,update,watch +all$/m,
    /^replicationcontrollers +rc +v1 +true +ReplicationController /m,
    /^services +svc +v1 +true +Service /m,
    /^namespaces +ns +v1 +false +Namespace /m,
    /^nodes +no +v1 +false +Node /m,
    /^configmaps +cm +v1 +true +ConfigMap /m,
    /^serviceaccounts +sa +v1 +true +ServiceAccount /m,
    /^leases +coordination.k8s.io\/v1 +true +Lease /m,
    /^deployments +deploy +apps\/v1 +true +Deployment +create,delete,deletecollection,get,list,patch,update,watch +all$/m,
    /^componentstatuses +cs +v1 +false +ComponentStatus +get,list *$/m,
    /^horizontalpodautoscalers +hpa +autoscaling\/v2 +true +HorizontalPodAutoscaler /m,
    /^cronjobs +cj +batch\/v1 +true +CronJob /m,
    /^ingresses +ing +networking.k8s.io\/v1 +true +Ingress /m,
    /^persistentvolumeclaims +pvc +v1 +true +PersistentVolumeClaim /m,
    /^poddisruptionbudgets +pdb +policy\/v1 +true +PodDisruptionBudget /m,
    /^priorityclasses +pc +scheduling.k8s.io\/v1 +false +PriorityClass /m,
    /^storageclasses +sc +storage.k8s.io\/v1 +false +StorageClass /m,
  ])
    assert.match(text, row);
  assert.match(await kubectl.text('api-resources', '--namespaced=false', '-o', 'name'), /^namespaces$/m);
});

test('api-versions, version and cluster-info', async () => {
  assert.match(await kubectl.text('api-versions'), /^v1$/m);
  assert.match(
    await kubectl.text('version'),
    new RegExp(`Client Version: v1\\.${kubectlMinor()}[^]*Server Version: v1\\.\\d+\\.\\d+`),
  );
  const info = stripVTControlCharacters(await kubectl.text('cluster-info'));
  assert.ok(info.includes(`Kubernetes control plane is running at ${url}`), info);
});

test('explain shows a kind and a field of it', async () => {
  const pod = await kubectl.text('explain', 'pods');
  assert.match(pod, /^KIND: +Pod\nVERSION: +v1\n/);
  assert.match(pod, /spec\t<PodSpec>/);
  const field = await kubectl.text('explain', 'pod.spec.containers.livenessProbe.httpGet');
  assert.match(field, /FIELD: httpGet <HTTPGetAction>/);
  assert.match(field, /port\t<IntOrString> -required-/);
  assert.match(await kubectl.text('explain', 'rc', '--recursive'), /replicas\t<integer>/);
  assert.match(
    await kubectl.text('explain', 'deployment'),
    /DESCRIPTION:\n {4}Keeps equal pods running and rolls changes out to them/,
  );
  const strategy = await kubectl.text('explain', 'deployment.spec.strategy', '--recursive');
  assert.match(strategy, /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n\nFIELD: strategy <DeploymentStrategy>\n/);
  assert.match(strategy, /rollingUpdate\t<RollingUpdateDeployment>\n {4}maxSurge\t<IntOrString>/);
  assert.match(
    await kubectl.text('explain', 'hpa', '--api-version=autoscaling/v1', '--recursive'),
    /targetCPUUtilizationPercentage\t<integer>/,
  );
  assert.match(await kubectl.text('explain', 'hpa', '--recursive'), /metrics\t<\[\]MetricSpec>/);
  assert.match(await kubectl.failure(['explain', 'pod.spec.colour']), /error: field "colour" does not exist/);
});

test('auth whoami and can-i', async () => {
  const whoami = await kubectl.text('auth', 'whoami');
  assert.match(whoami, /Username +system:admin/);
  assert.match(whoami, /Groups +\[.*system:masters.*\]/);
  assert.equal(await kubectl.text('auth', 'can-i', 'delete', 'nodes'), 'yes');
});

test('get --raw reads any path; health says ok', async () => {
  assert.equal(await kubectl.text('get', '--raw', '/readyz'), 'ok');
  assert.equal(await kubectl.text('get', '--raw', '/livez'), 'ok');
  const list = JSON.parse(await kubectl.text('get', '--raw', `/api/v1/namespaces/${namespace}/configmaps?limit=1`)) as {
    kind: string;
  };
  assert.equal(list.kind, 'ConfigMapList');
  assert.match(
    await kubectl.failure(['get', '--raw', '/nowhere']),
    /\(NotFound\): the server could not find the requested resource/,
  );
});

test('OpenAPI v3 has an index and a document for the core group', async () => {
  const index = JSON.parse(await kubectl.text('get', '--raw', '/openapi/v3')) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  const document = JSON.parse(await kubectl.text('get', '--raw', index.paths['api/v1']!.serverRelativeURL)) as {
    components: { schemas: Record<string, unknown> };
  };
  assert.ok('io.k8s.api.core.v1.Pod' in document.components.schemas);
});
