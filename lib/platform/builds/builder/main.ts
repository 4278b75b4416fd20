import type { Build } from '../../api/build/build-types.ts';
import { BUILD_ENV, DOCKER_BUILD, GIT_CLONE, SOCKET_PATH, STI_BUILD } from '../contract.ts';
import { gitClone } from './git-clone.ts';
import { makeImage } from './make-image.ts';
import { remoteEngine } from './remote-engine.ts';
import { type Program, runProgram } from './termination.ts';

const PROGRAMS: Readonly<Record<string, (build: Build) => Program>> = {
  [GIT_CLONE]: gitClone,
  [STI_BUILD]: (build) => makeImage(build, remoteEngine(SOCKET_PATH)),
  [DOCKER_BUILD]: (build) => makeImage(build, remoteEngine(SOCKET_PATH)),
};

const program: Program = (tell, signal) => {
  const chosen = PROGRAMS[process.argv[2] ?? ''];
  if (chosen === undefined) throw new Error(`usage: builder ${Object.keys(PROGRAMS).join(' | ')}`);
  return chosen(JSON.parse(process.env[BUILD_ENV] ?? '{}') as Build)(tell, signal);
};

const ending = new AbortController();
process.on('SIGTERM', () => ending.abort(new Error('the build was cancelled')));
process.exitCode = await runProgram(program, ending.signal);
process.exit();
