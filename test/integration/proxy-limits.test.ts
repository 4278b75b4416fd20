import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { endpoints, service } from '../unit/platform/node/proxy/fake-informer.ts';
import { bench, served, WEB } from './proxy-bench.ts';

/** Listens, and keeps every connection open without a word. */
const KEEPER = `
require('net').createServer((s) => s.on('error', () => {})).listen(9000, '0.0.0.0', () => console.log('ready'));`;

/** Opens connections one after the other and keeps them; prints how many are open, and the error's code of one that is refused. */
const OPENER = `
const [address, count, port = '90'] = process.argv.slice(1);
const open = [];
const next = () => {
  if (open.length === Number(count)) return console.log('all ' + open.length);
  const s = require('net').connect({ host: address, port: Number(port) }, () => { open.push(s); next(); });
  s.on('error', (e) => console.log(e.code + ' ' + open.length));
};
next();
setInterval(() => {}, 1000);`;

const PORT = [{ port: 90, target: 9000 }];
const HOARD = '172.30.0.40';
const MOST = 5;

test('one client has no more connections to a service than that lets one have; others have theirs, and so has who closes some', async (t) => {
  const b = await bench(t, 3);
  const { network } = b;
  const [server, hoarder, other] = network.pods as [string, string, string];
  const begin = async (namespace: string, ...args: string[]) => {
    const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '--eval', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const end = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    return { said: said.toString().trim(), end };
  };
  await begin(server, KEEPER);
  b.endpoints.set(endpoints('hoard', [network.podAddress(0)], PORT));
  b.services.set(service('hoard', HOARD, PORT, {}, { 'openshift.io/connections-per-client': String(MOST) }));
  b.add('web', WEB, [network.podAddress(0)]);
  await served(b, hoarder);

  const first = await begin(hoarder, OPENER, HOARD, String(MOST + 1));
  assert.equal(first.said, `ECONNREFUSED ${MOST}`);
  assert.equal((await begin(hoarder, OPENER, network.podAddress(0), '1', '9000')).said, 'ECONNREFUSED 0', 'past the service');
  assert.equal((await begin(other, OPENER, HOARD, String(MOST))).said, `all ${MOST}`);
  assert.match((await network.ask(hoarder, 'tcp', WEB, 80))[0]!, /^pod0 /, 'another service of the same pod');
  // What the machine itself opens is for everybody on it.
  assert.equal((await begin(network.host, OPENER, HOARD, String(MOST + 1))).said, `all ${MOST + 1}`);

  // Of connections that have ended the kernel keeps a trace for a while, which does not count.
  await first.end();
  await eventually(async () => {
    const { said, end } = await begin(hoarder, OPENER, HOARD, String(MOST));
    // Those that it got would be counted at the next look.
    if (said !== `all ${MOST}`) await end();
    assert.equal(said, `all ${MOST}`);
  });
  // A new rule set is written without counting anew.
  b.add('more', '172.30.0.41', [network.podAddress(1)]);
  await served(b, other, '172.30.0.41');
  assert.equal((await begin(hoarder, OPENER, HOARD, '1')).said, 'ECONNREFUSED 0');
});
