import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JANITOR_STACK } from '../../../../stacks/lab-definition.ts';
import type { AwsAccount } from '../account.ts';
import { bootstrap, loadToolkit, whyFailed } from '../deploy.ts';
import type { Watch } from '../ended-by.ts';
import { settleStacks } from '../lab-stacks.ts';
import { janitorCode } from './janitor-code.ts';
import { lookAtJanitor } from './look-at-janitor.ts';

export interface DeployJanitorOptions {
  /** ms between two looks at what CloudFormation does. */
  readonly poll: number;
  /** Whom it tells by e-mail. @default whom it tells already */
  readonly notify?: string | undefined;
}

/**
 * Makes the janitor of an account and region, or brings it to this version's. There is one for all labs; where nothing has changed, nothing is
 * done. Cut off anywhere, the same again goes on.
 * @throws OoError JANITOR_NAME_IN_USE, LAB_STACK_FAILED, LAB_STACK_STUCK, what explainAws makes
 */
export async function deployJanitor(where: AwsAccount, watch: Watch, { poll, notify }: DeployJanitorOptions): Promise<void> {
  const found = await lookAtJanitor(where);
  if (found !== undefined) {
    await settleStacks(where, [{ name: JANITOR_STACK, status: found.status, expires: undefined }], watch, poll);
  }
  await bootstrap(where, watch);
  const told = notify ?? found?.notify;
  const folder = await mkdtemp(join(tmpdir(), 'oo-install-janitor-'));
  try {
    await using code = await janitorCode();
    const { janitorApp } = await import('../../../../stacks/janitor-app.ts');
    janitorApp(
      { region: where.region, code: code.folder, ...(told === undefined ? {} : { notify: told }) },
      { outdir: folder },
    ).synth();
    const { deployAssembly } = await loadToolkit();
    await deployAssembly(where, folder, watch, { poll });
  } catch (error) {
    watch.signal.throwIfAborted();
    throw await whyFailed(
      where,
      async () => [{ name: JANITOR_STACK, status: (await lookAtJanitor(where))?.status ?? '' }],
      error,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
