/** GET /version: the API level that clients compare themselves with, and ours behind the plus. */
export const versionInfo = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+oo',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: `node ${process.version}`,
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
} as const;
