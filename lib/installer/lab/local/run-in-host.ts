import type Docker from 'dockerode';
import { ask } from './docker-client.ts';
import type { FoundHost } from './found-hosts.ts';
import { localErrors } from './local-errors.ts';

/** Runs a program in a host as root, without a shell, and answers its output. @throws OoError with the output when it fails */
export async function runInHost(docker: Docker, host: FoundHost, argv: readonly string[]): Promise<string> {
  return ask(`run ${argv[0]} in ${host.name}`, async () => {
    const options = { Cmd: [...argv], AttachStdout: true, AttachStderr: true, Tty: true };
    const exec = await docker.getContainer(host.id).exec(options);
    let output = '';
    for await (const chunk of await exec.start({ Tty: true })) output += String(chunk);
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw localErrors.LAB_HOST_COMMAND(host.name, argv[0]!, ExitCode ?? -1, output.trim().slice(-300));
    return output;
  });
}
