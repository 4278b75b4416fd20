import { spawnSync } from 'node:child_process';

/** Debian's own Python: the packages that Debian brings for it are of no use to another one. */
export const PYTHON = '/usr/bin/python3';

/** Why tests of Python's client cannot run here, for `test(..., { skip: pythonMissing })`: false where they can. */
export const pythonMissing: string | false =
  spawnSync(PYTHON, ['-c', 'import kubernetes']).status === 0
    ? false
    : `NO PYTHON CLIENT: ${PYTHON} cannot import kubernetes (apt-get install python3-kubernetes)`;
