#!/usr/bin/env bash
# Runs the tests on another Debian or Ubuntu than this machine's: makes a bare system of it in a folder (debootstrap), copies
# the sources into it, and runs tests/run.sh there, which installs what is missing. The folder is kept: the next run builds
# only what has changed.
set -euo pipefail

usage() {
  cat <<'END'
usage: tests/in_chroot.sh SUITE [COMMAND...]
  SUITE     the code name of the system: bookworm (Debian 12), trixie (Debian 13), noble (Ubuntu 24.04)
  COMMAND   what runs in the copy of the sources (default: tests/run.sh)

Environment:
  AUTHPROBE_CHROOT  the folder of the system (default: /var/tmp/authprobe-SUITE). To remove it: rm -rf --one-file-system FOLDER
  AUTHPROBE_MIRROR  where its packages come from (default: that of debootstrap)
END
}

case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  "" | -*) usage >&2; exit 2 ;;
esac
suite=$1
shift
command=("$@")
((${#command[@]})) || command=(tests/run.sh)

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=${AUTHPROBE_CHROOT:-/var/tmp/authprobe-$suite}
die() {
  printf 'in_chroot: %s\n' "$*" >&2
  exit 1
}
((EUID == 0)) || die "needs root, for debootstrap and chroot"
command -v debootstrap >/dev/null || die "needs debootstrap: apt-get install debootstrap"

# debootstrap leaves a folder without this file if it fails.
if [[ ! -e $root/complete ]]; then
  echo "in_chroot: making $suite in $root"
  components=main
  if [[ -e /usr/share/debootstrap/scripts/$suite ]] && grep -q ubuntu "/usr/share/debootstrap/scripts/$suite"; then components=main,universe; fi
  mkdir -p "$root"
  debootstrap --variant=minbase --components="$components" --include=ca-certificates "$suite" "$root" ${AUTHPROBE_MIRROR:+"$AUTHPROBE_MIRROR"} \
    >"$root.log" 2>&1 || die "debootstrap failed: $(tail -3 "$root.log")"
  touch "$root/complete"
fi

# Certificate authorities that this machine trusts beside its distribution's, such as a company's proxy.
if compgen -G "/usr/local/share/ca-certificates/*.crt" >/dev/null; then
  cp -L /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
  chroot "$root" update-ca-certificates >/dev/null
fi

# A new copy of the sources takes over the builds of the old one.
rm -rf "$root/src.new"
mkdir "$root/src.new"
git -C "$top" ls-files -z --cached --others --exclude-standard |
  (cd "$top" && while IFS= read -r -d '' file; do if [[ -e $file ]]; then printf '%s\0' "$file"; fi; done) |
  tar -C "$top" --null --files-from=- --create --file=- | tar -C "$root/src.new" --extract --file=-
for build in "$root"/src/build*; do
  if [[ -d $build ]]; then mv "$build" "$root/src.new/"; fi
done
# Tests ask git which files are the project's, and when they were changed.
(
  cd "$root/src.new"
  export GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_AUTHOR_DATE='2026-01-01T00:00:00Z'
  git init -q && git add -A && git -c user.name=in_chroot -c user.email=in_chroot@example.com commit -q -m "a copy"
)
rm -rf "$root/src"
mv "$root/src.new" "$root/src"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"

# The mounts are in a namespace of their own and end with it, like all processes in it.
enter=$(cat <<'END'
set -eu
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs tmpfs run
mkdir run/lock
mkdir -p .outside
pivot_root . .outside
umount -l .outside
cd /src
shift
exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" CCACHE_DIR=/var/cache/ccache "$@"
END
)
exec unshare --mount --pid --fork --kill-child sh -c "$enter" enter "$root" "${command[@]}"
