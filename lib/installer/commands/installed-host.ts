import { defineErrors } from '../../common/errors.ts';
import { openSession, type Session, type SessionOptions } from '../session.ts';
import type { Facts } from '../transport/facts.ts';

/** What keeps a command from a server that something must be installed on. */
export const installedErrors = defineErrors({
  NOT_INSTALLED: {
    failure: 'usage',
    message: (host: string) => `${host}: oo-install has installed nothing there`,
    hint: (host: string) => `install it first: oo-install ${host}`,
  },
});

/** Whether a version is in use there. */
export const isInstalled = ({ ours }: Facts): boolean => ours.journal && ours.current.has('openshift');

/**
 * Opens a session on a server that has been installed, whichever version that is: its own agent answers, and nothing is sent. Throws
 * NOT_INSTALLED.
 */
export async function onInstalledHost<T>(
  options: SessionOptions,
  work: (session: Session, facts: Facts) => Promise<T>,
): Promise<T> {
  const session = openSession({ ...options, agent: 'installed' });
  const { host } = session;
  try {
    const facts = await host.probe();
    if (!isInstalled(facts)) throw installedErrors.NOT_INSTALLED(host.name);
    return await work(session, facts);
  } finally {
    await host.close();
  }
}
