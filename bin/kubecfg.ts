#!/usr/bin/env node
import { runProgram } from '../lib/common/run-program.ts';
import { runKubecfg } from '../lib/platform/kubecfg/command.ts';

process.exitCode = await runProgram('kubecfg', (signal) =>
  runKubecfg(process.argv.slice(2), { signal, write: (text) => void process.stdout.write(text) }),
);
