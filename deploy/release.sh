#!/usr/bin/env bash
# Makes what a release consists of, for the system that it runs on:
#   authprobe-exporter_VERSION-1+SYSTEM_ARCH.deb           the package; SYSTEM is deb12, deb13 or ubuntu24.04
#   authprobe_exporter-VERSION.linux-ARCH.tar.gz           the binary with its libraries, for any Linux with this system's
#                                                          glibc or a newer one: of Debian 12 it is 2.36
#   authprobe_exporter-VERSION.SYSTEM-ARCH.spdx.json       SBOM (SPDX 2.3) of that binary
#   Dockerfile                                             the image's recipe, for `docker build -f Dockerfile SOURCES`
#   sha256sums.txt                                         of all files in the folder
# Run on another system with the same folder, it adds that system's package and SBOM: tests/in_chroot.sh runs it there. A
# tarball that is in the folder already is kept, so begin with the oldest system.
set -euo pipefail
umask 022

usage() {
  cat <<'END'
usage: deploy/release.sh [--build=FOLDER] OUTPUT
  --build=FOLDER  a build that is there already (default: builds in build-release)
END
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=""
output=""
for argument in "$@"; do
  case $argument in
    --build=?*) build=$(realpath -- "${argument#*=}") ;;
    --help | -h) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) [[ -z $output ]] || { usage >&2; exit 2; }; output=$argument ;;
  esac
done
if [[ -z $output ]]; then
  usage >&2
  exit 2
fi
die() {
  printf 'release: %s\n' "$*" >&2
  exit 1
}
for tool in cmake cpack dpkg-deb ldd patchelf python3 strip; do
  command -v "$tool" >/dev/null || die "$tool is missing: deploy/install-deps.sh --with-release"
done

if [[ -z $build ]]; then
  build=$top/build-release
  cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
  ninja -C "$build"
fi
binary=$build/exporter/authprobe_exporter
[[ -x $binary ]] || die "no $binary"
mkdir -p "$output"
output=$(realpath -- "$output")
work=$(mktemp -d --tmpdir authprobe-release.XXXXXX)
trap 'rm -rf "$work"' EXIT

version=$(sed -nE 's/^project\(authprobe VERSION ([0-9.]+).*/\1/p' "$top/CMakeLists.txt")
architecture=$(dpkg --print-architecture)
# shellcheck source=/dev/null
system=$(. /etc/os-release && echo "$ID$VERSION_ID")
system=${system/#debian/deb}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

# A package of a newer system has the higher version: an upgrade of the system replaces it.
(cd "$build" && cpack -G DEB -B "$work/deb" -D "CPACK_DEBIAN_PACKAGE_RELEASE=1+$system" >"$work/cpack.log" 2>&1) || die "$(cat "$work/cpack.log")"
cp -- "$work"/deb/*.deb "$output/"

"$top/deploy/sbom.py" "$binary" "$version" >"$output/authprobe_exporter-$version.$system-$architecture.spdx.json"
cp -- "$top/deploy/container/Dockerfile" "$output/Dockerfile"

# The libraries of glibc are the system's: they have to fit its kernel, its names and its loader.
tarball=$output/authprobe_exporter-$version.linux-$architecture.tar.gz
if [[ ! -e $tarball ]]; then
  tree=$work/authprobe_exporter-$version.linux-$architecture
  mkdir -p "$tree/lib"
  while read -r name path; do
    case $name in
      libc.so.* | libm.so.* | libresolv.so.* | libpthread.so.* | libdl.so.* | librt.so.*) ;;
      *) cp --dereference -- "$path" "$tree/lib/$name" ;;
    esac
  done < <(ldd -- "$binary" | sed -nE 's|^\s*(\S+) => (/\S+) .*|\1 \2|p')
  strip -o "$tree/authprobe_exporter" -- "$binary"
  # RPATH, not RUNPATH: it also holds for the libraries' own libraries.
  patchelf --force-rpath --set-rpath "\$ORIGIN/lib" "$tree/authprobe_exporter"
  cmake --install "$build" --prefix "$work/installed" >/dev/null
  mv "$work/installed/share" "$tree/share"
  cp -- "$top/LICENSE" "$top/README.md" "$top/CHANGELOG.md" "$tree/"
  cp -- "$top/deploy/systemd/authprobe-exporter.service" "$tree/share/authprobe/"
  tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=go-w -cf - "${tree##*/}" | gzip -9n >"$tarball"
fi

(cd "$output" && find . -maxdepth 1 -type f ! -name sha256sums.txt -printf '%f\n' | LC_ALL=C sort | xargs -d '\n' sha256sum >"$work/sums" && mv "$work/sums" sha256sums.txt)
(cd "$output" && cat sha256sums.txt)
