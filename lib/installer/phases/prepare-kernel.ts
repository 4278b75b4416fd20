import { definePhase } from './define-phase.ts';

/** What the pod network and the proxy need of the kernel. Loaded for now, and by a file for every boot. */
export const kernelModules = ['overlay', 'br_netfilter', 'nf_tables'] as const;
export const kernelSysctls: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
};

const header = '# Written by oo-install; removed by oo-install uninstall.\n';
const modulesFile = '/etc/modules-load.d/openshift.conf';
const sysctlFile = '/etc/sysctl.d/90-openshift.conf';

export const prepareKernel = definePhase({
  name: 'prepare-kernel',
  title: 'Prepare the kernel',

  async isDone(host, { facts }) {
    const loaded = kernelModules.every((name) => /^(loaded|builtin|unknown)$/.test(facts.modules.get(name) ?? 'unknown'));
    const set = Object.entries(kernelSysctls).every(([key, value]) => facts.sysctls.get(key) === value);
    if (!loaded || !set) return false;
    if (host.dryRun) return facts.ours.journal;
    return (await host.agent.call('file.read', { path: sysctlFile, maxBytes: 10_000 })).content !== undefined;
  },

  async apply(host, { facts }) {
    await host.change('load kernel modules and turn on forwarding, now and at boot', async (agent) => {
      const sysctls = { ...kernelSysctls };
      const prepared = await agent.call('kernel.prepare', { modules: [...kernelModules], sysctls });
      const missing = prepared.missingModules.filter((name) => facts.modules.get(name) === 'available');
      for (const name of missing) host.warn(`kernel module ${name} could not be loaded`);
      for (const key of prepared.refusedSysctls) host.warn(`the kernel does not let ${key} be set here`);
      // br_netfilter's own sysctls exist once it is loaded: systemd loads modules before it sets sysctls.
      if (prepared.loadedModules.length > 0) {
        const content = `${header}${prepared.loadedModules.join('\n')}\n`;
        await agent.call('file.write', { path: modulesFile, content, mode: 0o644 });
      }
      const lines = Object.entries(kernelSysctls).map(([key, value]) => `${key} = ${value}\n`);
      await agent.call('file.write', { path: sysctlFile, content: header + lines.join(''), mode: 0o644 });
    });
  },
});
