# cpack runs this, which can be CMake only, once the install rules have filled the package's tree.
execute_process(COMMAND ${CPACK_AUTHPROBE_SOURCE}/deploy/debian/assemble.sh ${CPACK_TEMPORARY_DIRECTORY}
  ${CPACK_PACKAGE_NAME} ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE} "${CPACK_PACKAGE_CONTACT}" COMMAND_ERROR_IS_FATAL ANY)
