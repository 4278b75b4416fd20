import { spawnSync } from 'node:child_process';
import type { Contender, Measurement } from '../harness.ts';
import { COLLECTION, configMap } from './load.ts';
import type { Answers } from './floor-server.ts';
import { MeasuredServer } from './measured-server.ts';

/** One of the servers that are held against each other, with the work that they are to do. */
export type Measure = (server: MeasuredServer, round: number) => Promise<Measurement>;

const LISTED = 1000;

/**
 * The servers as contenders, the floor first: a plain node:https server with the same TLS that sends the same bytes, the API in
 * memory, the API on SQLite as `openshift start` runs it, and Kubernetes' own kube-apiserver with etcd where both are on the PATH.
 */
export async function servers(measure: Measure, inFlight: number): Promise<(Contender & Disposable)[]> {
  const answers = await sampleAnswers();
  return [
    contender('node:https, fixed answers', ['floor'], inFlight, measure, answers),
    contender('the API, in memory', ['api', 'memory'], inFlight, measure),
    contender('the API, on SQLite', ['api', 'sqlite'], inFlight, measure),
    ...(isOnPath('kube-apiserver') && isOnPath('etcd') ? [contender('kube-apiserver, etcd', ['kube'], inFlight, measure)] : []),
  ];
}

/** One server process for all rounds; a measurement has names of its own in each and leaves nothing behind. */
function contender(
  name: string,
  args: readonly string[],
  inFlight: number,
  measure: Measure,
  answers?: Answers,
): Contender & Disposable {
  let started: Promise<MeasuredServer> | undefined;
  return {
    name,
    async run(round) {
      started ??= MeasuredServer.start(args, inFlight);
      const server = await started;
      if (answers !== undefined) await server.learn(answers);
      return measure(server, round);
    },
    [Symbol.dispose]: () => void started?.then((server) => server[Symbol.dispose]()),
  };
}

/** What the API answers to each kind of request, for the floor to say the same. */
async function sampleAnswers(): Promise<Answers> {
  using server = await MeasuredServer.start(['api', 'memory'], 16);
  const path = `${COLLECTION}/r0-1`;
  const created = await server.call('POST', COLLECTION, configMap('r0-1', 'a'));
  for (let n = 2; n <= LISTED; n++) await server.call('POST', COLLECTION, configMap(`r0-${n}`, 'a'));
  return {
    'POST all': created,
    'GET one': await server.call('GET', path),
    'GET all': await server.call('GET', COLLECTION),
    'PUT one': await server.call('PUT', path, configMap('r0-1', 'b')),
    'PATCH one': await server.patch('r0-1', 'c'),
    'APPLY one': await server.apply('r0-1', 'd'),
    'DELETE one': await server.call('DELETE', path),
  };
}

function isOnPath(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}
