import { randomBytes } from 'node:crypto';
import { encryptedBackend } from '../../../lib/platform/storage/encryption/encrypted-backend.ts';
import { ValueCipher } from '../../../lib/platform/storage/encryption/value-cipher.ts';
import { createMemoryBackend } from '../../../lib/platform/storage/memory/memory-backend.ts';
import { backendSuite } from './backend-suite.ts';

// Every value is encrypted: whoever uses the backend must not be able to tell.
backendSuite('encrypted memory backend', async () => {
  const backend = createMemoryBackend({ progressMs: 10 });
  const cipher = new ValueCipher([{ name: 'k', key: randomBytes(32) }]);
  return { backend: encryptedBackend(backend, [''], cipher), [Symbol.asyncDispose]: () => backend.close() };
});
