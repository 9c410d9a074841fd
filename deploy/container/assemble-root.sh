#!/usr/bin/env bash
# Puts together the file system of an image that holds one program: the binary without its symbols, the shared libraries
# that it loads, CA certificates, and what tells scanners of vulnerabilities which Debian packages these come from
# (/var/lib/dpkg/status.d, as in the distroless images). The libraries are those of the machine that this runs on.
set -euo pipefail

if (($# != 2)); then
  echo "usage: deploy/container/assemble-root.sh BINARY FOLDER" >&2
  exit 2
fi
binary=$1 root=$2
die() {
  printf 'assemble-root: %s\n' "$*" >&2
  exit 1
}

# Copies with the path, and what links lead to in place of them.
add() { cp --parents --dereference --target-directory="$root" -- "$@"; }

if linked=$(ldd -- "$binary") && [[ $linked == *"not found"* ]]; then die "$linked"; fi
mapfile -t libraries < <(grep -o '/[^ ]*' <<<"$linked")
((${#libraries[@]})) || die "$binary needs no shared library?"

mkdir -p "$root"/usr/bin "$root"/etc/authprobe "$root"/usr/lib/ssl "$root"/var/lib/dpkg/status.d
# For the state file, on a volume: whatever user the container runs as, a file there is its own.
mkdir -m 1777 "$root/var/lib/authprobe"
strip -o "$root/usr/bin/authprobe_exporter" -- "$binary"
chmod 755 "$root/usr/bin/authprobe_exporter"
add "${libraries[@]}" /etc/nsswitch.conf /etc/os-release
# OpenSSL looks for the certificate of an issuer by its hash in /usr/lib/ssl/certs. The bundle is for configurations that name it.
add /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/*.[0-9]
ln -sfn /etc/ssl/certs "$root/usr/lib/ssl/certs"
# For maintenance windows in other zones than UTC.
mapfile -t zones < <(find -L /usr/share/zoneinfo -type f -not -path '*/posix/*' -not -path '*/right/*')
((${#zones[@]})) || die "no time zones: the package tzdata is missing"
add "${zones[@]}"
printf 'authprobe:x:65532:65532::/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'authprobe:x:65532:\n' >"$root/etc/group"

# Packages name their files as before /lib became a link to /usr/lib, or as after.
mapfile -t files < <(realpath -- "${libraries[@]}")
owners=$(dpkg-query --search "${files[@]}" "${files[@]#/usr}" 2>/dev/null || true)
for file in "${files[@]}"; do
  [[ $owners$'\n' == *" $file"$'\n'* || $owners$'\n' == *" ${file#/usr}"$'\n'* ]] || die "$file is of no package"
done
packages=$(cut -d: -f1 <<<"$owners" | sort -u)
for package in $packages ca-certificates tzdata; do
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
  add "/usr/share/doc/$package/copyright"
done
