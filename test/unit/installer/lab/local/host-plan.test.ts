import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FoundHost } from '../../../../../lib/installer/lab/local/found-hosts.ts';
import { namesFor, planHosts } from '../../../../../lib/installer/lab/local/host-plan.ts';
import { plannedHosts } from '../../../../../lib/installer/lab/local/planned-hosts.ts';
import { labOf } from '../../../../support/lab-file.ts';
import { labStateOf } from '../../../../support/lab-state.ts';

const lab = labOf('attendees: [ana, bo]\n');
const state = labStateOf(lab);
const wanted = plannedHosts({ lab, state });
const found = (name: string, how: FoundHost['state'] = 'running', made?: string): FoundHost => ({
  name,
  attendee: name.replace(/-1$/, ''),
  id: `id of ${name}`,
  state: how,
  made: made ?? wanted.find((host) => host.name === name)?.made ?? '',
});
const plan = (...hosts: readonly FoundHost[]) =>
  Object.fromEntries(planHosts(wanted, hosts).map((step) => ['host' in step ? step.host.name : step.name, step.do]));

test('what is missing is made, what runs is kept, what stands still is started, what nobody wants goes', () => {
  assert.deepEqual(plan(), { 'ana-1': 'create', 'bo-1': 'create' });
  assert.deepEqual(plan(found('ana-1'), found('bo-1', 'stopped'), found('cy-1')), {
    'ana-1': 'keep',
    'bo-1': 'start',
    'cy-1': 'remove',
  });
  assert.deepEqual(plan(found('ana-1', 'paused'), found('bo-1')), { 'ana-1': 'start', 'bo-1': 'keep' });
});

test('a container that was never started was cut off in the making: it is made anew', () => {
  assert.deepEqual(plan(found('ana-1', 'created'), found('bo-1')), { 'ana-1': 'create', 'bo-1': 'keep' });
});

test('a host of another making is replaced, and only that one', () => {
  const steps = planHosts(wanted, [found('ana-1', 'running', 'other'), found('bo-1')]);
  assert.deepEqual(namesFor(steps, 'replace'), ['ana-1']);
  assert.deepEqual(namesFor(steps, 'keep'), ['bo-1']);
});

test('what makes a host another one: keys, ports, the address, the release; not the end of the lab, nor its images or memory', () => {
  const made = (content: string) => {
    const other = labOf(`attendees: [ana, bo]\n${content}`);
    return plannedHosts({ lab: other, state: labStateOf(other, state) })[0]!.made;
  };
  const same = wanted[0]!.made;
  for (const content of [
    'lifetime: 3d\n',
    'images: [busybox]\n',
    'local: { memory: 2048 }\n',
    'guides: ["https://example.com/a"]\n',
  ])
    assert.equal(made(content), same, content);
  for (const content of ['local: { firstPort: 22000 }\n', 'local: { release: trixie }\n', 'settings: { port: 9443 }\n'])
    assert.notEqual(made(content), same, content);
  const bo = plannedHosts({ lab, state: labStateOf(lab) })[0]!.made;
  assert.notEqual(bo, same, 'other keys');
});
