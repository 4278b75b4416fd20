import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portProblems, wantedHosts } from '../../../../../lib/installer/lab/local/host-ports.ts';
import { labOf } from '../../../../support/lab-file.ts';
import { labStateOf } from '../../../../support/lab-state.ts';

const ports = (lab: ReturnType<typeof labOf>, state: ReturnType<typeof labStateOf>) =>
  Object.fromEntries(wantedHosts(lab, state).map(({ name, sshPort, apiPort }) => [name, [sshPort, apiPort]]));

test('two ports for each host, in the order of the attendees', () => {
  const lab = labOf('attendees: [ana, bo]\n');
  assert.deepEqual(ports(lab, labStateOf(lab)), { 'ana-1': [20000, 20001], 'bo-1': [20002, 20003] });
});

test('second hosts have a range of their own, so that first ones do not move when they come', () => {
  const lab = labOf('attendees: [ana, bo]\nhostsPerAttendee: 2\nlocal: { firstPort: 30000 }\n');
  assert.deepEqual(ports(lab, labStateOf(lab)), {
    'ana-1': [30000, 30001],
    'ana-2': [31000, 31001],
    'bo-1': [30002, 30003],
    'bo-2': [31002, 31003],
  });
});

test('who stays keeps the ports when others go, come, and come back', () => {
  const first = labOf('attendees: [ana, bo, cy]\n');
  const before = labStateOf(first);
  const second = labOf('attendees: [di, cy]\n');
  const between = labStateOf(second, before);
  assert.deepEqual(ports(second, between), { 'di-1': [20006, 20007], 'cy-1': [20004, 20005] });
  assert.deepEqual(ports(first, labStateOf(first, between)), ports(first, before));
});

test('ports that do not exist are told before anything is made: those who went keep theirs', () => {
  const lab = labOf('attendees: [ana]\nlocal: { firstPort: 60000 }\n');
  const state = labStateOf(lab);
  assert.deepEqual(portProblems(lab, state), []);
  const [ana] = state.attendees;
  const gone = Array.from({ length: 499 }, (_, index) => ({ ...ana!, name: `gone${index}` }));
  assert.deepEqual(portProblems(lab, { attendees: [...gone, ana!] }), []);
  assert.match(portProblems(lab, { attendees: [...gone, ...gone.slice(0, 1), ana!] })[0]!, /^more than 500 attendees have been/);
  const high = { ...lab, hostsPerAttendee: 7 };
  assert.deepEqual(portProblems(high, state), ['the ports from 60000 on would reach 66001: choose a lower local.firstPort']);
});
