#!/bin/sh
# Debian 13 with its Kodi in a folder, beside which nothing else is touched. Made once, as root.
# Usage: tools/kodi_root.sh FOLDER
set -eu
root=$1
packages='kodi kodi-pvr-iptvsimple libgl1-mesa-dri fonts-noto-core'
[ ! -e "$root/ready" ] || exit 0

command -v debootstrap >/dev/null || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
}
rm -rf "$root" # of a start that was broken off
mkdir -p "$root"
debootstrap --variant=minbase trixie "$root" >"$root.log" || { tail "$root.log"; exit 1; }
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no package starts a service
chmod 755 "$root/usr/sbin/policy-rc.d"
unshare --mount sh -eu -c '
    mount --bind /proc "$0/proc"
    DEBIAN_FRONTEND=noninteractive chroot "$0" \
        apt-get install -y -qq --no-install-recommends $1 >>"$0.log" 2>&1
    chroot "$0" apt-get clean
' "$root" "$packages" || { tail "$root.log"; exit 1; }
touch "$root/ready"
