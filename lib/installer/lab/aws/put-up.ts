import { atOnce } from '../../../common/at-once.ts';
import type { LabContext, LabHost } from '../provider.ts';
import { type AwsAccount, openAccount } from './account.ts';
import { bringArchive, settleArchive } from './archive/bring-archive.ts';
import { definitionOf, type DefinitionParts } from './definition.ts';
import { bootstrap, deploy } from './deploy.ts';
import { deleteStack, labStacks, settleStacks, stacksAtOnce } from './lab-stacks.ts';
import { lostHosts } from './lost-hosts.ts';
import { type AwsOptions, type Waiting, waitingOf } from './options.ts';
import { deployJanitor } from './janitor-deployment/deploy-janitor.ts';
import { startHosts } from './power.ts';
import { askParts, rememberParts } from './settle-parts.ts';
import { synthesise, type Synthesis } from './synthesis.ts';
import { waitForHosts } from './wait-for-hosts.ts';

/**
 * Brings the lab's stacks and hosts to what lab.yaml wants, from whatever state they are in; ends when every host runs and has published its
 * keys. Killed anywhere, the same again goes on with what is there: CloudFormation's and EC2's own word is taken for that, and nothing else.
 */
export async function putUp(context: LabContext, options: AwsOptions): Promise<readonly LabHost[]> {
  const waiting = waitingOf(options);
  const where = await openAccount(context);
  await settleStacks(where, await labStacks(where, context.state), context, waiting.poll);
  const asked = await askParts(where, context, options);
  const settled = await settleArchive(where, context, asked.type, options);
  const parts = { ...asked, install: settled?.install };
  await rememberParts(where, context, parts);
  await bootstrap(where, context);
  // Before there is anything that costs: also a lab that is never finished comes to its end.
  if (context.lab.aws.janitor) await deployJanitor(where, context, waiting);
  if (settled !== undefined) {
    await bringArchive(where, context, parts, settled, { ...waiting, partSize: options.archive?.partSize });
  }
  await using wanted = await healed(where, context, parts);
  await bringStacks(where, context, wanted, waiting);
  await startHosts(where, context, waiting);
  return await waitForHosts(where, context, waiting);
}

/** The lab's stacks, with a generation more for each host that is gone: remembered first, so that a run that is cut off makes it all the same. */
async function healed(where: AwsAccount, context: LabContext, parts: DefinitionParts): Promise<Synthesis> {
  await using own = new AsyncDisposableStack();
  const now = own.use(await synthesise(definitionOf(context, parts)));
  const lost = await lostHosts(where, now, await labStacks(where, context.state));
  if (lost.length === 0) {
    own.move();
    return now;
  }
  for (const host of lost)
    context.report({ subject: host, state: 'running', message: 'was terminated by hand, and is made anew' });
  await context.remember(({ generations }) => ({
    generations: { ...generations, ...Object.fromEntries(lost.map((host) => [host, (generations[host] ?? 0) + 1])) },
  }));
  return await synthesise(definitionOf(context, parts));
}

async function bringStacks(where: AwsAccount, context: LabContext, wanted: Synthesis, { poll }: Waiting): Promise<void> {
  await deploy(where, wanted, context, { poll });
  // Cohorts that nobody is in any more.
  const deployed = await labStacks(where, context.state);
  const over = deployed.filter(({ name }) => !wanted.stacks.has(name));
  await atOnce(stacksAtOnce, over, ({ name }) => deleteStack(where, name, context, poll));
}
