import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { httpClient } from '../client/http-client.ts';
import { deploy } from './deploy.ts';

/** Where every pod finds who it is. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: this program runs in deployer pods`);
  return value;
}

const quiet = (): void => undefined;
/** The log is for those who roll out: what the client says to itself is not in it. */
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };

/** What runs in deployer pods. Exits with 0 when the version has come about. */
async function main(): Promise<void> {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)));
  const host = required('KUBERNETES_SERVICE_HOST');
  const caPem = readFileSync(join(ACCOUNT, 'ca.crt'), 'utf8');
  const client = httpClient({
    server: `https://${host.includes(':') ? `[${host}]` : host}:${required('KUBERNETES_SERVICE_PORT')}`,
    // The node writes a new one long before the old one ends.
    token: () => readFileSync(join(ACCOUNT, 'token'), 'utf8').trim(),
    caPem,
    userAgent: 'openshift-deployer',
  });
  try {
    await deploy({
      client,
      clock: systemClock,
      log,
      signal: ending.signal,
      namespace: required('OPENSHIFT_DEPLOYMENT_NAMESPACE'),
      name: required('OPENSHIFT_DEPLOYMENT_NAME'),
      say,
    });
  } finally {
    // The program ends when nothing is open any more.
    ending.abort(new Error('done'));
    client.close();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${errorText(error)}\n`);
  process.exitCode = 1;
}
