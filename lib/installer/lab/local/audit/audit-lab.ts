import { errorText } from '../../../../common/errors.ts';
import type { LabAudit, LabContext } from '../../provider.ts';
import { wantedHosts } from '../host-ports.ts';
import { hostImage } from '../image/host-image.ts';
import { bridgeName } from '../lab-names.ts';
import { dockerQuestions } from './docker-questions.ts';
import { engineRequest } from './engine-request.ts';
import { askMachine } from './machine-questions.ts';

type Subject = Pick<LabContext, 'lab' | 'state'>;

/**
 * Asks Docker and the machine for everything that bears the lab. It shares the names of things with what made and took them away, and no code.
 * `asRoot`: whether this account may ask the machine itself.
 */
export async function auditLab(subject: Subject, asRoot: boolean = process.getuid?.() === 0): Promise<LabAudit> {
  const inDocker = await Promise.all(
    dockerQuestions.map(async ({ type, ask }) => {
      try {
        return { asked: [{ type, left: await ask(subject.state) }], errors: [] };
      } catch (error) {
        return { asked: [], errors: [{ type, message: errorText(error) }] };
      }
    }),
  );
  const parts = [...inDocker, await onMachine(subject, asRoot)];
  const asked = parts.flatMap((part) => part.asked);
  const errors = parts.flatMap((part) => part.errors);
  return { clean: errors.length === 0 && asked.every(({ left }) => left.length === 0), asked, errors };
}

async function onMachine({ lab, state }: Subject, asRoot: boolean): Promise<Omit<LabAudit, 'clean'>> {
  try {
    const { DockerRootDir } = await engineRequest<{ readonly DockerRootDir: string }>('GET', '/info');
    const running = await engineRequest<readonly { readonly Ports: readonly { readonly PublicPort?: number }[] }[]>(
      'GET',
      '/containers/json',
    );
    const published = new Set(running.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)));
    const ports = wantedHosts(lab, state).flatMap(({ sshPort, apiPort }) => [sshPort, apiPort]);
    const subject = {
      id: state.id,
      bridge: bridgeName(state),
      ports: ports.filter((port) => !published.has(port)),
      dockerFolder: DockerRootDir,
      image: hostImage(lab.local.release),
    };
    return await askMachine(subject, asRoot);
  } catch (error) {
    return { asked: [], errors: [{ type: 'this machine', message: errorText(error) }] };
  }
}
