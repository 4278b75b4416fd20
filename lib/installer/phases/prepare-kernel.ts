import { definePhase } from './define-phase.ts';

/** What the pod network and the proxy need of the kernel. Loaded for now, and by a file for every boot. */
const kernelModules = ['overlay', 'br_netfilter', 'nf_tables'] as const;
/**
 * Set for now; at every boot the daemon sets them itself. Not by a file of sysctl.d: Docker drops what is forwarded between strange
 * networks only when it is Docker that turns forwarding on, and it would find it on already.
 */
const kernelSysctls: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
};

const header = '# Written by oo-install; removed by oo-install uninstall.\n';
const modulesFile = '/etc/modules-load.d/openshift.conf';

export const prepareKernel = definePhase({
  name: 'prepare-kernel',
  title: 'Prepare the kernel',

  async isDone(host, { facts }) {
    const loaded = kernelModules.every((name) => /^(loaded|builtin|unknown)$/.test(facts.modules.get(name) ?? 'unknown'));
    const set = Object.entries(kernelSysctls).every(([key, value]) => facts.sysctls.get(key) === value);
    if (!loaded || !set) return false;
    if (host.dryRun) return facts.ours.journal;
    return (await host.agent.call('file.read', { path: modulesFile, maxBytes: 10_000 })).content !== undefined;
  },

  async apply(host, { facts }) {
    await host.change('load kernel modules, now and at boot, and turn on forwarding', async (agent) => {
      const sysctls = { ...kernelSysctls };
      const prepared = await agent.call('kernel.prepare', { modules: [...kernelModules], sysctls });
      const missing = prepared.missingModules.filter((name) => facts.modules.get(name) === 'available');
      for (const name of missing) host.warn(`kernel module ${name} could not be loaded`);
      for (const key of prepared.refusedSysctls) host.warn(`the kernel does not let ${key} be set here`);
      // Also where all of them are built in: the file says that this was done.
      const content = `${header}${prepared.loadedModules.map((name) => `${name}\n`).join('')}`;
      await agent.call('file.write', { path: modulesFile, content, mode: 0o644 });
    });
  },
});
