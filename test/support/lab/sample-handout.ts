import type { Handout, Sheet, SheetAccess, SheetHost } from '../../../lib/installer/lab/handout/handout.ts';

const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${`${'QUFB'.repeat(17)}QQ\n`.repeat(5)}-----END OPENSSH PRIVATE KEY-----\n`;

export function sampleHost(attendee: string, number: number, overrides: Partial<SheetHost> = {}): SheetHost {
  const port = 19_998 + 2 * number;
  const hostKeys = ['A', 'B', 'C'].map((letter) => `SHA256:${letter.repeat(43)}`);
  return {
    name: `${attendee}-${number}`,
    address: '127.0.0.1',
    sshPort: port,
    api: `https://127.0.0.1:${port + 1}`,
    hostKeys,
    ...overrides,
  };
}

export function sampleSheet(attendee: string, hosts: number, overrides: Partial<SheetHost> = {}): Sheet {
  return {
    attendee,
    hosts: Array.from({ length: hosts }, (_, index) => sampleHost(attendee, index + 1, overrides)),
    privateKey: key,
    access: undefined,
  };
}

/** As large as STS makes them. */
export const sampleAccess: SheetAccess = {
  role: 'arn:aws:iam::123456789012:role/oo-lab-class-the-longest-name-there-i-01234567',
  expires: '2026-11-26T17:00:00.000Z',
  exports: [
    "export AWS_ACCESS_KEY_ID='ASIAEXAMPLEEXAMPLE00'",
    `export AWS_SECRET_ACCESS_KEY='${'s3cr+t/'.repeat(5)}12345'`,
    `export AWS_SESSION_TOKEN='${'IQoJb3JpZ2luX2VjE'.repeat(60)}'`,
    "export AWS_REGION='eu-central-1'",
    "export AWS_DEFAULT_REGION='eu-central-1'",
    '',
  ].join('\n'),
};

export function sampleHandout(overrides: Partial<Handout> = {}): Handout {
  return {
    lab: 'class',
    id: 'abcdef012345',
    expires: '2026-11-26T17:00:00.000Z',
    guides: [],
    sheets: [sampleSheet('ana', 1)],
    ...overrides,
  };
}
