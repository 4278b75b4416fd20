/** What /etc/os-release says on systems that were seen: the fields that tell them apart. By the name of the distribution that it must be. */
export const osReleases: readonly (readonly [string, string])[] = [
  ['debian-12', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian'],
  ['debian-13', 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nID=debian'],
  ['debian-like', 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nID=debian'],
  ['debian-like', 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\nID=debian'],
  ['debian-like', 'PRETTY_NAME="Raspbian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=raspbian\nID_LIKE=debian'],
  ['debian-like', 'PRETTY_NAME="Linux Mint 22"\nVERSION_ID="22"\nID=linuxmint\nID_LIKE="ubuntu debian"'],
  ['ubuntu-22.04', 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian'],
  ['ubuntu-24.04', 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian'],
  ['debian-like', 'PRETTY_NAME="Ubuntu 25.04"\nVERSION_ID="25.04"\nVERSION_CODENAME=plucky\nID=ubuntu\nID_LIKE=debian'],
  [
    'fedora',
    'PRETTY_NAME="Fedora Linux 42 (Server Edition)"\nID=fedora\nVERSION_ID=42\nPLATFORM_ID="platform:f42"\nVARIANT_ID=server',
  ],
  ['fedora-like', 'PRETTY_NAME="Fedora Linux 40 (Cloud Edition)"\nID=fedora\nVERSION_ID=40\nVARIANT_ID=cloud'],
  [
    'fedora-coreos',
    'PRETTY_NAME="Fedora CoreOS 41.20241109.3.0"\nID=fedora\nVERSION_ID=41\nVARIANT_ID=coreos\nOSTREE_VERSION=\'41.20241109.3.0\'',
  ],
  [
    'fedora-iot',
    'PRETTY_NAME="Fedora Linux 41.20250112.0 (IoT Edition)"\nID=fedora\nVERSION_ID=41\nVARIANT_ID=iot\nOSTREE_VERSION=\'41\'',
  ],
  [
    'fedora-atomic-desktop',
    'PRETTY_NAME="Fedora Linux 41.20250106.0 (Silverblue)"\nID=fedora\nVERSION_ID=41\nVARIANT_ID=silverblue\nOSTREE_VERSION=\'41\'',
  ],
  ['enterprise-linux-8', 'PRETTY_NAME="Red Hat Enterprise Linux 8.10 (Ootpa)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.10"'],
  ['enterprise-linux-9', 'PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"'],
  ['enterprise-linux-9', 'PRETTY_NAME="Rocky Linux 9.5 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"'],
  [
    'enterprise-linux-9',
    'PRETTY_NAME="AlmaLinux 9.5 (Teal Serval)"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"',
  ],
  ['enterprise-linux-9', 'PRETTY_NAME="CentOS Stream 9"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"'],
  ['enterprise-linux-9', 'PRETTY_NAME="Oracle Linux Server 9.4"\nID="ol"\nID_LIKE="fedora"\nVERSION_ID="9.4"'],
  [
    'enterprise-linux-10',
    'PRETTY_NAME="AlmaLinux 10.0 (Purple Lion)"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"',
  ],
  [
    'amazon-linux-2023',
    'PRETTY_NAME="Amazon Linux 2023.6.20241121"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\nPLATFORM_ID="platform:al2023"',
  ],
  ['unknown', 'PRETTY_NAME="Amazon Linux 2"\nID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"'],
  ['unknown', 'PRETTY_NAME="CentOS Linux 7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"'],
  ['opensuse-leap-15', 'PRETTY_NAME="openSUSE Leap 15.6"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"'],
  [
    'opensuse-tumbleweed',
    'PRETTY_NAME="openSUSE Tumbleweed"\nID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20250115"',
  ],
  ['sles-15', 'PRETTY_NAME="SUSE Linux Enterprise Server 15 SP6"\nID="sles"\nID_LIKE="suse"\nVERSION_ID="15.6"'],
  [
    'suse-micro',
    'PRETTY_NAME="openSUSE MicroOS"\nID="opensuse-microos"\nID_LIKE="suse opensuse opensuse-tumbleweed"\nVERSION_ID="20250115"',
  ],
  ['image-based', 'PRETTY_NAME="Endless OS 6.0.4"\nID="endless"\nID_LIKE="debian"\nVERSION_ID="6.0.4"\nOSTREE_VERSION=\'6.0.4\''],
  ['unknown', 'PRETTY_NAME="Alpine Linux v3.20"\nID=alpine\nVERSION_ID=3.20.0'],
  ['unknown', 'PRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling'],
  ['unknown', ''],
];
