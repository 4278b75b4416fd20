import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import type { Flood } from './fairness/flood.ts';
import { compare, type Contender, formatComparison, type Measurement, quantile } from './harness.ts';

/**
 * What one user notices of another who asks for lists out of 3000 objects over 200 connections without a pause: the time that the
 * quiet one's requests take, alone, beside the flood, and beside it when both are exempt from taking turns, which is what it
 * would be like without them. The two users, and the server, are three processes.
 */
const CONNECTIONS = 200;
const OBJECTS = 3000;
const REQUESTS = 200;
/** A round of a contender ends after so many ms, however few requests were answered by then. */
const LONGEST = 15_000;
const COLLECTION = '/api/v1/namespaces/default/configmaps';
/** Goes through all objects and answers with none: it costs the server much and its client nothing. */
const NOTHING = `${COLLECTION}?labelSelector=app%3Dnone`;
const FLOW = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';

const run = (script: string, ...args: string[]): ReturnType<typeof fork> =>
  fork(join(packageRoot(), 'test', 'bench', script), args, { execArgv: ['--disable-warning=ExperimentalWarning'] });
const server = run('api/server-process.ts', 'api', 'memory');
const [hello] = (await once(server, 'message')) as [Pick<Flood, 'port' | 'caPem' | 'certPem' | 'keyPem'>];
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: hello.caPem, cert: hello.certPem, key: hello.keyPem });

function call(method: string, path: string, body?: object, user?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(user === undefined ? {} : { 'impersonate-user': user }) };
    const sent = request({ agent, host: '127.0.0.1', port: hello.port, method, path, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode!));
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const users = ['noisy', 'quiet'].map((name) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }));
await call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
  metadata: { name: 'bench' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: users,
});
for (let i = 0; i < OBJECTS; i++)
  await call('POST', COLLECTION, { metadata: { name: `c${i}`, labels: { app: 'bench' } }, data: { filler: 'x'.repeat(100) } });
const exempt = {
  metadata: { name: 'bench' },
  spec: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 3,
    rules: [
      {
        subjects: users.map(({ kind, name }) => ({ kind, user: { name } })),
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
      },
    ],
  },
};

async function quietUser(): Promise<Measurement> {
  const times: number[] = [];
  let refused = 0;
  const ends = performance.now() + LONGEST;
  for (let i = 0; i < REQUESTS && performance.now() < ends; i++) {
    const began = performance.now();
    const code = await (i % 4 === 0
      ? call('PUT', `${COLLECTION}/c0`, { metadata: { name: 'c0' }, data: { at: String(i) } }, 'quiet')
      : call('GET', `${COLLECTION}/c${i}`, undefined, 'quiet'));
    times.push(performance.now() - began);
    if (code !== 200) refused++;
  }
  return { 'p50 ms': quantile(times, 0.5), 'p99 ms': quantile(times, 0.99), 'most ms': quantile(times, 1), refused };
}

async function besideFlood(): Promise<Measurement> {
  const flood = run('fairness/flood.ts');
  flood.send({ ...hello, path: NOTHING, connections: CONNECTIONS } satisfies Flood);
  await once(flood, 'message');
  const measured = await quietUser();
  flood.disconnect();
  await once(flood, 'exit');
  return measured;
}

const contenders: Contender[] = [
  { name: 'alone', run: quietUser },
  { name: 'beside a flood', run: besideFlood },
  {
    name: 'beside a flood, without turns',
    async run() {
      await call('POST', FLOW, exempt);
      const measured = await besideFlood();
      await call('DELETE', `${FLOW}/bench`);
      return measured;
    },
  },
];
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);
const result = await compare({ title: `One user beside ${CONNECTIONS} lists of ${OBJECTS}`, contenders, rounds, warmup: 0 });
process.stdout.write(`${formatComparison(result)}\n`);
agent.destroy();
server.disconnect();
