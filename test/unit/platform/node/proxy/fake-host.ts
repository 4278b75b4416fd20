import type { ProgramResult, ProxyHost } from '../../../../../lib/platform/node/proxy/proxy-host.ts';

/** Programs that a test scripts, and files in memory. A program that is not scripted is not installed. */
export class FakeHost implements ProxyHost {
  readonly ran: string[] = [];
  readonly files = new Map<string, string>();
  readonly programs = new Map<string, (args: readonly string[], input: string) => Partial<ProgramResult>>();

  async run(file: string, args: readonly string[], input = ''): Promise<ProgramResult> {
    this.ran.push([file, ...args].join(' '));
    const program = this.programs.get(file);
    if (program === undefined) return { code: 127, stdout: '', stderr: 'not found' };
    return { code: 0, stdout: '', stderr: '', ...program(args, input) };
  }

  async read(path: string): Promise<string | undefined> {
    return this.files.get(path);
  }

  async write(path: string, text: string): Promise<void> {
    this.files.set(path, text);
  }
}
