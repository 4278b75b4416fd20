import { kubecfgErrors } from './kubecfg-errors.ts';

const TEXTS = {
  h: 'HOST of the API, as https://192.0.2.7:8443; else $KUBERNETES_MASTER, else that of the kubeconfig',
  c: 'FILE, URL or - (standard input) with the object, JSON or YAML',
  p: 'HOSTPORT:PORT,... of the pods that run makes',
  s: 'PORT of a service that run makes too',
  l: 'SELECTOR by labels, of list',
  u: 'PERIOD between pods of rollingupdate, as 60s',
  image: 'IMAGE that rollingupdate puts into the pods',
  namespace: 'NAMESPACE; else that of the kubeconfig, else default',
  auth: 'FILE with a token or the paths of certificates; else ~/.kubernetes_auth where there is one',
  kubeconfig: 'FILE; else $KUBECONFIG, else ~/.kube/config',
  certificate_authority: "FILE with the authority of the API's certificate",
  client_certificate: 'FILE with the certificate that the API is shown',
  client_key: 'FILE with its private key',
  api_version: 'VERSION of the API: v1beta1',
} as const;
const SWITCHES = {
  json: 'print what the API answers as JSON',
  yaml: 'print what the API answers as YAML',
  server_version: "print the server's version",
  help: 'print this',
} as const;

/** Flags of 2014 whose work another program does now. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  template: 'use -json and a program that takes JSON apart',
  template_file: 'use -json and a program that takes JSON apart',
  proxy: 'use kubectl proxy',
  www: 'use kubectl proxy',
  insecure_skip_tls_verify: "name the authority of the API's certificate by -certificate_authority",
};

export type Flags = { readonly [name in keyof typeof TEXTS]?: string } & { readonly [name in keyof typeof SWITCHES]?: boolean };

/** A command line as Go's flag package reads it: -name value, -name=value, with one dash or two, switches without a value. */
export function readFlags(args: readonly string[]): { flags: Flags; words: string[] } {
  const flags: Record<string, string | boolean> = {};
  const words: string[] = [];
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [, name, value] = /^--?([A-Za-z][\w]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (arg === '--') words.push(...left.splice(0));
    else if (name === undefined) words.push(arg);
    else if (Object.hasOwn(SWITCHES, name)) flags[name] = switchOf(name, value);
    else if (Object.hasOwn(TEXTS, name)) {
      const given = value ?? left.shift();
      if (given === undefined) throw kubecfgErrors.KUBECFG_USAGE(`flag needs an argument: -${name}`);
      flags[name] = given;
    } else if (Object.hasOwn(ELSEWHERE, name)) throw kubecfgErrors.KUBECFG_USAGE(`-${name} is not here: ${ELSEWHERE[name]!}`);
    else throw kubecfgErrors.KUBECFG_USAGE(`flag provided but not defined: -${name}`);
  }
  return { flags, words };
}

function switchOf(name: string, value = 'true'): boolean {
  if (!/^(1|0|t|f|true|false)$/i.test(value))
    throw kubecfgErrors.KUBECFG_USAGE(`invalid boolean value ${JSON.stringify(value)} for -${name}`);
  return /^(1|t|true)$/i.test(value);
}

const COLUMN = 26;

/** A flag and what it is for, as wide as a terminal that nobody has made wider. */
const line = ([name, text]: [string, string]): string => {
  const words = text.split(' ');
  let shown = `  -${name}`.padEnd(COLUMN - 1);
  let width = COLUMN - 1;
  for (const word of words) {
    const breaks = width + 1 + word.length > 80;
    shown += breaks ? `\n${' '.repeat(COLUMN)}${word}` : ` ${word}`;
    width = (breaks ? COLUMN : width + 1) + word.length;
  }
  return `${shown}\n`;
};

/** What -help prints. */
export const USAGE = `Usage: kubecfg [FLAGS] COMMAND

  kubecfg [FLAGS] list|get|create|update|delete RESOURCE[/ID]
  kubecfg [FLAGS] run IMAGE REPLICAS NAME
  kubecfg [FLAGS] stop|rm|rollingupdate NAME
  kubecfg [FLAGS] resize NAME REPLICAS

RESOURCE is pods, services, replicationControllers or minions.

Flags:
${[...Object.entries(TEXTS), ...Object.entries(SWITCHES)].map(line).join('')}`;
