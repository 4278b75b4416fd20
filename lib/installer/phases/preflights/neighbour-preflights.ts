import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

/** Programs of a Kubernetes node, with the product and how its own makers take it away. */
const products: Readonly<Record<string, { readonly name: string; readonly wayOut: string }>> = {
  kubelet: { name: 'kubelet', wayOut: 'kubeadm reset, and disable kubelet.service' },
  hyperkube: { name: 'hyperkube', wayOut: 'stop and disable its unit' },
  kubelite: { name: 'MicroK8s', wayOut: 'snap remove microk8s' },
  microk8s: { name: 'MicroK8s', wayOut: 'snap remove microk8s' },
  'k3s-server': { name: 'k3s', wayOut: '/usr/local/bin/k3s-uninstall.sh' },
  'k3s-agent': { name: 'k3s', wayOut: '/usr/local/bin/k3s-agent-uninstall.sh' },
  k3s: { name: 'k3s', wayOut: '/usr/local/bin/k3s-uninstall.sh' },
  rke2: { name: 'RKE2', wayOut: '/usr/local/bin/rke2-uninstall.sh' },
  k0s: { name: 'k0s', wayOut: 'k0s stop && k0s reset' },
  microshift: { name: 'MicroShift', wayOut: 'microshift-cleanup-data --all, and disable microshift.service' },
};

/**
 * Another node of Kubernetes or OpenShift. Two of them on one machine share the port of the kubelet, the kernel's rules and, with Docker, each
 * other's containers. Clusters inside of containers (kind, k3d) are nobody's neighbours, and the probe does not tell of them.
 */
export const kubernetes: Preflight = ({ facts }) => {
  const findings: Finding[] = [];
  const running = new Set<string>();
  for (const [program, process] of facts.processes) {
    const product = products[program];
    if (product === undefined || running.has(product.name)) continue;
    running.add(product.name);
    const hint = `choose another server, or take it away first: ${product.wayOut}`;
    findings.push(failure('kubernetes', `${product.name} runs here (process ${process})`, hint));
  }
  for (const program of facts.kubernetes) {
    const product = products[program];
    if (product === undefined || running.has(product.name)) continue;
    const hint = `see that it stays stopped, or take it away: ${product.wayOut}`;
    findings.push(warning('kubernetes', `${product.name} is installed here, and does not run`, hint));
  }
  return findings.length > 0 ? findings : ok('kubernetes', 'no other one is here');
};
