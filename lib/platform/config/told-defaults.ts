/** Defaults of the configuration that the command line's help tells of: by themselves, since help needs nothing of the schema. */
export const DEFAULTS = { dataDir: '/var/lib/openshift', listen: '0.0.0.0:8443', logLevel: 'info' } as const;
