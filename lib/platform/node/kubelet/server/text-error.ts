/** A refusal that goes out as plain text, as the kubelet's streaming endpoints do: `kubectl` prints it after "unable to upgrade connection:". */
export class TextError extends Error {
  readonly code: number;

  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TextError';
    this.code = code;
  }
}
