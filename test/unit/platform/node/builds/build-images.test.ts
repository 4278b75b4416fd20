import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildImages } from '../../../../../lib/platform/node/builds/build-images.ts';
import type { BuildScope } from '../../../../../lib/platform/node/builds/build-scope.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

test('an image that a build needs twice is asked for twice, and told of once', async () => {
  const [pulled, said]: [string[], string[]] = [[], []];
  const pull = async (reference: string) => {
    pulled.push(reference);
    return { id: 'sha256:1' };
  };
  const options = {
    runtime: { image: async () => undefined, pull },
    source: { secret: async () => undefined },
    ledger: { used: async () => undefined },
    registry: { resolve: (image: string) => image, isProjects: () => false },
    clock: new FakeClock(),
    brought: () => undefined,
  } as unknown as Parameters<typeof buildImages>[0];
  const bring = buildImages(options, { namespace: 'shop', imageSecrets: [] } as unknown as BuildScope);
  for (const reference of ['mirror.example/nodejs:1', 'mirror.example/nodejs:1', 'mirror.example/php:1'])
    await bring({ reference, forcePull: false }, (line) => void said.push(line), new AbortController().signal);
  assert.deepEqual(pulled, ['mirror.example/nodejs:1', 'mirror.example/nodejs:1', 'mirror.example/php:1']);
  assert.deepEqual(said, ['Pulling image mirror.example/nodejs:1 ...', 'Pulling image mirror.example/php:1 ...']);
});
