import { type PaperCommand, runOnPaper } from './paper-lab.ts';

/** A command on a lab on paper whose process is killed before a step of it: `run-and-die.ts FOLDER COMMAND STEP [LAB.YAML]`. */
const [, , folder = '', command = '', deadly = '', argument = ''] = process.argv;
const { status } = await runOnPaper(command as PaperCommand, {
  folder,
  argument,
  at: (step) => {
    if (step === deadly) process.kill(process.pid, 'SIGKILL');
  },
});
process.exitCode = status;
