import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parse } from 'yaml';
import { OoError } from '../../../../lib/common/errors.ts';
import { fillTemplates } from '../../../../lib/stacks/cloud-init/fill-templates.ts';
import type { HostData } from '../../../../lib/stacks/cloud-init/host-data.ts';
import { renderUserData } from '../../../../lib/stacks/cloud-init/render-user-data.ts';
import { hostileTexts, labHostData } from '../../../support/lab/lab-host-data.ts';

interface CloudConfig extends Record<string, unknown> {
  readonly hostname: string;
  readonly users: readonly Record<string, unknown>[];
  readonly write_files: readonly { readonly path: string; readonly permissions: string; readonly content: string }[];
  readonly bootcmd?: readonly (readonly string[])[];
  readonly runcmd: readonly (readonly string[])[];
  readonly mounts?: unknown;
  readonly fs_setup?: readonly { readonly device?: string }[];
}
// cloud-init reads YAML 1.1.
const read = (text: string): CloudConfig => parse(text, { version: '1.1' }) as CloudConfig;
const contentOf = (config: CloudConfig, path: string): string => {
  const file = config.write_files.find((one) => one.path === path);
  assert.ok(file, `${path} is not written`);
  return file.content;
};

/** What cloud-init 22.4 to 25 know; their own schema lets a misspelt one pass. */
const knownKeys = new Set([
  'hostname',
  'fqdn',
  'manage_etc_hosts',
  'users',
  'disable_root',
  'ssh_pwauth',
  'ssh_deletekeys',
  'ssh_genkeytypes',
  'ssh',
  'ssh_fp_console_blacklist',
  'ssh_key_console_blacklist',
  'bootcmd',
  'fs_setup',
  'mounts',
  'write_files',
  'runcmd',
]);

const variants: Readonly<Record<string, HostData>> = {
  least: labHostData(),
  volume: labHostData({ dockerDevice: '/dev/sdf' }),
  images: labHostData({ images: ['docker.io/library/busybox:1.36', 'quay.io/a/b@sha256:abc'] }),
  all: labHostData({ dockerDevice: '/dev/sdf', images: ['busybox'], settings: { port: 9443 } }),
};

for (const [name, data] of Object.entries(variants)) {
  test(`the user data is one cloud-config of keys that cloud-init knows (${name})`, () => {
    const text = renderUserData(data);
    assert.match(text, /^#cloud-config\n/);
    const config = read(text);
    assert.deepEqual(
      Object.keys(config).filter((key) => !knownKeys.has(key)),
      [],
    );
    for (const entry of config.fs_setup ?? []) assert.ok(entry.device, 'a file system without a device');
    assert.equal(renderUserData(data), text, 'the same data gives the same text');
    const paths = config.write_files.map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
    for (const path of paths) assert.match(path, /^\/(etc|var|usr\/local)\//, 'what is writable where /usr is an image');
    for (const { content } of config.write_files.filter((file) => file.content.startsWith('#!/bin/sh'))) {
      execFileSync('/bin/sh', ['-n'], { input: content });
    }
  });
}

test('two users and no default one; nobody has a password; root is off', () => {
  const config = read(renderUserData(labHostData()));
  assert.deepEqual(
    config.users.map(({ name, lock_passwd, sudo, expiredate }) => ({ name, lock_passwd, sudo, expiredate })),
    [
      { name: 'ana', lock_passwd: true, sudo: 'ALL=(ALL) NOPASSWD:ALL', expiredate: '2031-05-07' },
      { name: 'lab-operator', lock_passwd: true, sudo: 'ALL=(ALL) NOPASSWD:ALL', expiredate: undefined },
    ],
  );
  assert.equal(config['ssh_pwauth'], false);
  assert.equal(config['disable_root'], true);
  assert.equal(config['ssh_deletekeys'], true, 'keys that are in an image are in every host of it');
  assert.match(contentOf(config, '/etc/ssh/sshd_config.d/00-oo-install-lab.conf'), /^PermitRootLogin no$/m);
});

test('a volume is mounted only where there is one, and by a name that it keeps', () => {
  const plain = read(renderUserData(labHostData()));
  assert.deepEqual([plain.bootcmd, plain.fs_setup, plain.mounts], [undefined, undefined, undefined]);
  const config = read(renderUserData(labHostData({ dockerDevice: '/dev/sdf' })));
  assert.deepEqual((config.mounts as string[][])[0]!.slice(0, 3), ['/dev/disk/by-label/oo-docker', '/var/lib/docker', 'ext4']);
  assert.match(config.bootcmd![0]!.at(-1)!, /^wanted='\/dev\/sdf'$/m);
});

test('the settings are a cluster.yaml for this host', () => {
  const config = read(renderUserData(labHostData({ settings: { port: 9443 } })));
  assert.deepEqual(parse(contentOf(config, '/etc/oo-install/cluster.yaml')), { hosts: ['localhost'], settings: { port: 9443 } });
});

test('who logs in is told the lab, the name and the end', () => {
  const motd = contentOf(read(renderUserData(labHostData())), '/etc/motd.d/oo-install-lab');
  assert.match(motd, /Lab intro, host ana-1, for ana\n.*2031-05-06T17:00:00.000Z/);
});

test('hostile values stay in their place, whoever forgot to judge them', () => {
  for (const text of hostileTexts) {
    const config = read(
      fillTemplates({
        ...labHostData(),
        hostname: text,
        lab: text,
        expires: text,
        attendee: { name: text, publicKey: text, accountExpires: text },
        operator: { name: text, publicKey: text },
        images: [text, 'last'],
        ...(text === '' ? {} : { dockerDevice: text }),
      }),
    );
    const { hostname, users } = config;
    assert.equal(hostname, text);
    assert.deepEqual(
      users.map((user) => [user['name'], user['ssh_authorized_keys']]),
      [
        [text, [text]],
        [text, [text]],
      ],
    );
    assert.ok(Object.keys(config).every((key) => knownKeys.has(key)));
    assert.equal(config.runcmd.length, 4);
    const host = JSON.parse(contentOf(config, '/etc/oo-install/lab-host.json')) as Record<string, unknown>;
    assert.deepEqual([host['lab'], host['host'], host['attendee'], host['expires']], [text, text, text, text]);
    assert.equal(contentOf(config, '/etc/motd.d/oo-install-lab').split('\n').length, 5);
    assert.deepEqual(imagesOf(contentOf(config, '/usr/local/sbin/oo-install-lab-images')), [text, 'last']);
    if (config.bootcmd !== undefined) assert.equal(deviceOf(config.bootcmd[0]!.at(-1)!), text);
  }
});

/** The words that the script's loop gets, as a real shell sees them. */
function imagesOf(script: string): string[] {
  const [loop] = script.slice(script.indexOf('\nfor image in')).split('\n  docker image inspect');
  const output = execFileSync('/bin/sh', [], { input: `${loop}\nprintf '%s\\0' "$image"\ndone`, encoding: 'utf8' });
  return output.split('\0').slice(0, -1);
}

function deviceOf(script: string): string {
  const [assignment] = script.split('\nlabel=oo-docker');
  return execFileSync('/bin/sh', [], { input: `${assignment}\nprintf %s "$wanted"`, encoding: 'utf8' });
}

test('what no host can be set up with is refused, all of it at once, by name and value', () => {
  const key = labHostData().operator.publicKey;
  const wrong = labHostData({
    hostname: 'Ana_1',
    expires: 'tomorrow',
    attendee: { name: 'root me', publicKey: `${key}\n${key}`, accountExpires: '2031-13-01' },
    dockerDevice: '/dev/../etc/passwd',
    images: ['busybox', '--privileged'],
    settings: { port: 0 },
    install: { bucket: 'B', key: '../x', sha256: 'abc', region: 'here' },
  });
  const problems = [
    /hostname: "Ana_1" is no DNS label/,
    /expires: "tomorrow"/,
    /attendee\.name: "root me" is no login name/,
    /attendee\.publicKey: "ssh-ed25519 .*\.\.\. is no public key/,
    /accountExpires: "2031-13-01"/,
    /dockerDevice: "\/dev\/\.\.\/etc\/passwd" is no device/,
    /images\[1\]: "--privileged"/,
    /settings\.port: 0 is not a port/,
    /install\.bucket: "B"/,
    /install\.key: "\.\.\/x"/,
    /install\.sha256: "abc"/,
    /install\.region: "here"/,
  ];
  assert.throws(
    () => renderUserData(wrong),
    (error) => {
      assert.ok(error instanceof OoError && error.code === 'USER_DATA_INVALID');
      for (const problem of problems) assert.match(error.message, problem);
      return true;
    },
  );
  assert.throws(
    () => renderUserData(labHostData({ attendee: { ...labHostData().attendee, name: 'lab-operator' } })),
    /is the attendee too/,
  );
});

test('a login name that systems have already is refused: its account would not be made', () => {
  const { attendee, operator } = labHostData();
  for (const name of ['games', 'staff', 'ec2-user']) {
    assert.throws(
      () => renderUserData(labHostData({ attendee: { ...attendee, name } })),
      new RegExp(`attendee\\.name: "${name}" is a name that hosts have already`),
    );
    assert.throws(
      () => renderUserData(labHostData({ operator: { ...operator, name } })),
      new RegExp(`operator\\.name: "${name}" is a name that hosts have already`),
    );
  }
});
