import type { ContainerConfig } from '../../lib/platform/runtime/container-runtime.ts';

/** A container that asks for nothing in particular, changed by `more`. */
export const containerConfig = (more: Partial<ContainerConfig> = {}): ContainerConfig => ({
  name: 'c',
  image: 'i',
  env: [],
  labels: {},
  mounts: [],
  tty: false,
  stdin: false,
  stdinOnce: false,
  privileged: false,
  readOnlyRootfs: false,
  capAdd: [],
  capDrop: [],
  noNewPrivileges: false,
  ...more,
});
