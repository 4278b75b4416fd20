/** The Kubernetes whose API this is, as clients and `kubectl get nodes` see it; the field tables are of the same release. */
export const KUBERNETES_VERSION = { major: '1', minor: '32', gitVersion: 'v1.32.0+oo' } as const;
