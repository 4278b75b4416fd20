import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { patient } from '../support/patience.ts';
import { runCommand } from '../support/run-command.ts';

/** A machine in miniature: a "host" namespace with a bridge of pods and an uplink, and a client on the other end of the uplink. */
export interface ProxyNetwork {
  readonly host: string;
  readonly client: string;
  readonly pods: readonly string[];
  readonly hostAddress: string;
  readonly clientAddress: string;
  podAddress(index: number): string;
  /** Runs a program in a namespace; any exit code is a result. */
  run(namespace: string, ...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Answers of `count` exchanges from a namespace, `NAME CLIENT-ADDRESS` each, or the error's code. */
  ask(namespace: string, protocol: 'tcp' | 'udp', address: string, port: number, options?: AskOptions): Promise<string[]>;
  /** Starts the answering program on TCP and UDP 8080 in a namespace. `address`: to listen on. @default all */
  serve(namespace: string, name: string, address?: string): Promise<void>;
}

export interface AskOptions {
  readonly count?: number;
  /** ms @default 1500 */
  readonly timeout?: number;
  /** All from this source port (UDP). */
  readonly from?: number;
  /** The address to send from (TCP). */
  readonly source?: string;
}

export const BRIDGE = 'tbr0';
export const POD_CIDR = '10.128.0.0/23';

/** What a proxy of the machine in miniature is told. */
export const proxySettings = ({ hostAddress }: ProxyNetwork) => ({
  nodeAddresses: [hostAddress],
  podCIDR: POD_CIDR,
  clusterCIDR: '10.128.0.0/14',
  serviceCIDR: '172.30.0.0/16',
  nodePortRange: '30000-32767',
  bridge: BRIDGE,
  tableName: BRIDGE,
});

const SERVER = `
const [name, address] = process.argv.slice(1);
require('net').createServer((s) => { s.on('error', () => {}); s.end(name + ' ' + s.remoteAddress.replace('::ffff:', '')); }).listen(8080, address, () => {
  const u = require('dgram').createSocket('udp4');
  u.on('message', (m, r) => u.send(name + ' ' + r.address, r.port, r.address));
  u.bind(8080, address, () => console.log('ready'));
});`;

const CLIENT = `
const [protocol, address, port, count, timeout, from, source] = process.argv.slice(1);
const tcp = () => new Promise((done) => {
  const s = require('net').connect({ host: address, port: Number(port), ...(source ? { localAddress: source } : {}) });
  let text = '';
  s.setTimeout(Number(timeout), () => { s.destroy(); done('ETIMEDOUT'); });
  s.on('data', (d) => (text += d)).on('end', () => done(text)).on('error', (e) => done(e.code));
});
const udp = () => new Promise((done) => {
  const s = require('dgram').createSocket('udp4');
  const end = (text) => { clearTimeout(timer); s.close(() => done(text)); };
  const timer = setTimeout(() => end('ETIMEDOUT'), Number(timeout));
  s.on('message', (m) => end(String(m))).on('error', (e) => end(e.code));
  s.bind(Number(from), () => s.connect(Number(port), address, (e) => (e ? end(e.code) : s.send('hello', (e) => e && end(e.code)))));
});
(async () => { for (let n = 0; n < Number(count); n++) console.log(await (protocol === 'tcp' ? tcp() : udp())); })();`;

let networks = 0;

/** Builds it, with `pods` pods, and takes it down when the test ends. Needs root. */
export async function createProxyNetwork(t: TestContext, pods: number): Promise<ProxyNetwork> {
  const id = `oot${process.pid}x${networks++}`;
  const host = `${id}h`;
  const client = `${id}c`;
  const podNames = Array.from({ length: pods }, (_unused, index) => `${id}p${index}`);
  const servers: ReturnType<typeof spawn>[] = [];
  t.after(async () => {
    for (const server of servers) server.kill('SIGKILL');
    for (const name of [host, client, ...podNames]) await runCommand(['ip', 'netns', 'delete', name], { anyCode: true });
  });
  const ip = (...args: string[]): Promise<unknown> => runCommand(['ip', ...args]);
  for (const name of [host, client, ...podNames]) {
    await ip('netns', 'add', name);
    await ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  await ip('-n', host, 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', client);
  await ip('-n', host, 'address', 'add', '198.51.100.1/24', 'dev', 'up0');
  await ip('-n', client, 'address', 'add', '198.51.100.2/24', 'dev', 'eth0');
  await ip('-n', host, 'link', 'set', 'up0', 'up');
  await ip('-n', client, 'link', 'set', 'eth0', 'up');
  // So that an unmasqueraded packet from a pod would find its way back, and be seen as such.
  await ip('-n', client, 'route', 'add', '10.128.0.0/14', 'via', '198.51.100.1');
  await ip('-n', host, 'link', 'add', BRIDGE, 'type', 'bridge');
  await ip('-n', host, 'address', 'add', '10.128.0.1/23', 'dev', BRIDGE);
  await ip('-n', host, 'link', 'set', BRIDGE, 'up');
  for (const [index, pod] of podNames.entries()) {
    await ip('-n', host, 'link', 'add', `pod${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod);
    await ip('-n', host, 'link', 'set', `pod${index}`, 'master', BRIDGE, 'up');
    await runCommand(['ip', 'netns', 'exec', host, 'bridge', 'link', 'set', 'dev', `pod${index}`, 'hairpin', 'on']);
    await ip('-n', pod, 'address', 'add', `10.128.0.${index + 5}/23`, 'dev', 'eth0');
    await ip('-n', pod, 'link', 'set', 'eth0', 'up');
    await ip('-n', pod, 'route', 'add', 'default', 'via', '10.128.0.1');
  }
  const network: ProxyNetwork = {
    host,
    client,
    pods: podNames,
    hostAddress: '198.51.100.1',
    clientAddress: '198.51.100.2',
    podAddress: (index) => `10.128.0.${index + 5}`,
    run: (namespace, ...argv) => runCommand(['ip', 'netns', 'exec', namespace, ...argv], { anyCode: true }),
    async ask(namespace, protocol, address, port, { count = 1, timeout = patient(1_500), from = 0, source = '' } = {}) {
      const args = [protocol, address, port, count, timeout, from, source].map(String);
      const { stdout } = await network.run(namespace, process.execPath, '--eval', CLIENT, ...args);
      return stdout.trim().split('\n');
    },
    async serve(namespace, name, address = '0.0.0.0') {
      const server = spawn('ip', ['netns', 'exec', namespace, process.execPath, '--eval', SERVER, name, address], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      servers.push(server);
      await once(server.stdout, 'data');
    },
  };
  return network;
}

/** What Docker does to a machine's firewall, as far as others notice. */
export async function dropForwardLikeDocker(network: ProxyNetwork, program = 'iptables-nft'): Promise<void> {
  for (const args of [
    ['-N', 'DOCKER-USER'],
    ['-A', 'DOCKER-USER', '-j', 'RETURN'],
    ['-I', 'FORWARD', '-j', 'DOCKER-USER'],
    ['-P', 'FORWARD', 'DROP'],
  ]) {
    const { code, stderr } = await network.run(network.host, program, ...args);
    if (code !== 0) throw new Error(stderr);
  }
}
