import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { runCommand } from '../../support/run-command.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('generators');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-generators-'));
after(() => rmSync(folder, { recursive: true }));
/** Of kinds that have no namespace: a name of this file's own, gone at its end. */
const clusterWide = (kind: string): string => {
  after(() => kubectl(['delete', kind, namespace, '--ignore-not-found'], { anyCode: true }));
  return namespace;
};

const openssl = (request: string, ...args: string[]): ReturnType<typeof runCommand> =>
  runCommand(['openssl', request, '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...args]);

/** The image is never fetched: nothing of it runs. */
const IMAGE = '--image=registry.invalid/web:1';

test('create deployment', async () => {
  const made = await kubectl.text('create', 'deployment', 'web', IMAGE, '--replicas=0', '--port=80');
  assert.equal(made, 'deployment.apps/web created');
  const { spec, metadata } = await kubectl.json('get', 'deployment', 'web');
  assert.deepEqual(
    [metadata.labels, spec.selector, spec.template.spec.containers[0].ports],
    [{ app: 'web' }, { matchLabels: { app: 'web' } }, [{ containerPort: 80, protocol: 'TCP' }]],
  );
  assert.match(await kubectl.text('get', 'deploy', '-o', 'wide'), /web +0\/0 +0 +0 +\S+ +web +registry.invalid\/web:1 +app=web/);
});

test('create cronjob, and a job by itself or from a cronjob', async () => {
  const made = await kubectl.text('create', 'cronjob', 'yearly', IMAGE, '--schedule=0 0 1 1 *', '--', 'echo', 'hi');
  assert.equal(made, 'cronjob.batch/yearly created');
  assert.match(await kubectl.text('get', 'cj'), /yearly +0 0 1 1 \* +<none> +False +0 +<none>/);
  assert.match(
    await kubectl.failure(['create', 'cronjob', 'never', IMAGE, '--schedule=61 * * * *']),
    /spec\.schedule: Invalid value: "61 \* \* \* \*": end of range \(61\) above maximum \(59\): 61/,
  );
  assert.equal(await kubectl.text('create', 'job', 'now', '--from=cronjob/yearly'), 'job.batch/now created');
  const { metadata, spec } = await kubectl.json('get', 'job', 'now');
  assert.equal(metadata.annotations?.['cronjob.kubernetes.io/instantiate'], 'manual');
  assert.deepEqual(spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid } });
  assert.equal(await kubectl.text('create', 'job', 'alone', IMAGE, '--', 'true'), 'job.batch/alone created');
  assert.match(await kubectl.text('get', 'job', 'alone'), /alone +Running +0\/1/);
});

test('create configmap and secret from files of variables; cluster roles that gather others; labels and managers of one’s own', async () => {
  writeFileSync(join(folder, 'env'), 'A=1\nB=two words\n# no\n');
  await kubectl(['create', 'configmap', 'variables', `--from-env-file=${join(folder, 'env')}`]);
  assert.deepEqual((await kubectl.json('get', 'configmap', 'variables'))['data'], { A: '1', B: 'two words' });
  await kubectl([
    'create',
    'secret',
    'generic',
    'variables',
    `--from-env-file=${join(folder, 'env')}`,
    '--type=example.com/env',
    '--append-hash',
  ]);
  assert.match(
    await kubectl.text('get', 'secrets', '-o', 'custom-columns=T:.type,N:.metadata.name', '--no-headers'),
    /^example\.com\/env +variables-\w+$/m,
  );
  const name = clusterWide('clusterrole');
  await kubectl(['create', 'clusterrole', name, `--aggregation-rule=for=${name}`, '--field-manager=me']);
  const { aggregationRule } = await kubectl.json('get', 'clusterrole', name);
  assert.deepEqual(aggregationRule, { clusterRoleSelectors: [{ matchLabels: { for: name } }] });
  await kubectl(['delete', 'clusterrole', name]);
  const shown = await kubectl.text('create', 'deployment', 'shown', IMAGE, '--dry-run=client', '-o', 'yaml', '--', 'sleep', '9');
  assert.match(shown, /^apiVersion: apps\/v1\nkind: Deployment\n[^]*command:\n +- sleep\n +- "9"\n/);
});

test('create poddisruptionbudget and quota', async () => {
  assert.equal(
    await kubectl.text('create', 'pdb', 'keep', '--selector=app=web', '--min-available=50%'),
    'poddisruptionbudget.policy/keep created',
  );
  assert.match(await kubectl.text('get', 'pdb', 'keep'), /keep +50% +N\/A +0 /);
  assert.equal(await kubectl.text('create', 'quota', 'most', '--hard=configmaps=50,limits.cpu=4'), 'resourcequota/most created');
  assert.deepEqual((await kubectl.json('get', 'quota', 'most'))['spec'].hard, { configmaps: '50', 'limits.cpu': '4' });
});

test('create priorityclass; the system has its own, and nobody else gets such names', async () => {
  const name = clusterWide('priorityclass');
  assert.equal(
    await kubectl.text('create', 'priorityclass', name, '--value=1000', '--description=d', '--preemption-policy=Never'),
    `priorityclass.scheduling.k8s.io/${name} created`,
  );
  const table = await kubectl.text('get', 'pc');
  assert.match(table, new RegExp(`^${name} +1000 +false +\\S+ +Never$`, 'm'));
  assert.match(table, /^system-cluster-critical +2000000000 +false /m);
  assert.match(
    await kubectl.failure(['create', 'priorityclass', 'system-mine', '--value=1']),
    /priority class names with 'system-' prefix are reserved for system use only/,
  );
});

test('create ingress', async () => {
  const rules = ['--rule=a.example/shop=web:80,tls=cert', '--rule=b.example/*=web:named'];
  assert.equal(
    await kubectl.text('create', 'ingress', 'front', '--class=nginx', ...rules),
    'ingress.networking.k8s.io/front created',
  );
  assert.match(await kubectl.text('get', 'ing', 'front'), /front +nginx +a.example,b.example +80, 443/);
  assert.match(await kubectl.text('describe', 'ingress', 'front'), /a\.example +\n? +\/shop +web:80/);
});

test('create role, clusterrole, rolebinding and clusterrolebinding', async () => {
  const name = clusterWide('clusterrole');
  clusterWide('clusterrolebinding');
  const rows: [string[], string][] = [
    [['role', 'reader', '--verb=get', '--resource=pods'], 'role.rbac.authorization.k8s.io/reader created'],
    [['rolebinding', 'readers', '--role=reader', '--user=ann'], 'rolebinding.rbac.authorization.k8s.io/readers created'],
    [['clusterrole', name, '--verb=list', '--resource=nodes'], `clusterrole.rbac.authorization.k8s.io/${name} created`],
    [
      ['clusterrolebinding', name, `--clusterrole=${name}`, '--group=devs'],
      `clusterrolebinding.rbac.authorization.k8s.io/${name} created`,
    ],
  ];
  for (const [args, wanted] of rows) assert.equal(await kubectl.text('create', ...args), wanted);
});

test('create secret tls, service loadbalancer and externalname', async () => {
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  await openssl('req', '-x509', '-subj', '/CN=x', '-keyout', key, '-out', certificate);
  assert.equal(
    await kubectl.text('create', 'secret', 'tls', 'cert', `--cert=${certificate}`, `--key=${key}`),
    'secret/cert created',
  );
  assert.match(await kubectl.text('get', 'secret', 'cert'), /cert +kubernetes.io\/tls +2/);
  await kubectl(['create', 'service', 'loadbalancer', 'lb', '--tcp=80']);
  await kubectl(['create', 'service', 'externalname', 'alias', '--external-name=example.com']);
  assert.match(await kubectl.text('get', 'service', 'lb'), /lb +LoadBalancer +\S+ +<pending> +80:3\d{4}\/TCP/);
  assert.match(await kubectl.text('get', 'service', 'alias'), /alias +ExternalName +<none> +example.com +<none>/);
});

test('a request for a certificate is made, approved once, and described', async () => {
  const name = clusterWide('csr');
  const key = join(folder, 'u.key');
  const { stdout: request } = await openssl('req', '-subj', '/CN=u', '-keyout', key);
  const manifest: KubeObject = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'example.com/signer',
      usages: ['client auth'],
      expirationSeconds: 3600,
    },
  };
  await kubectl.create(manifest);
  assert.match(await kubectl.text('get', 'csr', name), /example.com\/signer +system:admin +60m +Pending/);
  assert.equal(
    await kubectl.text('certificate', 'approve', name),
    `certificatesigningrequest.certificates.k8s.io/${name} approved`,
  );
  assert.match(await kubectl.failure(['certificate', 'deny', name]), /is already Approved/);
  assert.match(await kubectl.text('describe', 'csr', name), /Status: +Approved[^]*Common Name: +u/);
});
