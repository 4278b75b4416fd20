import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirm } from '../../../../lib/installer/cli/confirm.ts';
import type { HostFlags } from '../../../../lib/installer/cli/global-flags.ts';
import { type Prompter, refusingPrompter } from '../../../../lib/installer/prompter.ts';

const flags = (more: Partial<HostFlags> = {}) => ({ yes: false, json: false, ...more }) as HostFlags;
const answering = (answer: boolean): Prompter => ({
  interactive: true,
  confirm: async () => answer,
  secret: () => assert.fail('not asked'),
});

test('what takes away is asked for, and goes on with yes only', async () => {
  await confirm('Remove?', flags(), answering(true));
  await assert.rejects(confirm('Remove?', flags(), answering(false)), { code: 'NOT_CONFIRMED', failure: 'usage' });
  // Programs are no exception: nobody has said yes.
  await assert.rejects(confirm('Remove?', flags({ json: true }), answering(false)), { code: 'NOT_CONFIRMED' });
});

test('where nobody can answer, it is an error that names the flag', async () => {
  for (const more of [{}, { json: true }])
    await assert.rejects(confirm('Remove?', flags(more), refusingPrompter()), {
      code: 'CONFIRMATION_NEEDED',
      failure: 'usage',
      message: /Remove\?$/,
      hint: /--yes/,
    });
});

test('--yes, and a dry run, need no answer', async () => {
  await confirm('Remove?', flags({ yes: true }), refusingPrompter());
  await confirm('Remove?', flags({ dryRun: true }), refusingPrompter());
  await confirm(undefined, flags(), refusingPrompter());
});
