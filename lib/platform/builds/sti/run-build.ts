import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceProblem } from '../../runtime/image-reference.ts';
import { BuildError } from '../engine/build-error.ts';
import { dockerEngine } from '../engine/docker-engine.ts';
import { parseEnvironment } from '../engine/source/environment-file.ts';
import type { BuildFlags } from './build-flags.ts';
import { runtimeAt, surroundings } from './docker-surroundings.ts';
import { MemoryTraces, ownImages, removeLeftovers } from './own-images.ts';
import { stiBuild } from './sti-build.ts';
import { type StiHost, teller } from './sti-host.ts';

/** The arguments of `sti build`. */
export interface BuildArguments {
  readonly source: string;
  readonly builder: string;
  readonly tag: string;
  readonly flags: BuildFlags;
}

/** Builds an image, or leaves nothing behind. Rejects with a BuildError. */
export async function runBuild({ source, builder, tag, flags }: BuildArguments, host: StiHost): Promise<void> {
  for (const [what, reference] of [
    ['builder image', builder],
    ['app tag', tag],
  ] as const) {
    const problem = reference.includes('@') && what === 'app tag' ? 'a digest cannot be chosen' : referenceProblem(reference);
    if (problem !== undefined) throw new BuildError('GenericBuildFailed', `${what} ${JSON.stringify(reference)}: ${problem}`);
  }
  if (flags.clean === true && flags.incremental === true)
    throw new BuildError('GenericBuildFailed', '--clean and --incremental contradict each other');
  const runtime = runtimeAt(flags.url);
  const traces = new MemoryTraces();
  const scratch = await mkdtemp(join(tmpdir(), 'sti-'));
  const tell = teller(flags, host);
  const timeout = flags.timeout === undefined ? [] : [AbortSignal.timeout(flags.timeout * 1000)];
  const signal = AbortSignal.any([host.signal, ...timeout]);
  const began = Date.now();
  try {
    await removeLeftovers(runtime);
    const before = await runtime.image(tag);
    const fileText = flags.environmentFile === undefined ? '' : await readFile(flags.environmentFile, 'utf8');
    const engine = dockerEngine({
      ...surroundings(runtime, flags),
      images: ownImages(runtime, flags.pullPolicy),
      traces,
      spool: scratch,
      deliver: () => Promise.reject(new BuildError('PushImageToRegistryFailed', 'sti pushes nothing')),
    });
    const request = {
      source,
      builder,
      environment: [...parseEnvironment(fileText, flags.environmentFile ?? ''), ...(flags.env ?? [])],
      labels: Object.fromEntries((flags.label ?? []).map(({ name, value }) => [name, value])),
      forcePull: false,
      ...(flags.ref === undefined ? {} : { ref: flags.ref }),
      ...(flags.contextDir === undefined ? {} : { contextDir: flags.contextDir }),
      ...(flags.scriptsUrl === undefined ? {} : { scriptsUrl: flags.scriptsUrl }),
      ...(flags.assembleUser === undefined ? {} : { assembleUser: flags.assembleUser }),
      ...(flags.incremental === true && before !== undefined ? { incrementalFrom: tag } : {}),
    };
    const id = await stiBuild(request, { engine, scratch, log: tell.line, detail: tell.detail, signal });
    await runtime.tag(id, tag);
    traces.ids.delete(id);
    if (flags.rm === true && before !== undefined && before.id !== id) await runtime.discard(before.id);
    tell.done(id, tag, Date.now() - began);
  } catch (error) {
    if (!host.signal.aborted && signal.aborted)
      throw new BuildError('GenericBuildFailed', `the build took longer than ${flags.timeout} s and was given up`);
    throw error;
  } finally {
    for (const id of traces.ids) await runtime.discard(id).catch(() => undefined);
    await rm(scratch, { recursive: true, force: true });
  }
}
