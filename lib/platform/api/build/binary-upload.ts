import type { StreamContext, StreamRequest, StreamSubresource } from '../subresources/stream-subresource.ts';
import { newBadRequest, newInvalid, newTimeout } from '../status-error.ts';
import { GIT_CLONE } from './build-labels.ts';
import { buildPodName } from './build-names.ts';
import { type Build, type BuildConfig, type BuildRequest, isFinished, type SourceRevision } from './build-types.ts';
import { cancelBuild } from './cancel-build.ts';
import { generateBuild } from './generate-build.ts';
import { containerStatus, hasEnded, hasStarted } from './pod-containers.ts';
import { fileNameCause, isFileName } from './source-validation.ts';
import { requireStrategy } from './strategy-access.ts';
import { waitFor } from './wait-for.ts';

const BUILDS = { group: 'build.openshift.io', version: 'v1', resource: 'builds' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
/** For the build to begin to take the upload. */
const PATIENCE = 5 * 60_000;

/**
 * `instantiatebinary`: the next build of a config, of the body of the request: a tar, gzipped or not, whatever its Content-Type says, or with
 * `asFile` a file of that name. Answered when the build has all of it. A build that does not get it is cancelled.
 */
export const binaryUpload: StreamSubresource = {
  kind: 'stream',
  verbs: ['create'],
  shows: 'BinaryBuildRequestOptions',
  async answer(request, context) {
    const config = request.parent as BuildConfig;
    await requireStrategy(context, 'buildconfigs', config);
    const build = await generateBuild(context, config, requestOf(request));
    try {
      await upload(build, request, context);
    } catch (error) {
      await cancelBuild(context.verbs, build);
      throw error;
    }
    return {
      code: 201,
      object: await context.verbs.get<Build>({ ...BUILDS, namespace: request.namespace, name: build.metadata.name! }),
    };
  },
};

function requestOf({ query, name }: StreamRequest): BuildRequest {
  const asFile = query.get('asFile') ?? '';
  if (!isFileName(asFile))
    throw newInvalid({ group: BUILDS.group, kind: 'BinaryBuildRequestOptions' }, name, [fileNameCause('asFile', asFile)]);
  const said = (key: string): string => query.get(`revision.${key}`) ?? '';
  const commit = said('commit');
  const revision: SourceRevision = {
    type: 'Git',
    git: {
      commit,
      message: said('message'),
      author: { name: said('authorName'), email: said('authorEmail') },
      committer: { name: said('committerName'), email: said('committerEmail') },
    },
  };
  return {
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildRequest',
    metadata: { name },
    binary: asFile === '' ? {} : { asFile },
    ...(commit === '' ? {} : { revision }),
    triggeredBy: [{ message: 'Manually triggered' }],
  };
}

async function upload(build: Build, { body, signal }: StreamRequest, { verbs, pods }: StreamContext): Promise<void> {
  const namespace = build.metadata.namespace!;
  const name = build.metadata.name!;
  const begun = ({ status }: Build): boolean => status?.phase === 'Running';
  const ready = await waitFor<Build>(verbs, { ...BUILDS, namespace, name }, (each) => begun(each) || isFinished(each), {
    signal,
    ms: PATIENCE,
  });
  if (ready === undefined) throw newTimeout(`timed out waiting for build ${name} to start after ${PATIENCE / 60_000}m`, 0);
  if (!begun(ready)) throw ended(ready);
  const ref = { ...PODS, namespace, name: buildPodName(name) };
  const pod = await waitFor(verbs, ref, (each) => hasStarted(each, GIT_CLONE) || hasEnded(each), { signal, ms: PATIENCE });
  if (pod === undefined || containerStatus(pod, GIT_CLONE)?.state?.running === undefined) throw ended(ready);
  await pods.input(pod, GIT_CLONE, body, signal);
  const taken = (each: typeof pod): boolean => containerStatus(each, GIT_CLONE)?.state?.terminated !== undefined;
  const after = await waitFor(verbs, ref, (each) => taken(each) || hasEnded(each), { signal, ms: PATIENCE });
  const end = after && containerStatus(after, GIT_CLONE)?.state?.terminated;
  if (end?.exitCode === 0) return;
  throw newBadRequest(`build ${name} could not use what was uploaded: ${saidOf(end?.message)}`);
}

const ended = ({ metadata, status }: Build): Error =>
  newBadRequest(
    `cannot upload file to build ${metadata.name} with status ${status?.phase}${status?.message ? `: ${status.message}` : ''}`,
  );

/** What the container says of its failure, for who uploaded. */
function saidOf(message: string | undefined): string {
  try {
    return String((JSON.parse(message ?? '') as { message?: string }).message ?? 'it failed');
  } catch {
    return 'see its log';
  }
}
