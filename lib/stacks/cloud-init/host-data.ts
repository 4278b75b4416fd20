/** What a host's user data says, whoever boots it: AWS, or a container on this machine (NoCloud). */
export interface HostData {
  /** A DNS label: the host's own name. */
  readonly hostname: string;
  readonly lab: string;
  /** ISO 8601 in UTC; told to who logs in. */
  readonly expires: string;
  readonly attendee: {
    readonly name: string;
    /** Of OpenSSH's format. */
    readonly publicKey: string;
    /** Day after which the login is closed: YYYY-MM-DD. */
    readonly accountExpires: string;
  };
  /** By which oo-install logs in: a user of its own with passwordless sudo. */
  readonly operator: { readonly name: string; readonly publicKey: string };
  /** The disk that /var/lib/docker is put on, by its cloud's name: `/dev/sdf`. It is found where the kernel calls it otherwise. @default no volume of its own */
  readonly dockerDevice?: string;
  /** References of images that are pulled as soon as Docker runs. @default none */
  readonly images?: readonly string[];
  /** Settings of the platform: written to /etc/oo-install/cluster.yaml, where oo-install on the host itself takes them. */
  readonly settings?: { readonly port?: number };
  /** How the platform comes onto the host: oo-install does it over SSH, or the host itself out of a bucket. @default over SSH */
  readonly install?: { readonly bucket: string; readonly key: string; readonly sha256: string; readonly region: string };
}
