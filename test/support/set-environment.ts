import { after } from 'node:test';

/** Sets variables of this process, where `undefined` takes one away, until the tests of the file or suite that calls are over. */
export function setEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  assign(values);
  after(() => assign(before));
}

function assign(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
