import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../lib/common/log.ts';
import type { ReconcileContext } from '../../../../lib/platform/controllers/define-controller.ts';
import { lostPushesController } from '../../../../lib/platform/registry/lost-pushes-controller.ts';
import { AnswerTooLong, type RegistryConnection } from '../../../../lib/platform/registry/registry-connection.ts';

const ENDPOINTS = { metadata: {}, subsets: [{ addresses: [{ ip: '10.1.0.9' }] }] };

/** What is found in a registry of these tags, some of which cannot be asked for. */
async function found(tags: Readonly<Record<string, readonly string[] | Error>>, fault?: Error): Promise<string[]> {
  const taken: string[] = [];
  const controller = lostPushesController({
    connection: {
      answers: async () => true,
      async *repositories() {
        yield* Object.keys(tags);
      },
      tags: async (repository: string) => {
        const its = tags[repository]!;
        if (its instanceof Error) throw its;
        return its;
      },
      digestOf: async () => 'sha256:0',
    } as unknown as RegistryConnection,
    isKnown: async () => false,
    async takeIn({ repository, tag }) {
      if (tag === 'bad') throw fault!;
      taken.push(`${repository}:${tag}`);
      return true;
    },
  });
  const lister = () => ({ get: () => ENDPOINTS });
  await controller.reconcile('registry', {
    lister,
    log: silentLog,
    signal: new AbortController().signal,
  } as unknown as ReconcileContext);
  return taken;
}

test('what is wrong with one project’s images keeps nobody else’s pushes from being found', async () => {
  assert.deepEqual(await found({ 'mall/full': new AnswerTooLong(1), 'shop/web': ['v1', 'v2'] }), ['shop/web:v1', 'shop/web:v2']);
  assert.deepEqual(await found({ 'shop/web': ['v1', 'bad', 'v2'] }, new RangeError('too deep')), ['shop/web:v1', 'shop/web:v2']);
});

test('while the registry or the store is away it is looked for again', async () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  await assert.rejects(found({ 'mall/full': away, 'shop/web': ['v1'] }), /ECONNREFUSED/);
  await assert.rejects(found({ 'shop/web': ['bad'] }, away), /ECONNREFUSED/);
});
