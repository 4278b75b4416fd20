/** Debian's names of the architectures that we serve. */
export type DebianArchitecture = 'amd64' | 'arm64';

/** Debian's name for one of Node's. */
export function debianArchitecture(arch: string = process.arch): DebianArchitecture {
  return arch === 'arm64' ? 'arm64' : 'amd64';
}
