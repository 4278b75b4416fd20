import { hashOf } from '../artifacts/cache.ts';
import { platformPaths } from './context.ts';
import { definePhase } from './define-phase.ts';

/** /usr/local/bin/openshift: the daemon and its command line, on the Node that came with it. */
export const openshiftProgram = `#!/bin/sh
# Written by oo-install; removed by oo-install uninstall.
export NODE_COMPILE_CACHE=${platformPaths.optDir}/cache
exec ${platformPaths.optDir}/runtime/current/node --disable-warning=ExperimentalWarning \\
  ${platformPaths.optDir}/openshift/current/openshift.mjs "$@"
`;

export const installRuntime = definePhase({
  name: 'install-runtime',
  title: 'Install the runtime and OpenShift',

  async isDone(_host, { facts, artifacts }) {
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
    await host.change('put openshift into /usr/local/bin', async (agent) => {
      for (const artifact of [artifacts.runtime, artifacts.openshift]) {
        await agent.call('artifact.use', { kind: artifact.kind, sha256: artifact.sha256 });
      }
      await agent.call('file.write', { path: platformPaths.program, content: openshiftProgram, mode: 0o755 });
    });
    context.changed.platform = true;
  },
});
