/** Whose log: the daemon's, Docker's or that of our own agent. */
export const logSources = ['openshift', 'docker', 'agent'] as const;
export type LogSource = (typeof logSources)[number];
