import { dockerRuntime } from '../../../lib/platform/runtime/docker.ts';
import { containerConfig } from '../../support/container-config.ts';
import { WEB_A } from '../../support/images.ts';
import type { Runner } from './contender.ts';

const runtime = dockerRuntime({ socketPath: '/var/run/docker.sock' });
const ids = new Map<string, { sandbox: string; container: string }>();

/** A sandbox with `--network none` and a container in it over the engine's API, one call after the other, and no network. */
export const byHand: Runner = {
  name: 'sandbox and container by hand',
  async create(name) {
    const shared = { labels: { 'oo-bench': name } };
    const sandbox = await runtime.createSandbox({
      ...shared,
      name: `${name}-sandbox`,
      image: 'openshift/origin-pod:latest',
      hostname: name,
      network: 'none',
      hostPID: false,
      hostIPC: false,
      shareProcessNamespace: false,
      sysctls: {},
    });
    await runtime.startSandbox(sandbox);
    const container = await runtime.createContainer(
      sandbox,
      containerConfig({ ...shared, name, image: WEB_A, entrypoint: ['/serve'] }),
    );
    await runtime.start(container);
    ids.set(name, { sandbox, container });
  },
  async output(name) {
    const log = await runtime.logs(ids.get(name)!.container, { follow: false, timestamps: false });
    return Buffer.concat(await log.toArray()).toString();
  },
  async remove(name) {
    const { sandbox, container } = ids.get(name)!;
    await runtime.stop(container, 2000);
    await runtime.remove(container);
    await runtime.remove(sandbox);
    ids.delete(name);
  },
};
