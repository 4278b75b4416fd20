import type { BuildConfig } from '../api/build/build-types.ts';
import { createTransport } from '../client/http-transport.ts';
import { resourcePath } from '../client/resource-path.ts';
import { requireApp } from './app-list.ts';
import { APP_RESOURCES } from './app-objects.ts';
import type { PlatformAccess } from './platform-access.ts';

/** Silence after which a log is given up, in ms: an application may have nothing to say for long. */
const SILENCE = 24 * 3_600_000;

export interface LogFlags {
  readonly follow?: boolean;
  /** Of the last build, in place of the application. */
  readonly build?: boolean;
}

/** Says the log of an application, as it comes. Its first build's while it has never run. */
export async function appLogs(
  name: string,
  flags: LogFlags,
  access: PlatformAccess,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace, kubeconfig } = access;
  const { version } = await requireApp(access, name);
  const { status } = await client.get<BuildConfig>({ ...APP_RESOURCES.buildConfig, namespace, name });
  const isOfBuild = flags.build === true || (version === 0 && (status?.lastVersion ?? 0) > 0);
  const ref = isOfBuild
    ? { ...APP_RESOURCES.buildConfig, resource: 'builds', name: `${name}-${status?.lastVersion ?? 0}` }
    : { ...APP_RESOURCES.deploymentConfig, name };
  const transport = createTransport(kubeconfig);
  try {
    const path = `${resourcePath({ ...ref, namespace, subresource: 'log' })}${flags.follow === true ? '?follow=true' : ''}`;
    const log = await transport.open({ method: 'GET', path, timeout: SILENCE, streaming: true, signal });
    log.setEncoding('utf8');
    for await (const text of log) say(text as string);
  } catch (error) {
    // Who ends it has seen enough.
    if (!signal.aborted) throw error;
  } finally {
    transport.close();
  }
}
