import { test } from 'node:test';
import { fuzzApi } from '../support/fuzz/fuzz-api.ts';

/** OO_FUZZ_MS=600000 lets it go on for ten minutes; OO_TEST_SEED has the same requests again. */
const ms = Number(process.env['OO_FUZZ_MS'] ?? 8_000);
const seed = process.env['OO_TEST_SEED'];

test(
  'requests of every kind get an answer in words, and what is refused changes nothing',
  { timeout: ms + 240_000 },
  async (t) => {
    const {
      requests,
      codes,
      seed: used,
    } = await fuzzApi({ runs: 1_000_000, ms, ...(seed === undefined ? {} : { seed: Number(seed) }) });
    t.diagnostic(`seed ${used}, ${requests} requests: ${JSON.stringify(Object.fromEntries([...codes].sort()))}`);
  },
);
