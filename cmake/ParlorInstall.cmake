# cmake --install: the client library for native games (find_package(parlor) gives parlor::parlor, pkg-config parlor), and the
# program with the pages that were built. As components, `library` and `program`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What parlor_platform_native is made of; a user's project names the last alone.
set(PARLOR_INSTALLED parlor_api parlor_base parlor_crypto parlor_dtls parlor_stun parlor_ice parlor_sctp parlor_datachannel parlor_sdp
  parlor_rtc parlor_relay parlor_signaling parlor_room parlor_platform_native)
set_target_properties(parlor_platform_native PROPERTIES EXPORT_NAME parlor)
set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/parlor)

install(TARGETS ${PARLOR_INSTALLED} EXPORT parlor ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/parlor DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library
  FILES_MATCHING PATTERN "*.hpp")
install(EXPORT parlor NAMESPACE parlor:: FILE parlorTargets.cmake DESTINATION ${config_folder} COMPONENT library)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/parlorConfig.cmake.in ${CMAKE_BINARY_DIR}/parlorConfig.cmake
  INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/parlorConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/parlorConfig.cmake ${CMAKE_BINARY_DIR}/parlorConfigVersion.cmake
  DESTINATION ${config_folder} COMPONENT library)

# In the order of linking: what needs others stands before them.
set(PARLOR_PKGCONFIG_LIBS "")
foreach(library IN LISTS PARLOR_INSTALLED)
  get_target_property(type ${library} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    string(PREPEND PARLOR_PKGCONFIG_LIBS "-l${library} ")
  endif()
endforeach()
# From where the file is to the prefix, so that what was installed may be moved.
file(RELATIVE_PATH PARLOR_PKGCONFIG_UP /at/${CMAKE_INSTALL_LIBDIR}/pkgconfig /at)
string(REGEX REPLACE "/$" "" PARLOR_PKGCONFIG_UP "${PARLOR_PKGCONFIG_UP}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/parlor.pc.in ${CMAKE_BINARY_DIR}/parlor.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/parlor.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)

if(TARGET parlor)
  install(TARGETS parlor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
  # Where `parlor serve` looks for them by itself.
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/build/pages DESTINATION ${CMAKE_INSTALL_DATADIR}/parlor COMPONENT program OPTIONAL)
  install(CODE "
    if(NOT EXISTS \"${PROJECT_SOURCE_DIR}/build/pages\")
      message(WARNING \"There are no pages to install: `parlor serve` will have none of its own. ./play builds them, or \"
        \"`cmake --preset wasm-release && cmake --build --preset wasm-release --target pages`.\")
    endif()" COMPONENT program)
endif()
