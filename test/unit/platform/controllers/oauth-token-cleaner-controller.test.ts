import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAUTH_ACCESS_TOKENS, OAUTH_AUTHORIZE_TOKENS } from '../../../../lib/platform/api/oauth/oauth-tokens.ts';
import { oauthTokenCleaners } from '../../../../lib/platform/controllers/oauth-token-cleaner-controller.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { startControllers } from '../../../support/run-controllers.ts';

test('tokens and codes are removed when they have expired; those without an end stay', async () => {
  const clock = new FakeClock();
  await using rig = startControllers(oauthTokenCleaners(), new FakeVerbs(clock));
  const create = (of: typeof OAUTH_ACCESS_TOKENS | typeof OAUTH_AUTHORIZE_TOKENS, name: string, expiresIn?: number) =>
    rig.create(of, {
      apiVersion: 'oauth.openshift.io/v1',
      kind: 'x',
      metadata: { name },
      ...(expiresIn === undefined ? {} : { expiresIn }),
    });
  await create(OAUTH_ACCESS_TOKENS, 'day', 86_400);
  await create(OAUTH_ACCESS_TOKENS, 'hour', 3600);
  await create(OAUTH_ACCESS_TOKENS, 'ever', 0);
  await create(OAUTH_ACCESS_TOKENS, 'unsaid');
  await create(OAUTH_AUTHORIZE_TOKENS, 'code', 300);
  const names = async (): Promise<string> =>
    [...(await rig.list(OAUTH_ACCESS_TOKENS)), ...(await rig.list(OAUTH_AUTHORIZE_TOKENS))]
      .map(({ metadata }) => metadata.name)
      .join();
  await clock.advance(299_000);
  assert.equal(await names(), 'day,ever,hour,unsaid,code');
  await eventually(async () => {
    await clock.advance(60_000);
    return (await names()) === 'day,ever,hour,unsaid';
  });
  await eventually(async () => {
    await clock.advance(600_000);
    return (await names()) === 'day,ever,unsaid';
  });
  await eventually(async () => {
    await clock.advance(3_600_000);
    return (await names()) === 'ever,unsaid';
  });
});
