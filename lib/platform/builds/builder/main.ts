import { written } from '../../../common/written.ts';
import type { Build } from '../../api/build/build-types.ts';
import { BUILD_ENV, DOCKER_BUILD, GIT_CLONE, SOCKET_PATH, STI_BUILD } from '../contract.ts';
import { type Program, runProgram } from './termination.ts';

/** Each loads what it needs and no more: a push waits for two of them to start. */
const PROGRAMS: Readonly<Record<string, (build: Build) => Promise<Program>>> = {
  [GIT_CLONE]: async (build) => (await import('./git-clone.ts')).gitClone(build),
  [STI_BUILD]: imageOf,
  [DOCKER_BUILD]: imageOf,
};

async function imageOf(build: Build): Promise<Program> {
  const [{ makeImage }, { remoteEngine }] = await Promise.all([import('./make-image.ts'), import('./remote-engine.ts')]);
  return makeImage(build, remoteEngine(SOCKET_PATH));
}

const program: Program = async (tell, signal) => {
  const chosen = PROGRAMS[process.argv[2] ?? ''];
  if (chosen === undefined) throw new Error(`usage: builder ${Object.keys(PROGRAMS).join(' | ')}`);
  return (await chosen(JSON.parse(process.env[BUILD_ENV] ?? '{}') as Build))(tell, signal);
};

const ending = new AbortController();
process.on('SIGTERM', () => ending.abort(new Error('the build was cancelled')));
process.exitCode = await runProgram(program, ending.signal);
// The last lines of a log tell why a build failed.
await written();
process.exit();
