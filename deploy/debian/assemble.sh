#!/usr/bin/env bash
# assemble.sh TREE PACKAGE VERSION MAINTAINER: adds what is Debian's own to the package's tree: the service, its
# configuration and folders, changelogs and copyright. The time is SOURCE_DATE_EPOCH.
set -euo pipefail
umask 022
tree=$1 package=$2 version=$3 maintainer=$4
debian=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$debian/../..

put() { install -D -m 644 "$@"; }
# Since Debian 13, packages have no files in /lib, which is a link to /usr/lib.
# shellcheck source=/dev/null
if [[ $(. /etc/os-release && echo "$ID $VERSION_ID") == "debian 12" ]]; then units=lib; else units=usr/lib; fi
put "$top/deploy/systemd/authprobe-exporter.service" "$tree/$units/systemd/system/authprobe-exporter.service"
put "$debian/authprobe.toml" "$tree/etc/authprobe/authprobe.toml"
put "$debian/authprobe-exporter.default" "$tree/etc/default/authprobe-exporter"
install -d "$tree/etc/authprobe/secrets" "$tree/var/lib/authprobe"
mv "$tree/usr/share/zsh/site-functions" "$tree/usr/share/zsh/vendor-completions"

put "$debian/lintian-overrides" "$tree/usr/share/lintian/overrides/$package"

documents=$tree/usr/share/doc/$package
put "$debian/copyright" "$documents/copyright"
put "$top/CHANGELOG.md" "$documents/changelog"
cat >"$documents/changelog.Debian" <<END
$package ($version) unstable; urgency=medium

  * Version ${version%-*}; changelog.gz says what is new.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
gzip -9n "$documents/changelog" "$documents/changelog.Debian" "$tree"/usr/share/man/man1/*
