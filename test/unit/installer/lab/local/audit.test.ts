import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { auditLab } from '../../../../../lib/installer/lab/local/audit/audit-lab.ts';
import { parseAnswers } from '../../../../../lib/installer/lab/local/audit/machine-questions.ts';
import { labOf } from '../../../../support/lab-file.ts';
import { labStateOf } from '../../../../support/lab-state.ts';
import { setEnvironment } from '../../../../support/set-environment.ts';

// Ports that no lab of this machine's has: what really listens there is asked too.
const lab = labOf('attendees: [ana]\nlocal: { firstPort: 59000 }\n');
const state = labStateOf(lab);
const labels = { 'oo-install.lab': 'class', 'oo-install.lab-id': state.id };
const answers: Readonly<Record<string, unknown>> = {
  '/containers/json?all=1': [],
  '/containers/json': [],
  '/volumes': { Volumes: null },
  '/networks': [],
  '/images/json?all=1': [],
  '/info': { DockerRootDir: '/var/lib/docker' },
};

// A Docker that answers as it is told: what is asked of it is the audit's whole view of Docker.
const folder = await mkdtemp(join(tmpdir(), 'oo-audit-'));
let told: Readonly<Record<string, unknown>> = answers;
const engine = createServer((request, response) => {
  const answer = told[request.url ?? ''];
  response.writeHead(answer === undefined ? 500 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer ?? { message: 'no' }));
}).listen(join(folder, 'docker.sock'));
await once(engine, 'listening');
setEnvironment({ DOCKER_HOST: `unix://${join(folder, 'docker.sock')}` });
after(async () => {
  engine.close();
  await rm(folder, { recursive: true });
});

const left = async (changed: Readonly<Record<string, unknown>>) => {
  told = { ...answers, ...changed };
  const { asked } = await auditLab({ lab, state }, true);
  return asked.flatMap((type) => type.left).map(({ type, id }) => `${type} ${id}`);
};

test('what carries both keys is left, and what carries the id in its name; the twin of the same name is not', async () => {
  const twin = { ...labels, 'oo-install.lab-id': 'ffffffffffff' };
  const container = { Id: 'c1', Names: ['/x'], Labels: {}, Status: 'Up', Mounts: [] };
  assert.deepEqual(
    await left({
      '/containers/json?all=1': [
        { ...container, Id: 'twin', Labels: twin },
        { ...container, Id: 'ours', Labels: labels },
        { ...container, Id: 'without-labels', Mounts: [{ Name: `oo-lab-${state.id}-ana-1-docker` }] },
      ],
      '/volumes': {
        Volumes: [
          { Name: `oo-lab-${state.id}-ana-1-docker`, Labels: null },
          { Name: 'oo-lab-class', Labels: twin },
        ],
      },
      '/networks': [
        { Id: 'n1', Name: 'renamed', Labels: {}, Options: { 'com.docker.network.bridge.name': `oo-${state.id}` } },
        { Id: 'n2', Name: 'oo-lab-class', Labels: twin, Options: null },
      ],
      '/images/json?all=1': [{ Id: 'i1', RepoTags: null, Labels: labels }],
    }),
    ['container ours', 'container without-labels', `volume oo-lab-${state.id}-ana-1-docker`, 'network n1', 'image i1'],
  );
});

test('a question that Docker does not answer makes the audit fail, each of them', async () => {
  for (const url of Object.keys(answers)) {
    told = { ...answers, [url]: undefined };
    const audit = await auditLab({ lab, state }, true);
    assert.equal(audit.clean, false, url);
    assert.match(audit.errors.map(({ message }) => message).join(), /docker answered 500/, url);
  }
});

test('without a Docker nothing is clean', async () => {
  const before = process.env['DOCKER_HOST'];
  process.env['DOCKER_HOST'] = `unix://${join(folder, 'none.sock')}`;
  try {
    const { clean, errors } = await auditLab({ lab, state }, true);
    assert.equal(clean, false);
    assert.deepEqual(
      errors.map(({ type }) => type),
      ['container', 'volume', 'network', 'image', 'this machine'],
    );
  } finally {
    process.env['DOCKER_HOST'] = before;
  }
});

test('answers of the machine: what is left, what was not answered, and what was never asked', () => {
  const all = ['interface', 'firewall rule', 'process or mount', 'listening proxy', 'folder of a volume'];
  const asked = all.map((type) => `asked\t${type}\n`).join('');
  assert.deepEqual(parseAnswers(`${asked}end\n`).errors, []);
  const { errors, asked: types } = parseAnswers(
    `${asked}left\tinterface\too-1\tthe bridge\nunanswered\tfirewall rule\tnft: not permitted\nend\n`,
  );
  assert.deepEqual(types[0], { type: 'interface', left: [{ type: 'interface', id: 'oo-1', detail: 'the bridge' }] });
  assert.deepEqual(errors, [{ type: 'firewall rule', message: 'nft: not permitted' }]);
  assert.deepEqual(
    parseAnswers('asked\tinterface\n').errors.map(({ type }) => type),
    [...all.slice(1), 'this machine'],
  );
});
