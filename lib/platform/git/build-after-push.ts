import { errorText } from '../../common/errors.ts';
import { type Build, isFinished } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { createTransport } from '../client/http-transport.ts';
import type { GitContext } from './git-context.ts';
import { lastLines } from './last-lines.ts';
import type { ReceivedRef } from './received-refs.ts';
import type { Repository } from './repository.ts';
import { followRollout } from './rollout-report.ts';

/** Silence after which a log is given up, in ms: a build may compile for long without a word. */
const LOG_TIMEOUT = 3_600_000;

/** Says something to who pushes. */
export type Tell = (text: string) => Promise<void>;

/**
 * Builds what was pushed when it is what the build config builds, and tells of it until it answers: the build's log, the rollout, the
 * address. Never throws: what was pushed is there, whatever becomes of the build. Who hangs up ends the telling, not the build.
 */
export async function buildAfterPush(
  context: GitContext,
  repository: Repository,
  refs: readonly ReceivedRef[],
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  try {
    const branch = await context.heads.builtBranch(repository, refs);
    const pushed = refs.find(({ ref, commit }) => commit !== undefined && ref === `refs/heads/${branch}`);
    if (pushed === undefined) {
      await tell(`nothing to build: builds are made of the branch ${branch}\n`);
      return;
    }
    const build = await instantiate(repository, pushed.commit!);
    await tell(`build ${build.metadata.name} of ${pushed.commit!.slice(0, 10)} begins\n`);
    // Before it begins there is no log; it may wait for other builds of its config.
    await reached(repository, build, signal, (now) => now.status?.phase !== 'New' && now.status?.phase !== 'Pending');
    await followLog(context, build, tell, signal);
    const { status } = await reached(repository, build, signal, isFinished);
    if (status?.phase !== 'Complete') {
      await tell(`build ${build.metadata.name}: ${status?.phase}${status?.message === undefined ? '' : `, ${status.message}`}\n`);
      return;
    }
    const telling = { tell, signal, lastLines: lastLines(context, repository) };
    await followRollout(repository, status.output?.to?.imageDigest, telling);
  } catch (error) {
    if (!signal.aborted) await tell(`what was pushed is here, but it could not be built: ${errorText(error)}\n`);
  }
}

/** As whoever pushed: it is his build. */
function instantiate({ client, config, user }: Repository, commit: string): Promise<Build> {
  const { namespace, name } = config.metadata;
  const ref = { group: 'build.openshift.io', version: 'v1', resource: 'buildconfigs', subresource: 'instantiate' };
  return client.create<Build>({ ...ref, namespace: namespace!, name: name! }, {
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildRequest',
    metadata: { name },
    revision: { type: 'Git', git: { commit } },
    triggeredBy: [{ message: `git push by ${user.name}` }],
  } as KubeObject);
}

/** The log as it comes. */
async function followLog({ pod }: GitContext, build: Build, tell: Tell, signal: AbortSignal): Promise<void> {
  const { namespace, name } = build.metadata;
  const transport = createTransport(await pod.server());
  try {
    const path = `/apis/build.openshift.io/v1/namespaces/${namespace}/builds/${name}/log?follow=true`;
    const log = await transport.open({ method: 'GET', path, timeout: LOG_TIMEOUT, streaming: true, signal });
    for await (const chunk of log as AsyncIterable<Buffer>) await tell(chunk.toString('utf8'));
  } finally {
    transport.close();
  }
}

/** The build when it has come as far as that. */
async function reached(
  { client }: Repository,
  build: Build,
  signal: AbortSignal,
  far: (build: Build) => boolean,
): Promise<Build> {
  const { namespace, name } = build.metadata;
  const ref = { group: 'build.openshift.io', version: 'v1', resource: 'builds', namespace: namespace! };
  const options = { fieldSelector: `metadata.name=${name}`, signal };
  for (;;) {
    for await (const { type, object } of client.watch<Build>(ref, options)) {
      if (type === 'DELETED') throw new Error(`the build ${name} was removed`);
      if ((type === 'ADDED' || type === 'MODIFIED') && far(object as Build)) return object as Build;
    }
    signal.throwIfAborted();
  }
}
