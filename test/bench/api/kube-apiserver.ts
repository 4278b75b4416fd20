import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { PlatformCertificates } from '../../../lib/platform/pki/platform-certificates.ts';

const START_TIMEOUT = 60_000;

/**
 * Kubernetes' own API server on an etcd of its own, both from the PATH, on free ports of the loopback, with our certificates
 * and with RBAC. Both end with this process. Resolves to the port when /readyz says ok.
 */
export async function startKubeApiserver(certificates: PlatformCertificates, folder: string): Promise<number> {
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const etcd = `http://127.0.0.1:${client}`;
  const files = await writeFiles(certificates, join(folder, 'kube'));
  const peers = `http://127.0.0.1:${peer}`;
  const children = [
    run('etcd', {
      'data-dir': join(folder, 'etcd'),
      'listen-client-urls': etcd,
      'advertise-client-urls': etcd,
      'listen-peer-urls': peers,
      'initial-advertise-peer-urls': peers,
      'initial-cluster': `default=${peers}`,
    }),
    run('kube-apiserver', {
      'etcd-servers': etcd,
      'secure-port': port,
      'bind-address': '127.0.0.1',
      'authorization-mode': 'RBAC',
      'client-ca-file': files.ca,
      'tls-cert-file': files.cert,
      'tls-private-key-file': files.key,
      'service-account-issuer': 'https://127.0.0.1',
      'service-account-key-file': files.saPub,
      'service-account-signing-key-file': files.saKey,
      'service-cluster-ip-range': '172.30.0.0/16',
    }),
  ];
  process.once('exit', () => children.forEach((child) => child.kill()));
  const began = performance.now();
  while (!(await isReady(port))) {
    if (children.some(({ exitCode }) => exitCode !== null)) throw new Error('etcd or kube-apiserver has ended');
    if (performance.now() - began > START_TIMEOUT) throw new Error(`kube-apiserver is not ready after ${START_TIMEOUT} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return port;
}

async function writeFiles(certificates: PlatformCertificates, folder: string) {
  await mkdir(folder, { recursive: true });
  const contents = {
    ca: certificates.caPem,
    cert: certificates.apiserver.certPem,
    key: certificates.apiserver.keyPem,
    saKey: certificates.saKeyPem,
    saPub: certificates.saPubPem,
  };
  const path = (name: string): string => join(folder, `${name}.pem`);
  for (const [name, content] of Object.entries(contents)) await writeFile(path(name), content, { mode: 0o600 });
  return { ca: path('ca'), cert: path('cert'), key: path('key'), saKey: path('saKey'), saPub: path('saPub') };
}

function run(program: string, flags: Readonly<Record<string, string | number>>): ChildProcess {
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return spawn(program, args, { stdio: 'ignore' });
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.once('error', () => resolve(false)).end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
