import { type Build, type BuildConfig, isFinished } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Client } from '../client/client.ts';
import { appErrors } from './app-errors.ts';
import { APP_RESOURCES } from './app-objects.ts';

const BUILDS = { group: 'build.openshift.io', version: 'v1', resource: 'builds' } as const;

/**
 * What became of the build of a push: git itself ends well whatever becomes of it. An earlier run may have been stopped between the push
 * and the build: then it begins now. @throws OoError APP_BUILD_FAILED
 */
export async function buildOfPush(
  client: Client,
  namespace: string,
  name: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const config = { ...APP_RESOURCES.buildConfig, namespace, name };
  const { status } = await client.get<BuildConfig>(config);
  let build = status?.lastVersion ?? 0;
  if (build === 0) {
    await client.create({ ...config, subresource: 'instantiate' }, {
      apiVersion: 'build.openshift.io/v1',
      kind: 'BuildRequest',
      metadata: { name },
    } as KubeObject);
    build = 1;
    say(`build/${name}-1 begins; its log: openshift app logs ${name} --build --follow\n`);
  }
  const ended = await endOf(client, namespace, `${name}-${build}`, signal);
  const { phase = 'New', message = '' } = ended.status ?? {};
  if (phase !== 'Complete') throw appErrors.APP_BUILD_FAILED(ended.metadata.name!, phase, message);
}

async function endOf(client: Client, namespace: string, name: string, signal: AbortSignal): Promise<Build> {
  const options = { fieldSelector: `metadata.name=${name}`, signal };
  for (;;) {
    for await (const { type, object } of client.watch<Build>({ ...BUILDS, namespace }, options)) {
      if ((type === 'ADDED' || type === 'MODIFIED') && isFinished(object as Build)) return object as Build;
      if (type === 'DELETED') throw appErrors.APP_BUILD_FAILED(name, 'removed', '');
    }
    signal.throwIfAborted();
  }
}
