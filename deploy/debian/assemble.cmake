# cpack runs this, which can be CMake only, once the install rules have filled the package's tree.

# The time in the changelog and of every file is the commit's, also for what cpack itself writes afterwards: two packages
# of one build are the same.
if("$ENV{SOURCE_DATE_EPOCH}" STREQUAL "")
  execute_process(COMMAND git -C ${CPACK_AUTHPROBE_SOURCE} log -1 --format=%ct OUTPUT_VARIABLE time
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if("${time}" STREQUAL "")
    string(TIMESTAMP time %s UTC)
  endif()
  set(ENV{SOURCE_DATE_EPOCH} ${time})
endif()

execute_process(COMMAND ${CPACK_AUTHPROBE_SOURCE}/deploy/debian/assemble.sh ${CPACK_TEMPORARY_DIRECTORY}
  ${CPACK_PACKAGE_NAME} ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE} "${CPACK_PACKAGE_CONTACT}" COMMAND_ERROR_IS_FATAL ANY)
