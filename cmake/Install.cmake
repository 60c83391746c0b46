# What `cmake --install` puts where: headers, library, program, and what CMake and pkg-config find them by.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/rondo)

install(TARGETS librondo EXPORT rondo LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS rondo EXPORT rondo RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set_target_properties(rondo PROPERTIES EXPORT_NAME compiler)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/rondo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(EXPORT rondo NAMESPACE rondo:: FILE rondoTargets.cmake DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/rondoConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/rondoConfig.cmake INSTALL_DESTINATION ${package_folder})
# Before 1.0 another minor version may be another interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rondoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rondoConfig.cmake ${PROJECT_BINARY_DIR}/rondoConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/RondoAddCell.cmake DESTINATION ${package_folder})

file(RELATIVE_PATH prefix_from_pkgconfig /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/rondo.pc.in ${PROJECT_BINARY_DIR}/rondo.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/rondo.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
