import type { HostData } from '../../../lib/stacks/cloud-init/host-data.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL1WwZB7nOsSGNQrWE2YkTbIG8Hk0m3nrZkQ8fGv1wzr';

/** A host of a lab as most are. */
export function labHostData(changes: Partial<HostData> = {}): HostData {
  return {
    hostname: 'ana-1',
    lab: 'intro',
    expires: '2031-05-06T17:00:00.000Z',
    attendee: { name: 'ana', publicKey: `${key} ana`, accountExpires: '2031-05-07' },
    operator: { name: 'lab-operator', publicKey: `${key} operator` },
    ...changes,
  };
}

/** Values that mean something to a YAML reader, a shell, a template engine, a terminal or a file of keys. */
export const hostileTexts: readonly string[] = [
  'a\nb',
  'a\r\nruncmd:\n  - [touch, /pwned]',
  '"quoted" and \'quoted\'',
  "'; touch /pwned; '",
  '$(touch /pwned) `touch /pwned` ${HOME} $HOME',
  '{{yaml hostname}} {{{x}}} {{/if}} {{&x}}',
  'key: value # no comment',
  '# no comment',
  '- item',
  '*alias &anchor !tag !!python/object:os.system',
  '| > % @ ` ? : , [ ] { }',
  '\\ \\n \\x41 \\u0041 \\',
  '---\n...\n--- ',
  '<<: *x',
  'yes',
  'null',
  '~',
  '0x10',
  '1_000',
  '2031-05-07',
  '1e3',
  '.inf',
  ' leading and trailing ',
  '\ttab\t',
  '\u0085\u2028\u2029\ufeff\u00a0',
  '\u0007\u001b[31mred\u001b[0m\u009b31m',
  '\u202egnp.exe',
  'Grüße 漢字 🧑🏽‍🏫',
  '%s %d %n \\0',
  '-rf',
  '!history',
  '\u007f\u0080\u00ff',
  'x'.repeat(100_000),
  '',
];
