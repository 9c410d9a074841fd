# `cmake --build build --target package` (or `cpack -G DEB` in the build directory) makes
# authprobe-exporter_VERSION-1_amd64.deb of what `cmake --install` installs; assemble.cmake adds what is Debian's own.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME authprobe-exporter)
set(CPACK_PACKAGE_CONTACT "The authprobe authors <authprobe@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Prometheus exporter that probes HTTP APIs with their credentials")
set(CPACK_PACKAGE_DESCRIPTION
"authprobe calls HTTP APIs with their credentials on a schedule. It reports to
Prometheus which calls are refused, since when, and why. It keeps an expired,
revoked or mistyped token (401) apart from a missing scope or permission, a
firewall or a rate limit (403, 429), because different teams fix them.
.
It also warns before credentials expire, fetches and refreshes OAuth2 and
login tokens once for all targets, and finds endpoints that accept requests
without a credential. Alert rules, dashboards and a runbook for each alert
are in /usr/share/authprobe.")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${packaging}/conffiles ${packaging}/postinst ${packaging}/prerm ${packaging}/postrm)
set(CPACK_PRE_BUILD_SCRIPTS ${packaging}/assemble.cmake)
set(CPACK_AUTHPROBE_SOURCE ${CMAKE_SOURCE_DIR})
include(CPack)
