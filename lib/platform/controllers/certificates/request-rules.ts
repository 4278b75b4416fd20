/** What a PKCS #10 request says of whoever holds its key. */
export interface RequestedIdentity {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The kinds of further names: `dns`, `ip`, `email`, `url` and others. */
  readonly otherNames: readonly string[];
}

export interface RequestReader {
  /** Throws where the PEM is no request that its own key has signed. */
  read(pem: string): Promise<RequestedIdentity>;
}

/** Why a request cannot be signed; undefined when it can. */
export type RequestRule = (identity: RequestedIdentity, usages: readonly string[]) => string | undefined;

export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';

const SHARED_USAGES = ['digital signature', 'key encipherment'];

function usagesOf(purpose: string, usages: readonly string[]): string | undefined {
  const foreign = usages.find((usage) => usage !== purpose && !SHARED_USAGES.includes(usage));
  if (foreign !== undefined) return `usages may not contain ${JSON.stringify(foreign)}`;
  return usages.includes(purpose) ? undefined : `usages must contain ${JSON.stringify(purpose)}`;
}

function ofNode({ commonName, organizations }: RequestedIdentity): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') return 'subject organization is not system:nodes';
  return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';
}

/** Clients of the API. */
export const clientRule: RequestRule = (_identity, usages) => usagesOf('client auth', usages);

/** Kubelets as clients of the API (certificates.ValidateKubeletClientCSR). */
export const kubeletClientRule: RequestRule = (identity, usages) =>
  ofNode(identity) ??
  (identity.otherNames.length > 0 ? 'subject alternative names are not allowed' : usagesOf('client auth', usages));

/** The servers of kubelets (certificates.ValidateKubeletServingCSR). */
export const kubeletServingRule: RequestRule = (identity, usages) => {
  const { otherNames } = identity;
  if (otherNames.includes('email')) return ofNode(identity) ?? 'email subjectAltNames are not allowed';
  if (otherNames.includes('url')) return ofNode(identity) ?? 'URI subjectAltNames are not allowed';
  const foreign = otherNames.find((type) => type !== 'dns' && type !== 'ip');
  if (foreign !== undefined) return ofNode(identity) ?? `${foreign} subjectAltNames are not allowed`;
  return ofNode(identity) ?? (otherNames.length === 0 ? 'DNS or IP subjectAltName is required' : usagesOf('server auth', usages));
};
