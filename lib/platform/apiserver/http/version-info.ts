import { KUBERNETES_VERSION } from '../../api/kubernetes-version.ts';

/** GET /version: the API level that clients compare themselves with, and ours behind the plus. */
export const versionInfo = {
  ...KUBERNETES_VERSION,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: `node ${process.version}`,
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
} as const;
