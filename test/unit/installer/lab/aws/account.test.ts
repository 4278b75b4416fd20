import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { STSClient } from '@aws-sdk/client-sts';
import { OoError } from '../../../../../lib/common/errors.ts';
import { parseLab } from '../../../../../lib/installer/config/lab-file.ts';
import { aliasOf, openAccount } from '../../../../../lib/installer/lab/aws/account.ts';
import { awsClients } from '../../../../../lib/installer/lab/aws/clients.ts';
import { labStateOf } from '../../../../support/lab-state.ts';
import { setEnvironment } from '../../../../support/set-environment.ts';

/** What services of AWS answer, in their own words: `sts eu-central-1 GetCallerIdentity` is asked for by the SDK's real clients. */
type Answer = readonly [status: number, body: string];
let answers: (service: string, region: string, action: string) => Answer;

const server = createServer((request, response) => {
  void (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const action = new URLSearchParams(Buffer.concat(chunks).toString()).get('Action') ?? '';
    const [, region = '', service = ''] =
      /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
    const [status, body] = answers(service, region, action);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  })();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
setEnvironment({
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const identity: Answer = [
  200,
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ina</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
];
const stsError = (code: string, text: string): Answer => [
  403,
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
];
const ec2Error = (code: string, text: string): Answer => [
  401,
  `<Response><Errors><Error><Code>${code}</Code><Message>${text}</Message></Error></Errors><RequestID>0</RequestID></Response>`,
];
const regions = (statuses: Readonly<Record<string, string>>): Answer => [
  200,
  `<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>${Object.entries(statuses)
    .map(([name, status]) => `<item><regionName>${name}</regionName><optInStatus>${status}</optInStatus></item>`)
    .join('')}</regionInfo></DescribeRegionsResponse>`,
];
const everybody = { 'us-east-1': 'opt-in-not-required', 'eu-central-1': 'opt-in-not-required', 'me-south-1': 'not-opted-in' };
const usual: typeof answers = (service, _region, action) =>
  action === 'DescribeRegions'
    ? regions(everybody)
    : action === 'GetCallerIdentity'
      ? identity
      : [500, `${service}: nobody expected ${action}`];
beforeEach(() => (answers = usual));

function labIn(region: string, state: object = {}) {
  const lab = parseLab(JSON.stringify({ name: 'demo', provider: 'aws', attendees: 1, aws: { region } }), 'lab.yaml');
  return { lab, state: { ...labStateOf(lab), ...state } };
}
async function refusal(work: Promise<unknown>): Promise<OoError> {
  const error = await work.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OoError, String(error));
  return error;
}
/** In this region alone. */
const only =
  (where: string, what: typeof answers): typeof answers =>
  (service, region, action) =>
    (region === where ? what : usual)(service, region, action);

test('the account and who asks come from AWS', async () => {
  const { account, region, caller } = await openAccount(labIn('eu-central-1'));
  assert.deepEqual([account, region, caller], ['123456789012', 'eu-central-1', 'arn:aws:iam::123456789012:user/ina']);
});

for (const [what, answer] of [
  ['STS', only('me-south-1', () => stsError('InvalidClientTokenId', 'The security token included in the request is invalid.'))],
  ['STS, in other words', only('me-south-1', () => stsError('UnrecognizedClientException', 'The security token is invalid.'))],
  [
    'EC2',
    only('me-south-1', (_service, _region, action) =>
      action === 'GetCallerIdentity'
        ? identity
        : ec2Error('AuthFailure', 'AWS was not able to validate the provided access credentials'),
    ),
  ],
  [
    'EC2, in other words',
    only('me-south-1', (_service, _region, action) =>
      action === 'GetCallerIdentity' ? identity : ec2Error('OptInRequired', 'You are not subscribed to this service.'),
    ),
  ],
] as const) {
  test(`a region that is not switched on: told as such, whatever ${what} says of the credentials`, async () => {
    answers = answer;
    const { code, message, hint } = await refusal(openAccount(labIn('me-south-1')));
    assert.equal(code, 'AWS_REGION_OFF', message);
    assert.match(message, /me-south-1 is not switched on in this account/);
    assert.match(hint!, /enable-region --region-name me-south-1.*to one of eu-central-1, us-east-1$/);
  });
}

test('a region that there is not: its name is not in DNS, and others say which there are', async () => {
  const lookup = (_host: string, _options: object, done: (error: Error) => void): void =>
    done(Object.assign(new Error('getaddrinfo ENOTFOUND sts.xx-nowhere-1.amazonaws.com'), { code: 'ENOTFOUND' }));
  const clientsOf: typeof awsClients = (region, options) => {
    const clients = awsClients(region, options);
    if (region !== 'xx-nowhere-1') return clients;
    const requestHandler = { httpAgent: new Agent({ lookup } as object) };
    return { ...clients, sts: new STSClient({ region, endpoint: 'http://sts.test', maxAttempts: 1, requestHandler }) };
  };
  const { code, message, hint } = await refusal(openAccount(labIn('xx-nowhere-1'), clientsOf));
  assert.equal(code, 'AWS_REGION_UNKNOWN', message);
  assert.match(message, /^xx-nowhere-1 is no region/);
  assert.match(hint!, /these are there: eu-central-1, us-east-1$/);
});

test('credentials that no region takes are no matter of the region', async () => {
  answers = (service) =>
    service === 'sts'
      ? stsError('InvalidClientTokenId', 'The security token included in the request is invalid.')
      : ec2Error('AuthFailure', 'AWS was not able to validate the provided access credentials');
  const { code, message } = await refusal(openAccount(labIn('me-south-1')));
  assert.equal(code, 'AWS_CREDENTIALS_REFUSED');
  assert.match(message, /AWS in me-south-1 does not take these credentials: The security token/);
});

test('a region that is switched on and refuses all the same is told by its own words', async () => {
  answers = only('eu-central-1', () =>
    stsError('InvalidClientTokenId', 'The security token included in the request is invalid.'),
  );
  assert.equal((await refusal(openAccount(labIn('eu-central-1')))).code, 'AWS_CREDENTIALS_REFUSED');
});

test('what the environment calls a region is judged before it becomes a part of a name', async () => {
  const { lab, state } = labIn('eu-central-1');
  process.env['AWS_REGION'] = 'evil.example/x';
  try {
    const { code, message } = await refusal(openAccount({ lab: { ...lab, aws: { ...lab.aws, region: undefined } }, state }));
    assert.equal(code, 'AWS_REGION_UNKNOWN');
    assert.match(message, /^evil\.example\/x is no region/);
  } finally {
    delete process.env['AWS_REGION'];
  }
});

test('a lab stays in the account that it was put up in', async () => {
  const aws = { account: '999999999999', region: 'eu-central-1', imageId: 'ami-1', rootDevice: '/dev/xvda', operatorRange: '' };
  const { code, message } = await refusal(openAccount(labIn('eu-central-1', { aws })));
  assert.equal(code, 'LAB_ELSEWHERE');
  assert.match(message, /is in account 999999999999 in eu-central-1, and this would be account 123456789012 in eu-central-1/);
});

test("the account's name is told where it has one, and nothing hangs on it", async () => {
  const account = await openAccount(labIn('eu-central-1'));
  answers = () => [
    200,
    '<ListAccountAliasesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccountAliasesResult><AccountAliases><member>school</member></AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>',
  ];
  assert.equal(await aliasOf(account), 'school');
  answers = () => stsError('AccessDenied', 'not authorized to perform: iam:ListAccountAliases');
  assert.equal(await aliasOf(account), undefined);
});
