#!/usr/bin/env bash
# Installs, starts, upgrades, removes and purges the packages in a clean root: `cargo xtask bundle --check` runs it.
#
# Needs root, debootstrap, and Debian's archive. Says a line for each thing that it has seen; the first that is not so ends it.
set -euo pipefail

usage="check.sh PACKAGES NEXT WORK [SUITE]: folders with the packages, with the same of a higher version, and for the clean root"
packages=${1:?$usage} next=${2:?$usage} work=${3:?$usage} suite=${4:-trixie}
here=$(cd "$(dirname "$0")" && pwd)

if [[ $(id -u) != 0 ]]; then
    echo "A clean root is made by root only." >&2
    exit 1
fi
base=$work/$suite
root=$work/root
mkdir -p "$work/archives" "$work/pictures"
if [[ ! -e $base/made ]]; then
    rm -rf "$base"
    debootstrap --variant=minbase "$suite" "$base" > "$work/debootstrap.log"
    touch "$base/made"
fi
rm -rf "$root"
cp -a "$base" "$root"
mkdir -p "$root/check/pictures" "$root/check/next"
cp "$packages"/*.deb "$root/check/"
cp "$next"/*.deb "$root/check/next/"
cp "$here/check-inside.sh" "$root/check/"
cp /etc/resolv.conf "$root/etc/resolv.conf"

# A root of its own, so that programs may make namespaces in it, and an end for everything that was started when the check ends.
unshare --mount --pid --fork --ipc --uts bash -euo pipefail -c '
    root=$1 archives=$2
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount --bind "$archives" "$root/var/cache/apt/archives"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    # The sandbox of the web view looks into it.
    mount --rbind /sys "$root/sys"
    mount -t tmpfs tmpfs "$root/run"
    mkdir -p "$root/before"
    cd "$root"
    pivot_root . before
    cd /
    umount -l /before
    rmdir /before
    hostname clean
    exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin bash /check/check-inside.sh
' check "$root" "$work/archives"
cp "$root"/check/pictures/* "$work/pictures/" 2> /dev/null || true
echo "Pictures are in $work/pictures."
