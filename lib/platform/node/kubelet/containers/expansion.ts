/** `$(NAME)` is replaced, `$$(NAME)` is a literal `$(NAME)`, an unknown name stays as it is (k8s third_party/forked/golang/expansion). */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '$' || at + 1 === text.length) {
      out += text[at];
      continue;
    }
    const next = text[at + 1]!;
    if (next === '$') {
      out += '$';
      at++;
      continue;
    }
    const close = next === '(' ? text.indexOf(')', at + 2) : -1;
    if (close === -1) {
      out += `$${next}`;
      at++;
      continue;
    }
    const name = text.slice(at + 2, close);
    out += lookup(name) ?? `$(${name})`;
    at = close;
  }
  return out;
}
