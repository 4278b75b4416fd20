import { hashOf } from '../artifacts/cache.ts';
import { startingImageReferences } from '../artifacts/images/image-recipe.ts';
import { platformImageReferences } from '../artifacts/images/platform-image-names.ts';
import { platformPaths } from './context.ts';
import { definePhase } from './define-phase.ts';
import { isUpgrade, versionFiles, wantedVersion } from './upgrade-plan.ts';

/**
 * What the daemon's Node is told. A small young generation, since there are three threads and each has its own: the default of
 * 16 MiB suits a program that has the machine to itself. `npm run bench:start` shows the resident memory.
 */
export const daemonNodeFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'] as const;
/** glibc otherwise makes an arena per thread, up to 8 a core, and hardly ever gives one back. */
export const daemonEnvironment = { MALLOC_ARENA_MAX: '2' } as const;

/** /usr/local/bin/openshift: the daemon and its command line, on the Node that came with it. */
export const openshiftProgram = `#!/bin/sh
# Written by oo-install; removed by oo-install uninstall.
export NODE_COMPILE_CACHE=${platformPaths.optDir}/cache MALLOC_ARENA_MAX=${daemonEnvironment.MALLOC_ARENA_MAX}
exec ${platformPaths.optDir}/runtime/current/node ${daemonNodeFlags.join(' ')} \\
  ${platformPaths.optDir}/openshift/current/openshift.mjs "$@"
`;

export const installRuntime = definePhase({
  name: 'install-runtime',
  title: 'Install the runtime and OpenShift',

  async isDone(_host, context) {
    // What has to be written down before an upgrade is written down by `apply`.
    if (await isUpgrade(context)) return false;
    const { facts, artifacts } = context;
    const { runtime, openshift } = await artifacts();
    const { ours } = facts;
    return (
      [runtime, openshift].every(({ kind, sha256 }) => ours.artifacts.has(sha256) && ours.current.get(kind) === sha256) &&
      ours.files.get(platformPaths.program) === hashOf(openshiftProgram)
    );
  },

  async apply(host, context) {
    const artifacts = await context.artifacts();
    for (const artifact of [artifacts.runtime, artifacts.openshift]) {
      if (!context.facts.ours.artifacts.has(artifact.sha256)) await host.place(artifact);
    }
    if (await isUpgrade(context)) {
      const to = await wantedVersion(context);
      await host.change(`write down what is here before version ${to.version} takes over`, (agent) =>
        agent.call('upgrade.begin', {
          to,
          files: [...versionFiles],
          images: [...startingImageReferences, ...platformImageReferences],
        }),
      );
      return;
    }
    await host.change('put openshift into /usr/local/bin', async (agent) => {
      for (const kind of ['runtime', 'openshift'] as const) {
        await agent.call('artifact.use', { kind, sha256: artifacts[kind].sha256 });
      }
      await agent.call('file.write', { path: platformPaths.program, content: openshiftProgram, mode: 0o755 });
    });
    context.changed.platform = true;
  },
});
